// The window returns from Entra. It takes the authorization response out of the address, and gives it to the page that
// started the sign-in, which may be in the frame of another site, without a reference to this window. The response is
// worthless to other recipients: the code verifier never left the vault.

const RETURN = 'acs-sign-in.return';
const RUNG_MS = 500;
const MAILBOX_MS = 15_000;
// The page, the vault and the mailbox have the same limit.
const MAX_AUTHORIZATION_RESPONSE = 16_384;

const response = limited(takeResponse());
// First out of the address, and so out of bookmarks, referrers and the Back button.
history.replaceState(null, '', location.origin + location.pathname);
// Hides the text that is for a window without this script or its style.
document.documentElement.dataset.started = '';

/**
 * The response in the fragment, or in the query. The host has seen a code in the query, so that is removed (REP-06).
 */
function takeResponse() {
  const query = new URLSearchParams(location.search);
  if (/(?:^|&)state=/.test(location.hash.slice(1)) || !query.has('state')) return location.hash.slice(1);
  if (query.has('code')) query.set('code', '');
  return query.toString();
}

/**
 * Replaces a response that is too long, because a part of one could look valid. The page recognizes the replacement by its
 * state, and the vault rejects it as malformed for its repeated parameter. A mailbox does not take it.
 * @param {string} response
 */
function limited(response) {
  if (response.length <= MAX_AUTHORIZATION_RESPONSE) return response;
  const states = new URLSearchParams(response).getAll('state');
  return `code=&code=&${new URLSearchParams(states.map((state) => ['state', state]))}`;
}

/**
 * The value that window.js stored, once. Its age is not checked, because a corrected clock would change that (REP-04):
 * page and mailbox wait five minutes, each by its own clock.
 */
function takeStored() {
  const text = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  const { state, mailbox } = JSON.parse(text ?? '{}') ?? {};
  return state ? { state, mailbox } : null;
}

/** @param {MessageEvent} event */
function isTaken(event) {
  return event.data === '"taken"';
}

/**
 * Offers the response, and waits until the page confirms that it is the expected one.
 * @param {(text: string) => void} offerTo
 * @param {MessageTarget} listenTo
 * @param {(event: MessageEvent) => boolean} isOurs
 * @returns {Promise<boolean>}
 */
function offer(offerTo, listenTo, isOurs) {
  const { promise, resolve } = Promise.withResolvers();
  const onMessage = (/** @type {MessageEvent} */ event) => {
    if (isOurs(event) && isTaken(event)) resolve(true);
  };
  listenTo.addEventListener('message', onMessage);
  offerTo(JSON.stringify({ authorizationResponse: { response } }));
  setTimeout(resolve, RUNG_MS, false);
  return promise.finally(() => listenTo.removeEventListener('message', onMessage));
}

/** The window that opened this one, unless Entra's Cross-Origin-Opener-Policy has removed the reference. */
async function byOpener() {
  const page = window.opener;
  if (!page) return false;
  return offer(
    (text) => page.postMessage(text, location.origin),
    window,
    (event) => event.origin === location.origin && event.source === page,
  );
}

/**
 * Every page of this origin at top level. A page in a frame of another site is in another partition, so it gets
 * nothing.
 * @param {string} state
 */
async function byChannel(state) {
  const channel = new BroadcastChannel(`acs-sign-in.return.${state}`);
  return offer(
    (text) => channel.postMessage(text),
    channel,
    () => true,
  ).finally(() => channel.close());
}

/**
 * The exchange service keeps the response until the vault of the page requests it.
 * @param {string | null} mailbox
 */
async function byMailbox(mailbox) {
  if (!mailbox) return false;
  const delivered = await fetch(mailbox, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: response,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(MAILBOX_MS),
  });
  return delivered.status === 204;
}

/** @param {string} heading @param {string} sentence */
function show(heading, sentence, wayOut = false) {
  document.getElementById('heading').textContent = heading;
  document.getElementById('status').textContent = sentence;
  document.getElementById('way-out').hidden = !wayOut;
}

async function comeBack() {
  const stored = takeStored();
  const states = new URLSearchParams(response).getAll('state');
  if (!stored || states.length !== 1 || states[0] !== stored.state) {
    return show('Nothing was started in this window', 'Its answer was thrown away. You can close this window.', true);
  }
  const handedOver =
    (await byOpener()) || (await byChannel(stored.state)) || (await byMailbox(stored.mailbox).catch(() => false));
  if (!handedOver) {
    return show(
      'The page that asked for this cannot be reached',
      'Your browser keeps the two apart, or the page was closed. Close this window, or sign in on a page of its own.',
      true,
    );
  }
  show('Back to the page', 'It has what it needs from here. You can close this window.');
  window.close();
}

comeBack().catch(() => {
  show('Nothing was started in this window', 'Its answer was thrown away. You can close this window.', true);
});
