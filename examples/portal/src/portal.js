// The portal: shows the sign-in page and, after the sign-in, the controls for calls.
import { connect } from 'acs-sign-in';

/** @import { Account } from 'acs-sign-in' */
/** @import { openLine } from './calling.js' */

const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {NodeListOf<HTMLButtonElement>} */
const callButtons = document.querySelectorAll('#list button, #dial button');
const { signIn, people, hasCallerToken } = await (await fetch('config.json')).json();

const session = connect({
  container: element('sign-in'),
  origin: signIn,
  title: 'Sign in to make calls',
  // Which of several sign-in methods the page offers first: http://localhost:8090/?profile=teams
  profile: new URLSearchParams(location.search).get('profile') ?? undefined,
  callerToken: hasCallerToken ? fetchCallerToken : undefined,
});
/**
 * The calling part. Null while no account is signed in.
 *
 * @type {{ line?: Awaited<ReturnType<typeof openLine>> } | null}
 */
let calling = null;

session.addEventListener('status', ({ detail }) => {
  const sentence = {
    starting: 'Loading the sign-in…',
    signedOut: 'Sign in to call the people behind the requests.',
    signingIn: 'Signing in…',
    signedIn: 'You are signed in.',
    stopped: detail.problem && `${detail.problem.title} ${detail.problem.action}`,
  }[detail.status];
  element('state').textContent = sentence;
  element('sign-out').hidden = detail.status !== 'signedIn';
  if (detail.status !== 'signedIn') endCalling();
  else if (!calling && detail.account) startCalling(detail.account);
});

/** The portal's own token for the person, for pages whose exchange takes it as the caller token. */
async function fetchCallerToken() {
  const response = await fetch('token');
  if (!response.ok) throw new Error('the portal has no session');
  return response.text();
}

/**
 * Each sign-in has its own credential and its own line.
 *
 * @param {Account} account
 */
async function startCalling(account) {
  /** @type {NonNullable<typeof calling>} */
  const mine = {};
  calling = mine;
  element('facts').hidden = false;
  element('who').textContent = account.name ?? account.username;
  element('line').textContent = 'connecting…';
  try {
    const { token, expiresOnTimestamp } = await session.getToken();
    element('until').textContent = new Date(expiresOnTimestamp).toLocaleTimeString();
    // Seven megabytes, so they are loaded for calls only.
    const { openLine } = await import('./calling.js');
    const line = await openLine({
      session,
      people,
      initial: { token, expiresOnTimestamp },
      account,
      onChange: showState,
    });
    if (calling !== mine) return line.dispose();
    mine.line = line;
    enableCalls(true);
    showState('ready');
  } catch (/** @type {any} */ error) {
    if (calling === mine) showState(`not available: ${error.message}`);
  }
}

function endCalling() {
  calling?.line?.dispose();
  calling = null;
  enableCalls(false);
  element('facts').hidden = true;
  element('hang-up').hidden = true;
}

/** @param {boolean} enabled */
function enableCalls(enabled) {
  for (const button of callButtons) button.disabled = !enabled;
}

/** @param {string} state */
function showState(state, isInCall = false) {
  element('line').textContent = state;
  element('hang-up').hidden = !isInCall;
}

/** @param {string} person @param {string} name */
async function call(person, name) {
  try {
    await calling?.line?.call(person, name);
  } catch (/** @type {any} */ error) {
    showState(`the call did not start: ${error.message}`);
  }
}

element('list').addEventListener('click', (/** @type {any} */ { target }) => {
  const request = target.closest('button')?.closest('li');
  if (request) call(request.dataset.person, request.dataset.name);
});

element('dial').addEventListener('submit', (/** @type {any} */ event) => {
  event.preventDefault();
  const person = String(new FormData(event.target).get('callee'));
  call(person, person);
});

element('hang-up').addEventListener('click', () => calling?.line?.hangUp());
element('sign-out').addEventListener('click', () => session.signOut().catch((error) => showState(error.message)));
