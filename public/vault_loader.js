// Starts the vault. What fails there without anybody hearing of it would leave the page waiting: it becomes the
// Worker's `error` event, which boot.js and the page listen to.
import init from './vault.js';

addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  reportError(event.reason);
});

await init();
