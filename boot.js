// The first program of the page. It takes what came back from Entra out of the address and out of storage before
// anything else can read it there, starts the vault with it, and only then loads the page's interface.

const TRANSACTION = 'acs-sign-in.transaction';
const REMEMBERED = 'acs-sign-in.remembered';
const SPENT = 'acs-sign-in.spent';
// So many sign-ins of a tab can be reached by its Back button and still be recognized.
const MAX_SPENT = 8;
const VAULT = 'vault_loader.js';
// A page or a vault whose files do not arrive by then starts no more. They share the connection, so they share the time.
const TIMEOUT_MS = 60_000;

// An authorization response, the answer to an administrator's consent, or the return of a sign-out.
const RESPONSE = /(?:^|&)(?:access_token|admin_consent|code|error|id_token|state)=/;

// Longer than any answer or transaction. What is cut is malformed, and told so.
const MAX_LENGTH = 20_000;

const script = document.querySelector('script[data-js]');
const isFramed = self !== top;
// The interface is not there yet, so the latest word of whoever is around this page is kept for it.
const portal = isFramed ? listenToPortal() : null;

/** Hears the window around this one, and nobody else; what it is worth, the page decides. */
function listenToPortal() {
  document.documentElement.dataset.framed = '';
  /** @type {MessageEvent | null} */
  let latest = null;
  let greet = (/** @type {MessageEvent} */ event) => {
    latest = event;
  };
  addEventListener('message', (event) => {
    if (event.source === parent) greet(event);
  });
  return {
    /** @param {PageModule} page */
    passOnTo(page) {
      greet = page.greet;
      if (latest) greet(latest);
    },
  };
}

/**
 * What came back from Entra, scrubbed from the address and so from bookmarks, referrers and the Back button: the
 * authorization response in the fragment, or in the query, where the answer to an administrator's consent belongs and any
 * other is explained (REP-06). The return of a sign-out has nothing but its state, and needs no word.
 */
function takeAnswer() {
  const fragment = location.hash.slice(1);
  const query = location.search.slice(1);
  const inFragment = RESPONSE.test(fragment);
  const inQuery = RESPONSE.test(query);
  if (!inFragment && !inQuery) return null;
  // SEC-015: with the origin, since a path that begins with `//` would name another host, and throw.
  const address = location.origin + location.pathname;
  history.replaceState(null, '', inQuery ? address : address + location.search);
  if (inFragment) return fragment.slice(0, MAX_LENGTH);
  const answer = new URLSearchParams(query);
  // The host has seen it, so it is not redeemed.
  if (answer.has('code')) answer.set('code', '');
  return [...answer.keys()].join() === 'state' ? null : answer.toString().slice(0, MAX_LENGTH);
}

/** What the redirect flow left behind. It is removed whether it is needed or not: it is good for one return. */
function takeTransaction() {
  try {
    const text = sessionStorage.getItem(TRANSACTION);
    sessionStorage.removeItem(TRANSACTION);
    return text?.slice(0, MAX_LENGTH) ?? null;
  } catch {
    return null; // Storage is blocked; then nothing was ever kept there.
  }
}

/**
 * The response with its transaction, unless this tab has used that `state` before: the Back button leads through Entra,
 * which answers the same request again. Then there is nothing to do and no reason for an alarm, and the transaction of a
 * newer sign-in waits on for its own return. A used `state` opens nothing.
 */
function takeReturn() {
  const answer = takeAnswer();
  const state = new URLSearchParams(answer ?? '').get('state');
  if (!state) return { answer, transaction: takeTransaction() };
  let transaction = null;
  try {
    const spent = sessionStorage.getItem(SPENT)?.split(' ') ?? [];
    if (spent.includes(state)) return { answer: null, transaction: null };
    transaction = takeTransaction();
    // What this tab sent, and not what came: a forged response must not be taken for a repeated one.
    const used = transaction && Object.values(JSON.parse(transaction))[0].state;
    if (used) sessionStorage.setItem(SPENT, [...spent, used].slice(-MAX_SPENT).join(' '));
  } catch {
    // Storage is blocked, or what was stored is not ours: then no sign-in came back here.
  }
  return { answer, transaction };
}

