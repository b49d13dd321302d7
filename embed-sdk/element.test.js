// SEC-145: which element gets a session that outlived another one. The document is the least that the element needs; that
// browsers keep a frame that was moved is tested end to end, in tests/e2e.
import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';

const PAGE = 'https://signin.example.com/';
let accounts = 0;

/** A node of a document. A frame loses its page when it leaves the document, as in browsers. */
class Node extends EventTarget {
  style = {};
  attributes = new Map();
  children = new Set();
  parent = null;
  get isConnected() {
    return this === body || Boolean(this.parent?.isConnected);
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  setAttribute(name, value) {
    const before = this.getAttribute(name);
    this.attributes.set(name, String(value));
    this.changed(name, before, String(value));
  }
  removeAttribute(name) {
    const before = this.getAttribute(name);
    this.attributes.delete(name);
    this.changed(name, before, null);
  }
  changed(...change) {
    /** @type {any} */ (this).attributeChangedCallback?.(...change);
  }
  append(node) {
    node.remove();
    this.moveBefore(node);
    node.connectedCallback?.();
    node.load?.();
  }
  moveBefore(node) {
    node.parent?.children.delete(node);
    this.children.add(node);
    node.parent = this;
  }
  after() {}
  remove() {
    if (!this.parent) return;
    this.parent.children.delete(this);
    this.parent = null;
    const tree = (node) => [node, ...[...node.children].flatMap(tree)];
    for (const node of tree(this)) {
      node.contentWindow = null;
      node.disconnectedCallback?.();
    }
  }
}

/** A frame with a page in which another account is signed in after each load. */
class Frame extends Node {
  sandbox = { add() {} };
  contentWindow = null;
  load() {
    const account = { name: null, username: null, tenantId: 'fabrikam', objectId: `account ${++accounts}` };
    let status = 'signedIn';
    this.contentWindow = {
      postMessage: (text, _origin, [port]) => {
        const send = (message) => port.postMessage(JSON.stringify(message));
        const sendStatus = () => send({ status: { status, account, communicationId: null, problem: null } });
        port.on('message', (request) => {
          const { signOut } = JSON.parse(request);
          status = 'signedOut';
          sendStatus();
          send({ done: { id: signOut.id } });
        });
        send({ welcome: { nonce: JSON.parse(text).connect.nonce, version: 1 } });
        sendStatus();
      },
    };
    this.dispatchEvent(new Event('load'));
  }
}

const body = new Node();
const elements = { iframe: Frame, div: Node };
Object.assign(globalThis, {
  HTMLElement: Node,
  document: Object.assign(new EventTarget(), { body, createElement: (name) => new elements[name]() }),
  customElements: { get() {}, define() {} },
});
const { AcsSignInElement, closeKeptSessions } = await import('./acs-sign-in.js');

async function delivered() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** An element in the document, and the account that is signed in there. */
async function attached(properties = {}) {
  /** @type {any} */
  const element = Object.assign(new AcsSignInElement(), { origin: PAGE, ...properties });
  body.append(element);
  await delivered();
  return { element, session: element.session, account: element.session.account?.objectId };
}

/** What is left of an element that a framework removed, after it called `park`. */
async function removed(properties) {
  const { element, ...left } = await attached(properties);
  element.park();
  detach(element);
  await delivered();
  assert.equal(element.session, undefined);
  return left;
}

/** Removes an element as a browser does. `remove` of the element would call `park`. */
function detach(element) {
  body.children.delete(element);
  element.parent = null;
  element.disconnectedCallback();
}

afterEach(async () => {
  mock.timers.reset();
  closeKeptSessions();
  for (const child of body.children) child.remove();
  await delivered();
  closeKeptSessions();
});

test('the next element gets the session, and fires its status', async () => {
  const before = await removed({ person: 'alice' });
  const statuses = [];
  const element = Object.assign(new AcsSignInElement(), { origin: PAGE, person: 'alice' });
  element.addEventListener('status', (/** @type {any} */ { detail }) => statuses.push(detail.account.objectId));
  body.append(element);
  await delivered();
  assert.equal(element.session, before.session);
  assert.deepEqual(statuses, [before.account]);
  const other = await attached({ person: 'alice' });
  assert.equal(other.session === before.session, false, 'one element alone gets it');
});

test('a session passes on to the same person of the portal alone', async () => {
  const first = () => 'alice';
  const second = () => 'alice';
  for (const [of, to, isPassedOn] of /** @type {[object, object, boolean][]} */ ([
    [{ person: 'alice' }, { person: 'alice' }, true],
    [{ person: 'alice' }, { person: 'bob' }, false],
    [{ person: 'alice' }, {}, false],
    [{}, { person: 'bob' }, false],
    // A function of a module is the same one for each person of the portal.
    [{ callerToken: first }, { callerToken: first }, false],
    [{}, {}, false],
    [{ person: '' }, { person: '' }, false],
    [{ person: ' \t' }, { person: ' \t' }, false],
    [{ callerToken: first }, { callerToken: second }, false],
    [{ callerToken: first }, {}, false],
    [{}, { callerToken: first }, false],
    [{ person: 'alice', callerToken: first }, { person: 'alice', callerToken: second }, true],
    [{ person: 'alice', callerToken: first }, { person: 'bob', callerToken: first }, false],
  ])) {
    const before = await removed(of);
    const after = await attached(to);
    assert.equal(after.session === before.session, isPassedOn, JSON.stringify([of, to]));
    assert.equal(before.session.status, isPassedOn ? 'signedIn' : 'stopped', 'that of another person ends');
    after.element.removeAttribute('origin');
    await delivered();
  }
});

test('a session does not pass on to another page, account hint or profile', async () => {
  for (const other of [
    { origin: 'https://other.example.com/' },
    { loginHint: 'bob@fabrikam.example' },
    { domainHint: 'fabrikam.example' },
    { profile: 'phone' },
  ]) {
    const before = await removed({ person: 'alice' });
    const after = await attached({ person: 'alice', ...other });
    assert.notEqual(after.session, before.session, JSON.stringify(other));
    closeKeptSessions();
  }
});

test('properties that come after the element was attached decide, too', async () => {
  const before = await removed({ person: 'alice' });
  const element = new AcsSignInElement();
  element.origin = PAGE;
  body.append(element);
  element.person = 'bob';
  await delivered();
  assert.notEqual(element.session, before.session);
  assert.equal(before.session.status, 'stopped');
});

test('a session whose caller token or hint was replaced outlives its element for a named person alone', async () => {
  for (const change of [{ callerToken: () => 'bob' }, { loginHint: 'bob@fabrikam.example' }]) {
    for (const person of [undefined, 'alice']) {
      const { element, session } = await attached({ person, callerToken: () => 'alice' });
      Object.assign(element, change);
      await delivered();
      element.remove();
      await delivered();
      assert.equal(session.status, person ? 'signedIn' : 'stopped', JSON.stringify([change, person]));
    }
  }
});

test('a function that is replaced while the element is removed belongs to no kept session', async () => {
  const bobs = () => 'bob';
  const { element, session } = await attached({ callerToken: () => 'alice' });
  element.callerToken = bobs;
  element.remove();
  await delivered();
  assert.notEqual((await attached({ callerToken: bobs })).session, session);
  assert.equal(session.status, 'stopped');
});

test('another person of the portal ends the session of an attached element at once', async () => {
  const { element, session, account } = await attached({ person: 'alice' });
  element.person = 'alice';
  assert.equal(element.session, session);
  element.person = 'bob';
  assert.equal(element.session, undefined);
  assert.equal(session.status, 'stopped');
  await delivered();
  assert.equal(session.status, 'stopped');
  assert.notEqual(element.session.account.objectId, account);
});

test('a session of a named person outlives its element for a minute, or as long as the element says', async () => {
  for (const [properties, seconds] of /** @type {[object, number][]} */ ([
    [{ person: 'alice' }, 60],
    [{ person: 'alice', keepSeconds: 5 }, 5],
    // A browser's timer of more than 24.8 days fires at once.
    [{ person: 'alice', keepSeconds: 30 * 86_400 }, 86_400],
    [{ person: 'alice', keepSeconds: Infinity }, 86_400],
    // Another person of the portal may come next.
    [{}, 1],
    [{ callerToken: () => 'alice' }, 1],
    [{ keepSeconds: 5 }, 1],
  ])) {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { session } = await removed(properties);
    mock.timers.tick(seconds * 1_000 - 1);
    assert.equal(session.status, 'signedIn');
    mock.timers.tick(1);
    assert.equal(session.problem.code, 'closed');
    mock.timers.reset();
  }
  const { session } = await removed({ keepSeconds: 0 });
  assert.equal(session.problem.code, 'closed');
});

test('a kept session ends when the person signs out, here or elsewhere', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const before = await removed({ person: 'alice' });
  await before.session.signOut();
  assert.notEqual((await attached({ person: 'alice' })).session, before.session);
  mock.timers.tick(1_000);
  assert.equal(before.session.problem.code, 'closed');
});

