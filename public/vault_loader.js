// Starts the vault. A failure there becomes the `error` event of the Worker, which boot.js and the page listen to.
// Otherwise the page would wait without an end.
import init from './vault.js';

addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  reportError(event.reason);
});

await init();
