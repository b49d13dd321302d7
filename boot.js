// The first script of the page. It takes the authorization response out of the address and the transaction out of
// storage before other code can read them, starts the vault with both, and then loads the interface of the page.

const TRANSACTION = 'acs-sign-in.transaction';
const REMEMBERED = 'acs-sign-in.remembered';
const SPENT = 'acs-sign-in.spent';
// How many used sign-ins of a tab are recognized when its Back button leads to them.
const MAX_SPENT = 8;
// The limit for loading the page and for loading the vault. In most cases they share the connection, so they share the
// time.
const TIMEOUT_MS = 60_000;
const UNPROTECTED =
  'This page was served without its protection, so it does not start. Contact the site owner: the host must send its headers.';

// An authorization response, the response to an administrator's consent, or the return of a sign-out.
const RESPONSE = /(?:^|&)(?:access_token|admin_consent|code|error|id_token|state)=/;

// The limits of crates/messages/src/limits.rs. The vault ignores a message that is longer than they allow.
const MAX_AUTHORIZATION_RESPONSE = 16_384;
const MAX_OPENING_TEXT = 4_096;
// Replaces a longer response, because a part of one could look valid. The vault rejects the repeated parameter as
// malformed.
const TOO_LONG = 'code=&code=';

const script = document.querySelector('script[data-js]');
const VAULT = script.dataset.vault;
// The page's files with their hashes, which the build writes into index.html. Without a hash nothing is compared.
/** @type {[string, string][]} */
const links = [...document.querySelectorAll('link[rel][integrity]')].map(({ href, integrity }) => [href, integrity]);
/** @type {[string, string | undefined][]} */
const files = [[VAULT, ''], ...links, [script.dataset.wasm, script.dataset.integrity]];
const languages = [...document.querySelectorAll('link[data-language]')];
const isFramed = self !== top;
// The interface is not loaded yet, so the latest message of the embedding window is kept for it.
const portal = isFramed ? listenToPortal() : null;

/** Receives messages from the embedding window only. The page decides whether to trust them. */
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
 * The response of Entra, removed from the address and so from bookmarks, referrers and the Back button. It is in the
 * fragment, or in the query: there the response to an administrator's consent belongs, and any other one becomes a
 * problem that the page explains (REP-06). The return of a sign-out has only a state and is ignored.
 */
function takeResponse() {
  const fragment = location.hash.slice(1);
  const query = location.search.slice(1);
  const inFragment = RESPONSE.test(fragment);
  const inQuery = RESPONSE.test(query);
  if (!inFragment && !inQuery) return null;
  // SEC-015: with the origin, because a path that begins with `//` names another host, and this throws.
  const address = location.origin + location.pathname;
  history.replaceState(null, '', inQuery ? address : address + location.search);
  if (inFragment) return fragment;
  const response = new URLSearchParams(query);
  // The host has seen the code, so it is not redeemed.
  if (response.has('code')) response.set('code', '');
  return [...response.keys()].join() === 'state' ? null : response.toString();
}

/**
 * Returns the text, or null for one that cannot be the page's own: it is too long, or JSON cannot contain it (a surrogate
 * without its other half). The vault would ignore a message with such a text, and the page would wait without end.
 * @param {string | null} text
 */
function checked(text) {
  return text !== null && text.length <= MAX_OPENING_TEXT && text.isWellFormed() ? text : null;
}

/** The transaction that the redirect flow stored. It is always removed, because it is valid for one return. */
function takeTransaction() {
  try {
    const text = sessionStorage.getItem(TRANSACTION);
    sessionStorage.removeItem(TRANSACTION);
    return checked(text);
  } catch {
    return null; // Storage is blocked, so nothing was stored.
  }
}

/**
 * The response with its transaction, unless this tab has used that `state` before: the Back button leads through Entra,
 * which responds to the same request again. Such a response is ignored without a problem, and the transaction of a newer
 * sign-in stays for its own return. A used `state` gives access to nothing.
 */
function takeReturn() {
  const received = takeResponse();
  const response = received && received.length > MAX_AUTHORIZATION_RESPONSE ? TOO_LONG : received;
  const state = new URLSearchParams(received ?? '').get('state');
  if (!state) return { response, transaction: takeTransaction() };
  let transaction = null;
  try {
    const spent = sessionStorage.getItem(SPENT)?.split(' ') ?? [];
    if (spent.includes(state)) return { response: null, transaction: null };
    transaction = takeTransaction();
    // The state that this tab sent, not the received one: a forged response must not count as a repeated one.
    const used = transaction && Object.values(JSON.parse(transaction))[0].state;
    if (used) sessionStorage.setItem(SPENT, [...spent, used].slice(-MAX_SPENT).join(' '));
  } catch {
    // Storage is blocked, or has a foreign value, so no sign-in returned here.
  }
  return { response, transaction };
}

