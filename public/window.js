// The window for the sign-in, before it leaves for Entra. The page opens it on a click, possibly from the frame of
// another site. It goes only to the address that a page of its own origin sends, and only if its own configuration
// allows that address. A foreign site that opens it cannot choose the address or the values that are stored for the
// return.

const RETURN = 'acs-sign-in.return';
const HEARTBEAT_MS = 1_000;
const GREETING_MS = 30_000;
const CLOUDS = ['login.microsoftonline.com', 'login.microsoftonline.us', 'login.partner.microsoftonline.cn'];
const MAILBOX_ID = /^[A-Za-z0-9_-]{1,256}$/;

const page = window.opener;
// Hides the text that is for a window without this script or its style.
document.documentElement.dataset.started = '';

/**
 * A window keeps the restrictions of a sandboxed frame unless the frame lets it escape. Every sandbox forbids this.
 *
 * Where it is allowed, it opens this document to every other port of the host and to every subdomain. So it is called
 * once, after the greeting of the page was accepted and directly before the window leaves (REV-01).
 */
function isSandboxed() {
  try {
    // biome-ignore lint/correctness/noSelfAssign: it throws where it is forbidden
    document.domain = document.domain;
    return false;
  } catch {
    return true;
  }
}

/**
 * Sends a message to the page. A window of another origin does not receive it.
 * @param {string} message
 */
function notify(message) {
  page.postMessage(JSON.stringify(message), location.origin);
}

/** @param {string} heading @param {string} sentence */
function show(heading, sentence, wayOut = false) {
  document.getElementById('heading').textContent = heading;
  document.getElementById('status').textContent = sentence;
  document.getElementById('way-out').hidden = !wayOut;
}

/**
 * The first greeting of the page, or null if none arrives in time.
 * @returns {Promise<Greeting | null>}
 */
function greeting() {
  const { promise, resolve } = Promise.withResolvers();
  addEventListener('message', (event) => {
    // Any site can open this window, so the origin is checked. Any frame of that origin can send, so the source is
    // checked.
    if (event.origin !== location.origin || event.source !== page) return;
    try {
      const { url, state, mailbox } = JSON.parse(event.data).greeting;
      if (typeof url === 'string' && typeof state === 'string') resolve({ url, state, mailbox });
    } catch {
      // Not a greeting.
    }
  });
  setTimeout(resolve, GREETING_MS, null);
  return promise;
}

/**
 * Whether the address follows from this configuration.
 * @param {Greeting} greeting
 * @param {PageConfig} config
 */
function isImplied({ url, state, mailbox }, config) {
  if (!URL.canParse(url)) return false;
  const { origin, pathname, searchParams, username, password } = new URL(url);
  const only = (/** @type {string} */ name) => (searchParams.getAll(name).length === 1 ? searchParams.get(name) : null);
  const known = (config.profiles ?? [config]).some(
    ({ authority, clientId }) =>
      authority && leadsTo(new URL(authority), origin, pathname) && only('client_id') === clientId.toLowerCase(),
  );
  return (
    known &&
    username === '' &&
    password === '' &&
    only('redirect_uri') === new URL('return.html', config.redirectUri).href &&
    only('response_type') === 'code' &&
    only('response_mode') === 'fragment' &&
    only('code_challenge_method') === 'S256' &&
    only('state') === state &&
    isMailbox(mailbox ?? null, config.mailboxUrl)
  );
}

/**
 * Microsoft's clouds have one path for it. The path of any other authority is known only to the vault of the page.
 * @param {URL} authority
 * @param {string} origin
 * @param {string} pathname
 */
function leadsTo(authority, origin, pathname) {
  const path = `${authority.pathname.replace(/\/$/, '')}/oauth2/v2.0/authorize`;
  return authority.origin === origin && (pathname === path || !CLOUDS.includes(authority.host));
}

/** @param {string | null} mailbox @param {string} [configured] */
function isMailbox(mailbox, configured) {
  if (mailbox === null) return true;
  if (!configured) return false;
  const base = `${configured.replace(/\/+$/, '')}/`;
  return mailbox.startsWith(base) && MAILBOX_ID.test(mailbox.slice(base.length));
}

/** Why there is no configuration, as a sentence for people. */
class NoConfiguration extends Error {}

/** The server sent something else. A window that is closed ends its request, too, so a missing response does not count. */
class NotConfiguration extends NoConfiguration {}

/**
 * The configuration. The request has the cookies of this host, because a proxy may require one on every path.
 * @returns {Promise<PageConfig>}
 */
async function readConfig() {
  const response = await fetch('config.json', {
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'manual',
    signal: AbortSignal.timeout(GREETING_MS),
  }).catch(unreachable);
  if (response.type === 'opaqueredirect') {
    throw new NotConfiguration('The web server answered with a redirect instead of its configuration.');
  }
  if (!response.ok) {
    throw new NotConfiguration(`The web server did not send its configuration (HTTP status ${response.status}).`);
  }
  return response.json().catch((/** @type {Error} */ error) => {
    // By its name, because WebKit's is a DOMException.
    if (error.name !== 'SyntaxError') unreachable();
    throw new NotConfiguration('The web server sent something other than JSON as its configuration.');
  });
}

/** @returns {never} */
function unreachable() {
  throw new NoConfiguration('It could not reach the web server to read its configuration.');
}

// A window that closes cannot always send this message. The page notices the other ones by the missing heartbeat.
let isOver = false;
addEventListener('pagehide', () => {
  if (page && !isOver) notify('closed');
  isOver = true;
});

async function go() {
  if (!page) {
    // Opened manually, or by a site that separates its windows (Cross-Origin-Opener-Policy: same-origin).
    return show(
      'This window cannot reach the page that opened it',
      'The site that you came from keeps its windows apart. Close this window, or sign in on a page of its own.',
      true,
    );
  }
  const greeted = greeting();
  notify('ready');
  const heartbeat = setInterval(notify, HEARTBEAT_MS, 'alive');
  const [found, config] = await Promise.all([greeted, readConfig()]);
  clearInterval(heartbeat);
  if (!found) {
    return show(
      'Nothing is waiting for this window',
      'Go back to the page and sign in there. You can close this window.',
    );
  }
  if (!isImplied(found, config)) {
    notify('refused');
    return show(
      'This window does not go there',
      'It was asked to go to an address that does not fit its configuration. Close it, and tell whoever runs the page.',
    );
  }
  if (isSandboxed()) {
    notify('sandboxed');
    return show(
      'This window has too few rights',
      'Whoever runs the site that you came from can change that. You can close this window.',
    );
  }
  const { url, state, mailbox } = found;
  sessionStorage.setItem(RETURN, JSON.stringify({ state, mailbox: mailbox ?? null }));
  isOver = true;
  notify('leaving');
  location.replace(url);
}

go().catch((error) => {
  if (isOver) return;
  isOver = true;
  notify(error instanceof NotConfiguration ? 'unconfigured' : 'closed');
  const reason = error instanceof NoConfiguration ? error.message : 'The browser keeps it from remembering anything.';
  show('This window cannot go on', `${reason} Close it and sign in again.`);
});