test('an element of a person who is signed out leaves no session', async () => {
  const { element, session } = await attached();
  await session.signOut();
  element.remove();
  await delivered();
  assert.equal(session.problem.code, 'closed');
});

test('the portal can end all kept sessions, for its own sign-out', async () => {
  const before = await removed();
  closeKeptSessions();
  assert.equal(before.session.problem.code, 'closed');
});

test('closeKeptSessions ends the session of an element that is removed just before or after it', async () => {
  const callerToken = () => 'jwt';
  /** @type {((element: any) => void)[]} */
  const orders = [
    (element) => {
      element.remove();
      closeKeptSessions();
    },
    (element) => {
      closeKeptSessions();
      element.remove();
    },
    (element) => {
      element.park();
      closeKeptSessions();
      detach(element);
    },
  ];
  for (const properties of [{ person: 'alice' }, { callerToken }, {}]) {
    for (const remove of orders) {
      const { element, session } = await attached(properties);
      remove(element);
      assert.equal(session.status, remove === orders[0] ? 'stopped' : 'signedIn', 'a removed one ends at once');
      const next = await attached(properties);
      assert.equal(session.problem?.code, 'closed', JSON.stringify([properties, orders.indexOf(remove)]));
      assert.notEqual(next.session, session);
      next.element.removeAttribute('origin');
      await delivered();
    }
  }
});

