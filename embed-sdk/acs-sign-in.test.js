// The tests that need no browser. The messages between SDK and page are tested end to end, in tests/e2e.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, mock, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { connect } from './acs-sign-in.js';

const PAGE = 'https://signin.example.com';
const HOUR_MS = 3_600_000;
const alice = { name: 'Alice', username: 'alice@fabrikam.example', tenantId: 'fabrikam', objectId: 'alice' };
const sessions = [];

/**
 * A page that responds by these rules, in an object with the members of a frame that the SDK uses.
 * @param {Function} respond
 * @param {{ sandbox?: string[], src?: string, greetings?: any[] }} [frame]
 * @returns {any}
 */
function framed(respond, { sandbox, src = `${PAGE}/`, greetings = [] } = {}) {
  const contentWindow = {
    postMessage(text, target, [port, callerPort]) {
      const { connect: greeting } = JSON.parse(text);
      greetings.push({ greeting, target, port, callerPort });
      const send = (message) => port.postMessage(JSON.stringify(message));
      port.on('message', (text) => respond(send, JSON.parse(text), greeting));
      respond(send, {}, greeting);
    },
  };
  return Object.assign(new EventTarget(), {
    src,
    contentWindow,
    hasAttribute: () => sandbox !== undefined,
    sandbox: { contains: (token) => sandbox.includes(token) },
  });
}

/** Answers each greeting with a welcome, and each request by `reply(id, send)`. */
const page =
  (reply) =>
  (send, /** @type {any} */ { getToken, signOut }, { nonce }) => {
    if (getToken) return reply(getToken.id, send);
    if (signOut) return send({ done: { id: signOut.id } });
    send({ welcome: { nonce, version: 1, receivesToken: true } });
    send({ status: { status: 'signedIn', account: alice, problem: null } });
  };

const give = (id, send, token = 'd', life = HOUR_MS) =>
  send({ token: { id, token, expiresOnTimestamp: Date.now() + life } });
const refuse =
  (code, retryable = false) =>
  (id, send) =>
    send({ failed: { id, problem: { code, title: 'No.', action: 'None.', who: 'you', retryable } } });

/** @param {Function} respond @param {any} [setup] */
function open(respond, { options, ...frame } = {}) {
  const session = connect({ frame: framed(respond, frame), ...options });
  sessions.push(session);
  return session;
}

afterEach(() => {
  mock.timers.reset();
  sessions.splice(0).forEach((session) => session.close());
});

test('the script, as the page serves it, stays below 7.75 KB of brotli', () => {
  const { length } = brotliCompressSync(readFileSync(new URL('acs-sign-in.js', import.meta.url)));
  assert.ok(length < 7936, `${length}`);
});

test('a token comes with its end', async () => {
  const { token, expiresOnTimestamp } = await open(page(give)).getToken();
  assert.equal(token, 'd');
  assert.ok(expiresOnTimestamp > Date.now() + HOUR_MS / 2);
});

test('connects to https and loopback addresses only', () => {
  for (const src of [
    'http://signin.example.com/',
    'http://localhost.example.com/',
    'javascript:alert(1)',
    'data:,',
    '//x',
    '',
  ]) {
    assert.throws(() => open(page(give), { src }), TypeError, src);
  }
  for (const src of [
    'https://signin.example.com/',
    'http://localhost:8080/',
    'http://app.localhost:1/',
    'http://127.0.0.1:1/',
  ]) {
    assert.doesNotThrow(() => open(page(give), { src }), src);
  }
});

test('the page is greeted by its exact origin, with a fresh nonce each time', () => {
  mock.timers.enable({ apis: ['setInterval'] });
  const greetings = [];
  open(() => {}, { greetings, src: `${PAGE}/path?query#hash` });
  mock.timers.tick(3_000);
  assert.equal(greetings.length, 4);
  for (const { target, greeting } of greetings) {
    assert.equal(target, PAGE);
    assert.match(greeting.nonce, /^[0-9a-f]{32}$/);
  }
  assert.equal(new Set(greetings.map(({ greeting }) => greeting.nonce)).size, 4);
});

test('hints go along, and nothing else', () => {
  const greetings = [];
  open(() => {}, { greetings, options: { loginHint: 'alice', theme: 'dark', clientId: 'evil', config: {} } });
  const { greeting, callerPort } = greetings[0];
  assert.deepEqual(greeting, {
    version: 1,
    nonce: greeting.nonce,
    hints: { loginHint: 'alice', theme: 'dark' },
    callerToken: false,
  });
  assert.equal(callerPort, undefined);
});