/**
 * Shows the button of index.html, for a click before the interface and the vault are here. The interface replaces it with
 * its own one, in the same place.
 * @param {(event: Event) => void} onClick
 */
function offerSignIn(onClick) {
  const button = document.getElementById('boot-button');
  document.getElementById('boot-status').hidden = true;
  document.getElementById('boot-sign-in').hidden = false;
  button.addEventListener(
    'click',
    (event) => {
      // Not `disabled`, which would take the focus away.
      button.setAttribute('aria-disabled', 'true');
      const progress = document.getElementById('boot-progress');
      progress.classList.add('working');
      progress.textContent = document.getElementById('boot-status').textContent;
      onClick(event);
    },
    { once: true },
  );
}

/**
 * Leaves for the authority as src/browser/navigation.rs does, if that is what the vault sends. Until the interface is
 * here, the vault sends what follows from the click to this function.
 * @param {Worker} vault
 * @param {string} text
 */
function leave(vault, text) {
  const request = JSON.parse(text).leave;
  if (!request) return;
  try {
    sessionStorage.setItem(TRANSACTION, request.transaction);
  } catch {
    vault.postMessage('"storageBlocked"');
    return;
  }
  location.replace(request.url);
}

/**
 * The first wanted language for which the page has a file, by its first subtag, or else English.
 * @param {readonly string[]} wanted
 */
function chosenLanguage(wanted) {
  for (const locale of [...wanted, 'en']) {
    const link = languages.find(({ dataset }) => dataset.language === locale.toLowerCase().split('-')[0]);
    if (link) return { locale, link };
  }
  throw new Error('index.html names no English texts');
}

/**
 * Loads the texts of the page, and shows those of index.html.
 * @param {string} [hint] The language that the portal asks for. Without it, those of the browser decide.
 */
async function loadLanguage(hint) {
  const { locale, link } = chosenLanguage([...(hint ? [hint] : []), ...navigator.languages]);
  const { href, integrity } = link;
  files.push([href, integrity]);
  const response = await fetch(href, { integrity, signal: AbortSignal.timeout(TIMEOUT_MS) });
  /** @type {Language} */
  const language = await response.json();
  const root = document.documentElement;
  root.lang = locale;
  root.dir = language.direction;
  for (const element of document.querySelectorAll('[data-text]')) {
    const text = language.texts[element.dataset.text];
    // A screen reader announces a status again that is set to the same text.
    if (element.textContent !== text) element.textContent = text;
  }
  return language;
}

/** The account of the last sign-in in this tab, if the configuration lets the page remember it. */
function remembered() {
  try {
    return checked(sessionStorage.getItem(REMEMBERED));
  } catch {
    return null;
  }
}

/**
 * Whether the host sent the document's Content-Security-Policy, for browsers without Trusted Types. None of our policies
 * allows `data:`, and the browser writes the refusal to the console.
 */
async function isDataRefused() {
  return fetch('data:,').then(
    () => false,
    () => true,
  );
}

/**
 * Whether the host enforces its policy. For a policy that they only report, browsers ask the default policy of Trusted
 * Types, too, and every other test of a policy leaves an error in the console.
 */
async function isEnforced() {
  // SEC-015
  const { headers } = await fetch(location.origin + location.pathname, { method: 'HEAD', cache: 'no-store' });
  return headers.get('content-security-policy')?.includes("require-trusted-types-for 'script'") ?? false;
}

/**
 * Starts the vault. Returns null if the host did not send the document's Content-Security-Policy.
 *
 * `new Worker` is a Trusted Types sink: only where that policy is present does the browser ask the default policy of
 * the page about the address. It is the page's only policy. It allows this address once, so no script can start a second
 * vault, and it allows no markup and no code.
 * @param {string} name
 */
async function startVault(name) {
  const { trustedTypes } = globalThis;
  if (!trustedTypes) return (await isDataRefused()) ? newVault(name) : null;
  let isAsked = false;
  try {
    trustedTypes.createPolicy('default', {
      createScriptURL(url) {
        if (isAsked || url !== VAULT) return null;
        isAsked = true;
        return url;
      },
    });
  } catch {
    return null; // Another policy than ours is in force, or a script has made a default policy before.
  }
  const vault = newVault(name);
  if (isAsked) return vault;
  vault.terminate();
  return null;
}

/** @param {string} name */
function newVault(name) {
  return new Worker(VAULT, { type: 'module', name });
}