test('an element that was removed during closeKeptSessions has a new session where it comes back', async () => {
  const { element, session, account } = await attached({ person: 'alice' });
  element.remove();
  closeKeptSessions();
  body.append(element);
  await delivered();
  assert.equal(session.status, 'stopped');
  assert.equal(element.session?.status, 'signedIn');
  assert.notEqual(element.session.account.objectId, account);
});

test('closeKeptSessions does not end a session that is shown, and the next sign-in there is kept', async () => {
  const { element, session } = await attached({ person: 'alice' });
  closeKeptSessions();
  await delivered();
  assert.equal(session.status, 'signedIn');
  await session.signOut();
  const [frame] = element.children;
  frame.load();
  await delivered();
  assert.equal(session.status, 'signedIn');
  element.remove();
  await delivered();
  assert.equal((await attached({ person: 'alice' })).session, session);
});

test('without a person, a session returns to its own element alone', async () => {
  const { element, session } = await attached();
  element.remove();
  await delivered();
  body.append(element);
  await delivered();
  assert.equal(element.session, session);

  element.park();
  detach(element);
  const next = new AcsSignInElement();
  body.append(next);
  next.origin = PAGE;
  await delivered();
  assert.notEqual(next.session, session);
  assert.equal(session.status, 'stopped');
});

test('two spellings of an address are one page', async () => {
  const { session } = await removed({ person: 'alice' });
  const { element } = await attached({ person: 'alice', origin: 'https://signin.example.com' });
  assert.equal(element.session, session);
  element.origin = 'https://SignIn.example.com:443/#';
  await delivered();
  assert.equal(element.session, session);
  element.remove();
  await delivered();
  await attached({ person: 'bob', origin: 'https://signin.example.com' });
  assert.equal(session.status, 'stopped');
});

test('an element that is parked and stays where it is keeps its frame', async () => {
  const { element, session, account } = await attached();
  assert.equal(element.park(), true);
  assert.equal(element.children.size, 0);
  await delivered();
  assert.equal(element.children.size, 1);
  assert.equal(element.session, session);
  assert.equal(session.account.objectId, account);
});

test('a frame that was destroyed with its element leaves no session', async () => {
  const { element, session } = await attached();
  Node.prototype.remove.call(element);
  await delivered();
  assert.equal(session.problem.code, 'closed');
  assert.equal(element.session, undefined);
});