test('hints for which the page would ignore the greeting are left out, with a warning that has no value', () => {
  const warn = mock.method(console, 'warn', () => {});
  const longest = '\u{1F642}'.repeat(320);
  for (const [hints, sent] of /** @type {[any, object][]} */ ([
    [{ loginHint: longest, domainHint: 'fabrikam.example', profile: 'téléphone', locale: 'de-AT' }, undefined],
    [{ loginHint: '', theme: 'dark' }, { theme: 'dark' }],
    [{ loginHint: `${longest}a` }, {}],
    [{ loginHint: 'alice\ud83d' }, {}],
    [{ domainHint: 'fabrikam\n.example' }, {}],
    [{ profile: 'phone\u0085' }, {}],
    [{ locale: 7 }, {}],
    [{ theme: 'blue' }, {}],
    [{ loginHint: undefined, profile: null }, {}],
  ])) {
    const greetings = [];
    open(() => {}, { greetings, options: hints });
    assert.deepEqual(greetings[0].greeting.hints, sent ?? hints, JSON.stringify(hints));
  }
  const warnings = warn.mock.calls.map((/** @type {any} */ { arguments: [text] }) => text);
  warn.mock.restore();
  assert.deepEqual(
    warnings.map((text) => text.match(/^acs-sign-in: the hint (\w+) is not usable$/)?.[1]),
    ['loginHint', 'loginHint', 'loginHint', 'domainHint', 'profile', 'locale', 'theme'],
  );
  assert.doesNotMatch(warnings.join(), /alice|fabrikam|phone|blue|7/);
});

test('a hint that is not usable does not warn again on each update', async () => {
  const warn = mock.method(console, 'warn', () => {});
  const greetings = [];
  const session = open(page(give), { greetings, options: { loginHint: '' } });
  await delivered();
  for (let render = 0; render < 3; render += 1) session.update({ loginHint: '' });
  assert.equal(warn.mock.callCount(), 1);
  assert.equal(greetings.length, 1);
  warn.mock.restore();
});

test('a page that never responds is given up after twenty seconds', async () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const session = open(() => {});
  const token = session.getToken();
  mock.timers.tick(20_000);
  await assert.rejects(token, { name: 'AcsSignInError', code: 'page_silent', retryable: false });
  assert.equal(session.status, 'stopped');
  await assert.rejects(session.getToken(), { code: 'page_silent' });
});

test('a page that responds later is accepted', async () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const greetings = [];
  const session = open(() => {}, { greetings });
  mock.timers.tick(20_000);
  assert.equal(session.status, 'stopped');
  const { greeting, port } = greetings.at(-1);
  page(give)((message) => port.postMessage(JSON.stringify(message)), {}, greeting);
  await new Promise((resolve) => session.addEventListener('status', resolve, { once: true }));
  assert.equal(session.status, 'signedIn');
  mock.timers.tick(20_000);
  assert.equal(greetings.length, 20, 'and is not greeted any more');
});

test('a welcome with another nonce is ignored', async () => {
  const greetings = [];
  const session = open(
    (send) => {
      send({ welcome: { nonce: '0'.repeat(32), version: 1, receivesToken: true } });
      send({ status: { status: 'signedIn', account: alice, problem: null } });
    },
    { greetings },
  );
  await delivered();
  assert.equal(session.status, 'starting');
  assert.equal(greetings.length, 1);
});

test('a sandbox that lacks a token is rejected before the greeting', () => {
  const sandbox = ['allow-scripts', 'allow-popups', 'allow-forms'];
  assert.throws(() => open(page(give), { sandbox }), /lacks allow-same-origin allow-popups-to-escape-sandbox/);
});