/**
 * The first message of the vault, or null if none arrives. Nothing is sent to the vault before.
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
  // WebKit does not check an imported module against the hash of its preload, and no browser checks an icon. A fetch of
  // the same file does.
  await Promise.all(links.map(([url, integrity]) => fetch(url, { integrity, signal })));
  /** @type {PageModule} */
  const page = await import(new URL(script.dataset.js, document.baseURI).href);
  await page.default({ module_or_path: wasm });
  return page;
}

/** Why files were rejected. A browser does not report that, so they are fetched again without their hash. */
async function whyRefused() {
  for (const [url, integrity] of files) {
    // `reload`: a file that was changed in transit must not stay in the cache of the browser.
    const response = await fetch(url, { cache: 'reload', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const name = url.split('/').pop();
    const reload = "Reload it; if that doesn't help, contact the site owner:";
    if (!response.ok) return `This page is incomplete. ${reload} ${name} is missing (HTTP status ${response.status}).`;
    if (integrity && (await hashOf(response)) !== integrity) {
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
    address: checked(location.origin + location.pathname) ?? '',
    ...takeReturn(),
    framed: isFramed,
    remembered: remembered(),
  };
  // A sandbox without allow-same-origin: no origin, so no vault, no storage and no redirect back.
  if (self.origin === 'null') {
    return showStatus(
      'The site around this page gives it too few rights: its sandbox has to have allow-same-origin. Open the page in a tab of its own.',
    );
  }
  if (!isSecureContext) {
    return showStatus("This page's address must begin with https:. Without it, a browser can't protect a sign-in.");
  }
  // The vault's first file sends the first requests of a return at once. It contacts no other server for another name.
  const isReturn = !isFramed && opening.response !== null && opening.transaction !== null;
  const vault = await startVault(isReturn ? 'vault of a return' : 'vault');
  if (!vault) return showStatus(UNPROTECTED);
  const enforced = isEnforced();
  let failed = false;
  // A person whose account is remembered, or who comes back, sees another screen next. The build turns the button off where
  // the sign-in needs a choice or a window.
  const isNew = opening.response === null && opening.transaction === null && opening.remembered === null;
  const isFirst = isNew && !isFramed && !('off' in document.getElementById('boot-sign-in').dataset);
  const language = loadLanguage();
  // The button is in English before a language is here.
  const isLabelled = chosenLanguage(navigator.languages).link.dataset.language === 'en' ? Promise.resolve() : language;
  const click = new Promise((resolve) => isFirst && isLabelled.then(() => offerSignIn(resolve)));
  let isHandedOver = false;
  /** @param {MessageEvent} event */
  const onMessage = (event) => leave(vault, event.data);
  const signIn = () => {
    if (!isHandedOver) {
      vault.addEventListener('message', onMessage);
      vault.postMessage('"show"');
    }
    vault.postMessage('"signInByRedirect"');
  };
  const failure = new Promise((resolve) => vault.addEventListener('error', resolve)).then(() => {
    failed = true;
  });
  const ready = greeting(vault, failure).then(async (text) => {
    // public/vault_loader.js could not start the vault's wasm, and names its files.
    const { refused } = JSON.parse(text ?? '{}');
    if (refused) {
      failed = true;
      files.push(...refused);
    } else if ((await enforced) && text !== null) {
      vault.postMessage(JSON.stringify({ begin: opening }));
      click.then(signIn);
    }
    return text;
  });
  // The button of index.html serves until the interface is here, so the vault gets the whole line first.
  const page = isFirst ? ready.then(loadPage) : loadPage();
  const [interfaceOfPage, text, texts] = await Promise.all([page, ready, language]).catch((error) => {
    // The vault may have started a sign-in that this page will never show.
    vault.terminate();
    throw error;
  });
  if (!(await enforced)) {
    vault.terminate();
    return showStatus(UNPROTECTED);
  }
  const reason = failed ? await whyRefused().catch(() => null) : null;
  if (reason) {
    vault.terminate();
    return showStatus(reason);
  }
  // From here on the interface receives what the vault sends.
  isHandedOver = true;
  vault.removeEventListener('message', onMessage);
  interfaceOfPage.start(vault, failed ? null : text, texts, loadLanguage);
  portal?.passOnTo(interfaceOfPage);
}

/** @param {string} sentence */
function showStatus(sentence) {
  const status = document.getElementById('boot-status');
  status.textContent = sentence;
  delete status.dataset.text;
  status.classList.remove('working');
  status.hidden = false;
  document.getElementById('boot-sign-in').hidden = true;
}

// SEC-066
boot().catch(async (error) => {
  showStatus(
    (await whyRefused().catch(() => null)) ??
      'This page could not start. Reload it; if that does not help, your browser is too old for it or blocks a part of it.',
  );
  throw error;
});