/** Whose sign-in it was when the page was last loaded in this tab, if the configuration lets the page remember that. */
function remembered() {
  try {
    return sessionStorage.getItem(REMEMBERED)?.slice(0, MAX_LENGTH) ?? null;
  } catch {
    return null;
  }
}

/** Whether the host sent the document's policy. `data:` is nowhere, and no policy of ours allows it. */
async function isProtected() {
  return fetch('data:,').then(
    () => false,
    () => true,
  );
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

/**
 * The vault's first message, or null if it does not come. Nothing is sent to it before.
 * @param {Worker} vault
 * @param {Promise<void>} failure
 * @returns {Promise<string | null>}
 */
function greeting(vault, failure) {
  return Promise.race([
    new Promise((resolve) => vault.addEventListener('message', (event) => resolve(event.data), { once: true })),
    new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS, null)),
    failure.then(() => null),
  ]);
}

async function loadPage() {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const wasm = fetch(script.dataset.wasm, { integrity: script.dataset.integrity, signal });
  // WebKit does not hold an imported module against the hash of its preload; a fetch of the same file does it.
  await fetch(script.dataset.js, { integrity: scriptIntegrity(), signal });
  /** @type {PageModule} */
  const page = await import(new URL(script.dataset.js, document.baseURI).href);
  await page.default({ module_or_path: wasm });
  return page;
}

function scriptIntegrity() {
  return document.querySelector('link[rel=modulepreload]').integrity;
}

/** What is wrong with the files that were refused. A browser doesn't say, so they are fetched again, without their hash. */
async function whyRefused() {
  const files = [
    [script.dataset.js, scriptIntegrity()],
    [script.dataset.wasm, script.dataset.integrity],
  ];
  for (const [url, integrity] of files) {
    // `reload`: a file that was changed on the way must not stay in the browser's cache.
    const response = await fetch(url, { cache: 'reload', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const name = url.split('/').pop();
    const reload = "Reload it; if that doesn't help, contact the site owner:";
    if (!response.ok) return `This page is incomplete. ${reload} ${name} is missing (HTTP status ${response.status}).`;
    if ((await hashOf(response)) !== integrity) {
      const changed = "This page's files were changed on their way to you, so it doesn't start.";
      return `${changed} ${reload} something in front of this site, like a CDN or a proxy, changes ${name}.`;
    }
  }
  return null;
}

/**
 * In the form of an `integrity` attribute.
 * @param {Response} response
 */
async function hashOf(response) {
  const digest = await crypto.subtle.digest('SHA-384', await response.arrayBuffer());
  return `sha384-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

async function boot() {
  document.getElementById('boot-missing')?.remove();
  const opening = {
    address: location.origin + location.pathname,
    ...takeReturn(),
    framed: isFramed,
    remembered: remembered(),
  };
  // A sandbox without allow-same-origin: no origin, so no vault, no storage and no way back.
  if (self.origin === 'null') {
    return showStatus(
      'The site around this page gives it too few rights: its sandbox has to have allow-same-origin. Open the page in a tab of its own.',
    );
  }
  if (!(await isProtected())) {
    return showStatus(
      'This page was served without its protection, so it does not start. Whoever runs it has to send its headers.',
    );
  }
  const vault = startVault();
  let failed = false;
  const failure = new Promise((resolve) => vault.addEventListener('error', resolve)).then(() => {
    failed = true;
  });
  const ready = greeting(vault, failure).then((text) => {
    if (text !== null) vault.postMessage(JSON.stringify({ begin: opening }));
    return text;
  });
  const [page, text] = await Promise.all([loadPage(), ready]).catch((error) => {
    // It may have begun to sign somebody in, for a page that will never show it.
    vault.terminate();
    throw error;
  });
  page.start(vault, failed ? null : text);
  portal?.passOnTo(page);
}

/** @param {string} sentence */
function showStatus(sentence) {
  document.getElementById('boot-status').textContent = sentence;
}

// SEC-066
boot().catch(async (error) => {
  showStatus(
    (await whyRefused().catch(() => null)) ??
      'This page could not start. Reload it; if that does not help, your browser is too old for it or blocks a part of it.',
  );
  throw error;
});