test('an option that cannot work is named with its value', () => {
  for (const [options, message] of /** @type {[any, RegExp][]} */ ([
    [{ container: '#sign-in', origin: PAGE }, /a container that is an element, got #sign-in/],
    [{ container: null, origin: PAGE }, /got null/],
    [{ origin: 'signin.example.com' }, /got signin\.example\.com/],
    [{ origin: 'http://signin.example.com/' }, /got http:\/\/signin\.example\.com\//],
  ])) {
    assert.throws(() => connect(options), { name: 'TypeError', message });
  }
});

test('after two seconds the console names what can be wrong, and the page still has its time', () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const warn = mock.method(console, 'warn', () => {});
  const session = open(() => {});
  mock.timers.tick(1_999);
  assert.equal(warn.mock.callCount(), 0);
  mock.timers.tick(1);
  assert.match(warn.mock.calls[0].arguments[0], /https:\/\/signin\.example\.com did not answer/);
  assert.equal(session.status, 'starting');
  mock.timers.tick(10_000);
  assert.equal(warn.mock.callCount(), 1);
  warn.mock.restore();
});

test('a frame that is not in the document is named after two seconds', () => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const frame = Object.assign(
    framed(() => {}),
    { isConnected: false },
  );
  const session = connect({ frame });
  sessions.push(session);
  mock.timers.tick(2_000);
  assert.equal(session.problem?.code, 'container_detached');
  frame.dispatchEvent(new Event('load'));
  assert.equal(session.status, 'starting', 'it was attached later');
});

test('a token with ten minutes of life is rejected', async () => {
  const session = open(page((id, send) => give(id, send, 'd', 600_000)));
  await assert.rejects(session.getToken(), { code: 'response_late', retryable: true });
});

test('a rejection has the texts of the page', async () => {
  const session = open(page(refuse('token_withheld')));
  await assert.rejects(session.getToken(), {
    code: 'token_withheld',
    who: 'you',
    message: 'No. None.',
    retryable: false,
  });
});

test('a refresher retries a problem that the page calls retryable six times, whatever its code is', async () => {
  for (const code of ['acs_busy', 'clock_wrong', 'portal_silent', 'a_code_of_next_year']) {
    const { requests, refreshed } = retrying(code, 7);
    await assert.rejects(refreshed, { code, retryable: true });
    assert.equal(requests(), 7, code);
    mock.timers.reset();
  }
});

test('a refresher retries a response that comes too late', async () => {
  let requests = 0;
  const session = open(page((id, send) => give(id, send, 'd', requests++ < 2 ? 600_000 : HOUR_MS)));
  mock.timers.enable({ apis: ['setTimeout'] });
  assert.equal((await pausesEnd(session.tokenRefresher())).token, 'd');
  assert.equal(requests, 3);
});

test('a refresher returns the token of a later attempt', async () => {
  const { requests, refreshed } = retrying('token_late', 2);
  assert.equal((await refreshed).token, 'd');
  assert.equal(requests(), 3);
});

test('a refresher does not retry a problem that the page does not call retryable, whatever its code is', async () => {
  for (const code of ['not_signed_in', 'config_unreachable', 'vault_unavailable', 'mfa_failed']) {
    let requests = 0;
    const session = open(
      page((id, send) => {
        requests += 1;
        refuse(code)(id, send);
      }),
    );
    await assert.rejects(session.tokenRefresher(), { code });
    assert.equal(requests, 1, code);
  }
});

test('a refresher does not wait for a page that stopped', async () => {
  const problem = { code: 'config_unreachable', title: 'No.', action: 'None.', who: 'developer', retryable: false };
  const session = open((send, _message, { nonce }) => {
    send({ welcome: { nonce, version: 1, receivesToken: true } });
    send({ status: { status: 'stopped', account: null, problem } });
  });
  await delivered();
  await assert.rejects(session.tokenRefresher(), { code: 'config_unreachable' });
});

test('a credential stays with its account', async () => {
  let account = alice;
  const session = open(
    page((id, send) => {
      send({ status: { status: 'signedIn', account, problem: null } });
      give(id, send);
    }),
  );
  const refresh = session.tokenRefresher;
  assert.equal((await refresh()).token, 'd');
  assert.equal((await refresh()).token, 'd');
  account = { ...alice, objectId: 'bob' };
  await assert.rejects(refresh(), { code: 'account_changed' });
  assert.equal((await session.tokenRefresher()).token, 'd');
});

test('older SDKs get the token alone', async () => {
  assert.equal(await open(page(give)).tokenStringRefresher(), 'd');
});

test('an aborted request ends its wait', async () => {
  const session = open(page(() => {}));
  const controller = new AbortController();
  const token = session.getToken({ abortSignal: controller.signal });
  controller.abort();
  await assert.rejects(token, { name: 'AbortError' });
  await assert.rejects(session.tokenRefresher(controller.signal), { name: 'AbortError' });
});

test('a closed session rejects open requests', async () => {
  const session = open(page(() => {}));
  const token = session.getToken();
  session.close();
  await assert.rejects(token, { code: 'closed' });
  await assert.rejects(session.signOut(), { code: 'closed' });
});

