// Starts the vault. A failure there becomes the `error` event of the Worker, which boot.js and the page listen to.
// Otherwise the page would wait without an end.

// The vault's files with their hashes. The build replaces both (crates/page-host). Without a hash, as in development,
// nothing is compared. The page sends neither names nor hashes.
const FILES = [
  ['../vault.js', ''],
  ['../vault_bg.wasm', ''],
];

// What the vault requests first when a person comes back from the authority: addresses and media types, from the
// configuration of the build. Empty in development.
/** @type {[string, string][]} */
const ON_RETURN = [];

// The limit for the configuration, which shares the connection with the vault's files: that of boot.js. And the limit for
// a response of another server.
const TIMEOUT_MS = 60_000;
const RESPONSE_TIMEOUT_MS = 15_000;
/** @type {RequestInit} */
const STORE_NOTHING = { cache: 'no-store' };

addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  reportError(event.reason);
});

// The vault's first requests, sent before its wasm is here. The wasm takes the responses by its own addresses
// (crates/vault/src/browser/fetch.rs); one that nothing takes is ignored.
/** @type {Map<string, Promise<Response>>} */
const early = new Map();
globalThis.takeEarlyResponse = (/** @type {string} */ name) => {
  const response = early.get(name);
  early.delete(name);
  return response;
};

/**
 * @param {string} name
 * @param {string} url
 * @param {number} timeout
 * @param {RequestInit} options
 */
function sendEarly(name, url, timeout, options) {
  const signal = AbortSignal.timeout(timeout);
  const response = fetch(url, { referrerPolicy: 'no-referrer', signal, ...options });
  response.catch(() => {}); // The wasm reports it, if it takes the response.
  early.set(name, response);
}

// With cookies, because a proxy in front of the page's host may require one on every path. For a redirect that is not
// followed, script learns only that there was one.
const config = new URL('../config.json', import.meta.url).href;
sendEarly('config.json', config, TIMEOUT_MS, { credentials: 'same-origin', redirect: 'manual', ...STORE_NOTHING });
// boot.js gives this name at top level only: a frame contacts no other server before a portal has greeted it.
if (self.name === 'vault of a return') {
  for (const [url, type] of ON_RETURN) {
    // With `no-store`, Chromium and Firefox would not use the answer to the preflight again.
    const options = type ? { headers: { 'content-type': type } } : STORE_NOTHING;
    sendEarly(url, url, RESPONSE_TIMEOUT_MS, { credentials: 'omit', redirect: 'error', ...options });
  }
}

const files = FILES.map(([name, integrity]) => [new URL(name, import.meta.url).href, integrity]);
const [script, wasm] = files.map(([url, integrity]) => fetch(url, { integrity }));
try {
  // Before the import, because an import in a Worker has no hash.
  await Promise.all([script, wasm]);
  const { default: init } = await import(files[0][0]);
  await init({ module_or_path: wasm });
} catch (error) {
  console.error(error);
  // boot.js finds out which file is missing or changed.
  postMessage(JSON.stringify({ refused: files }));
}
