// Starts the vault. A failure there becomes the `error` event of the Worker, which boot.js and the page listen to.
// Otherwise the page would wait without an end.

// The vault's files with their hashes. The build replaces both (crates/page-host). Without a hash, as in development,
// nothing is compared. The page sends neither names nor hashes.
const FILES = [
  ['../vault.js', ''],
  ['../vault_bg.wasm', ''],
];

addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  reportError(event.reason);
});

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
