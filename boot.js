// The first program of the page. It takes what came back from Entra out of the address and out of storage before
// anything else can read it there, starts the vault with it, and only then loads the page's interface.

const TRANSACTION = 'acs-sign-in.transaction';
const VAULT = 'vault_loader.js';
// A vault that has not spoken by then will not.
const VAULT_TIMEOUT_MS = 20_000;

const script = document.querySelector('script[data-js]');

/** The authorization response, scrubbed from the address and so from history, bookmarks and referrers. */
function takeAnswer() {
  const fragment = location.hash.slice(1);
  if (!/(?:^|&)(?:code|error|state)=/.test(fragment)) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return fragment;
}

/** What the redirect flow left behind. It is removed whether it is needed or not: it is good for one return. */
function takeTransaction() {
  try {
    const text = sessionStorage.getItem(TRANSACTION);
    sessionStorage.removeItem(TRANSACTION);
    return text;
  } catch {
    return null; // Storage is blocked; then nothing was ever kept there.
  }
}

/** `new Worker` is a Trusted Types sink: the one policy of this page passes the one constant. */
function startVault() {
  const policy = globalThis.trustedTypes?.createPolicy('vault', {
    createScriptURL(url) {
      if (url !== VAULT) throw new TypeError('the vault is the only worker');
      return url;
    },
  });
  return new Worker(policy ? policy.createScriptURL(VAULT) : VAULT, { type: 'module', name: 'vault' });
}

/** The vault's first message, or null if it does not come. Nothing is sent to it before. */
function greeting(vault) {
  return new Promise((resolve) => {
    vault.addEventListener('message', (event) => resolve(event.data), { once: true });
    vault.addEventListener('error', () => resolve(null), { once: true });
    setTimeout(resolve, VAULT_TIMEOUT_MS, null);
  });
}

async function loadPage() {
  const wasm = fetch(script.dataset.wasm, { integrity: script.dataset.integrity });
  const page = await import(script.dataset.js);
  await page.default({ module_or_path: wasm });
  return page;
}

async function boot() {
  const opening = { address: location.origin + location.pathname, answer: takeAnswer(), transaction: takeTransaction() };
  const vault = startVault();
  const ready = greeting(vault).then((text) => {
    if (text !== null) vault.postMessage(JSON.stringify({ begin: opening }));
    return text;
  });
  const [page, text] = await Promise.all([loadPage(), ready]);
  page.start(vault, text);
}

boot().catch((error) => {
  document.getElementById('boot-status').textContent =
    'This page could not start. Reload it; if that does not help, your browser is too old for it or blocks a part of it.';
  throw error;
});