test('each request on the port of the caller token gets a response', async () => {
  const greetings = [];
  /** @type {any[]} */
  const tokens = ['b', Promise.resolve('b'), 7, Promise.reject(new Error('no'))];
  tokens[3].catch(() => {});
  open(page(give), { greetings, options: { callerToken: () => tokens.shift() } });
  const { callerPort } = greetings[0];
  const requested = [];
  callerPort.on('message', (text) => requested.push(JSON.parse(text)));
  for (const id of [1, 2, 3, 4]) callerPort.postMessage(JSON.stringify({ callerToken: { id } }));
  while (requested.length < 4) await delivered();
  assert.deepEqual(requested, [
    { callerToken: { id: 1, token: 'b' } },
    { callerToken: { id: 2, token: 'b' } },
    { failed: { id: 3 } },
    { failed: { id: 4 } },
  ]);
});

test('a reloaded document is greeted again and gets the request again', async () => {
  const greetings = [];
  let isUp = false;
  const frame = framed((send, message, greeting) => isUp && page(give)(send, message, greeting), { greetings });
  const session = connect({ frame });
  sessions.push(session);
  const token = session.getToken();
  await delivered();
  isUp = true;
  frame.dispatchEvent(new Event('load'));
  assert.equal((await token).token, 'd');
});

/** REP-15: the page drops floods, so that all but the first requests of a burst used to fail after 35 seconds. */
test('concurrent callers share one request for a token', async () => {
  let requests = 0;
  const session = open(
    page((id, send) => {
      requests += 1;
      setImmediate(() => give(id, send));
    }),
  );
  const controller = new AbortController();
  const tokens = Array.from({ length: 40 }, () => session.getToken());
  const aborted = session.getToken({ abortSignal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  assert.deepEqual(new Set((await Promise.all(tokens)).map(({ token }) => token)), new Set(['d']));
  assert.equal(requests, 1);
  await session.getToken();
  assert.equal(requests, 2, 'a later caller gets a fresh response');
});

test('concurrent callers share a refusal, and the next one sends a new request', async () => {
  let isRefused = true;
  const session = open(page((id, send) => (isRefused ? refuse('page_busy') : give)(id, send)));
  const outcomes = await Promise.allSettled([session.getToken(), session.getToken()]);
  assert.deepEqual(
    outcomes.map((/** @type {any} */ { reason }) => reason.code),
    ['page_busy', 'page_busy'],
  );
  isRefused = false;
  assert.equal((await session.getToken()).token, 'd');
});

test('new hints are sent in a new greeting, and equal ones are not', async () => {
  const greetings = [];
  const session = open(page(give), { greetings, options: { theme: 'light' } });
  await delivered();
  session.update({ theme: 'light' });
  assert.equal(greetings.length, 1);
  const hints = { theme: /** @type {const} */ ('dark'), clientId: 'evil' };
  session.update(hints);
  assert.deepEqual(greetings[1].greeting.hints, { theme: 'dark' });
  await delivered();
  assert.equal(session.status, 'signedIn');
  assert.equal((await session.getToken()).token, 'd');
});

test('a function for the caller token can be added later, and is replaced without a greeting', async () => {
  const greetings = [];
  const session = open(page(give), { greetings });
  await delivered();
  session.update({ callerToken: () => 'one' });
  assert.equal(greetings.length, 2);
  await delivered();
  session.update({ callerToken: () => 'two' });
  assert.equal(greetings.length, 2);
  const { callerPort } = greetings[1];
  const requested = new Promise((resolve) => callerPort.on('message', (text) => resolve(JSON.parse(text))));
  callerPort.postMessage(JSON.stringify({ callerToken: { id: 1 } }));
  assert.deepEqual(await requested, { callerToken: { id: 1, token: 'two' } });
});

/** A page that rejects `times` requests with this code, and a refresher whose pauses end at once. */
function retrying(code, times) {
  let requested = 0;
  const session = open(page((id, send) => (requested++ < times ? refuse(code, true)(id, send) : give(id, send))));
  mock.timers.enable({ apis: ['setTimeout'] });
  return { requests: () => requested, refreshed: pausesEnd(session.tokenRefresher()) };
}

/** Ends all pauses of a refresher at once. */
function pausesEnd(refreshed) {
  let over = false;
  const end = () => (over = true);
  refreshed.then(end, end);
  (async () => {
    while (!over) {
      await delivered();
      // Longer than any pause, shorter than the page may take.
      if (!over) mock.timers.tick(32_000);
    }
  })();
  return refreshed;
}

async function delivered() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
