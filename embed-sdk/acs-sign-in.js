// Shows the ACS Sign-In page in a portal, and gets the ACS access token from it. One file, no dependency.
//
// The SDK greets the page at its exact origin, and the page responds on a MessagePort that only it can have. The portal
// sends two kinds of request (a token, a sign-out). Entra tokens are never sent to a portal. acs-sign-in.d.ts describes
// what portals use.

const VERSION = 1;
const GREETING_EVERY_MS = 1_000;
const GREETINGS = 20;
// When the console names what can be wrong. A slow page still has its twenty seconds.
const WARN_AFTER_MS = 2_000;
// A timeout. The page responds to each request within 30 seconds.
const RESPONSE_MS = 35_000;
// The same interval at which the page counts its own activity.
const ACTIVITY_EVERY_MS = 30_000;
// Azure's SDKs request a new token when ten minutes are left, and repeat that in a loop if it has less.
const ENOUGH_LIFE_MS = 10 * 60_000;
// The SDK retries, because the proactive refresh of Azure's SDKs does not.
const RETRY_AFTER_S = [1, 2, 4, 8, 16, 32];
const SANDBOX = ['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-popups', 'allow-popups-to-escape-sandbox'];

/** @type {(keyof Hints)[]} */
const HINTS = ['loginHint', 'domainHint', 'profile', 'locale', 'theme'];
// The page ignores a greeting with any other.
const USABLE_HINT = /^[^\p{Cc}\p{Cs}]{1,320}$/u;
// For sessions without an element.
const KEEP_S = 60;
// A timer of more than 24.8 days fires at once.
const MAX_KEEP_S = 86_400;
// Without the name of a person: enough for a framework that puts the element back.
const KEEP_UNNAMED_S = 1;
const ACTIVITY = ['pointerdown', 'keydown'];

/** @type {(code: string, who: Problem['who'], title: string, action: string, retryable?: boolean) => Problem} */
const problem = (code, who, title, action, retryable = false) => ({ code, title, action, who, retryable });
const PORTAL = globalThis.location?.origin ?? 'this portal';
/** @type {(page: string) => Problem} */
const pageSilent = (page) =>
  problem(
    'page_silent',
    'developer',
    `The sign-in page ${page} did not answer ${PORTAL}.`,
    `Check that its address is right, that portals in its config.json has ${PORTAL}, and that its frame-ancestors header does.`,
  );
/** @type {(page: string) => Problem} */
const frameBlocked = (page) =>
  problem(
    'frame_blocked',
    'developer',
    `The Content-Security-Policy of ${PORTAL} does not allow the sign-in page.`,
    `Add ${page} to its frame-src.`,
  );
const CONTAINER_DETACHED = problem(
  'container_detached',
  'developer',
  'The container of the sign-in is not in the document, so the browser does not load the page.',
  'Put the container into the document.',
);
const RESPONSE_LATE = problem(
  'response_late',
  'you',
  'The sign-in page did not answer in time.',
  'Try again in a minute.',
  true,
);
const ACCOUNT_CHANGED = problem(
  'account_changed',
  'you',
  'Another account is signed in now.',
  'Make a new credential for it: one that changes its user is refused by Azure.',
);
/** @type {State} */
const STARTING = { status: 'starting', account: null, communicationId: null, problem: null };
const CLOSED = problem('closed', 'developer', 'This session was closed.', 'Connect again.');

export class AcsSignInError extends Error {
  /** @param {Problem} problem */
  constructor({ code, title, action, who, retryable }) {
    super(`${title} ${action}`);
    this.name = 'AcsSignInError';
    this.code = code;
    this.title = title;
    this.action = action;
    this.who = who;
    this.retryable = retryable;
  }
}

/** @param {Options} options */
export function connect(options) {
  return new AcsSignInSession(options);
}

export class AcsSignInSession extends EventTarget {
  #page;
  #frame;
  #isOurFrame;
  #hints;
  #usableHints = {};
  #callerToken;
  /** @type {State} */
  #state = STARTING;
  /**
   * The greetings without a response, oldest first.
   * @type {GreetingAttempt[]}
   */
  #greetingAttempts = [];
  /**
   * The greeting that the page responded to.
   * @type {GreetingAttempt | null}
   */
  #connection = null;
  /** @type {any} */
  #greeting;
  /** @type {any} */
  #warning;
  #left = 0;
  /** @type {Map<number, Question>} */
  #requests = new Map();
  #lastId = 0;
  /**
   * The `getToken` in flight, which all callers share: the page drops floods.
   * @type {ReturnType<Session['getToken']> | null}
   */
  #token = null;
  #isActivityCounted = false;
  #isBlocked = false;
  /** @type {HTMLElement | undefined} */
  #notice;
  #lastActivity = -Infinity;

  /** @param {Options} options */
  constructor({ frame, container, origin, callerToken, title = 'Sign in', ...hints }) {
    super();
    this.#page = pageAddress(origin ?? frame?.src);
    this.#hints = pick(hints, HINTS);
    this.#callerToken = callerToken;
    this.#isOurFrame = !frame;
    if (frame) {
      const missing = frame.hasAttribute('sandbox') ? SANDBOX.filter((token) => !frame.sandbox.contains(token)) : [];
      if (missing.length) throw new TypeError(`the frame's sandbox attribute lacks ${missing.join(' ')}`);
    } else if (typeof container?.append !== 'function') {
      throw new TypeError(`connect needs a frame, or a container that is an element, got ${container}`);
    }
    this.#frame = frame ?? makeFrame(this.#page, title);
    this.#frame.addEventListener('load', this.#greetAnew);
    for (const type of ACTIVITY)
      globalThis.document?.addEventListener(type, this.#reportActivity, { capture: true, passive: true });
    globalThis.document?.addEventListener('securitypolicyviolation', this.#onViolation);
    this.#warning = setTimeout(() => this.#warn(), WARN_AFTER_MS);
    if (!frame) container.append(this.#frame);
    // A frame that already shows the page is not loaded again. The portal can read only the empty first document of a
    // frame, and not the page.
    else if (frame.contentWindow && frame.contentDocument?.URL !== 'about:blank') this.#greetAnew();
  }

  get status() {
    return this.#state.status;
  }

  get account() {
    return this.#state.account;
  }

  get communicationId() {
    return this.#state.communicationId;
  }

  get problem() {
    return this.#state.problem;
  }

  /** @type {Session['getToken']} */
  async getToken({ abortSignal } = {}) {
    if (abortSignal?.aborted) throw aborted();
    this.#token ??= this.#request('getToken').finally(() => (this.#token = null));
    return unlessAborted(this.#token, abortSignal);
  }

  /** @type {Session['update']} */
  update({ callerToken, title, ...hints } = {}) {
    if (title !== undefined) this.#frame.title = title;
    const before = JSON.stringify([this.#hints, !this.#callerToken]);
    this.#hints = pick(hints, HINTS);
    this.#callerToken = callerToken;
    // Only a new greeting carries hints and ports. A function that replaces another one uses the same port.
    if (before !== JSON.stringify([this.#hints, !callerToken]) && this.#greetingAttempts.length) this.#startGreeting();
  }

  async signOut() {
    await this.#request('signOut');
  }

  /**
   * Each read is for one credential, which stays with the account of its first token.
   * @type {Session['tokenRefresher']}
   */
  get tokenRefresher() {
    let credentialAccount;
    return async (abortSignal) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          const token = await this.getToken({ abortSignal });
          const account = `${this.account?.tenantId} ${this.account?.objectId}`;
          credentialAccount ??= account;
          if (credentialAccount !== account) throw new AcsSignInError(ACCOUNT_CHANGED);
          return token;
        } catch (/** @type {any} */ error) {
          const pause = RETRY_AFTER_S[attempt];
          if (!pause || !error.retryable) throw error;
          await passed(pause, abortSignal);
        }
      }
    };
  }

  /** @type {Session['tokenStringRefresher']} */
  get tokenStringRefresher() {
    const refresh = this.tokenRefresher;
    return async (abortSignal) => (await refresh(abortSignal)).token;
  }

  /** @type {Session['moveTo']} */
  moveTo(container = hiddenPlace()) {
    const to = /** @type {any} */ (container);
    if (!this.#isOurFrame || !to.moveBefore || !to.isConnected || !this.#frame.isConnected) return false;
    to.moveBefore(this.#frame, null);
    return true;
  }

  close() {
    this.#frame.removeEventListener('load', this.#greetAnew);
    for (const type of ACTIVITY)
      globalThis.document?.removeEventListener(type, this.#reportActivity, { capture: true });
    globalThis.document?.removeEventListener('securitypolicyviolation', this.#onViolation);
    clearTimeout(this.#warning);
    this.#disconnect();
    this.#stop(CLOSED);
    this.#notice?.remove();
    if (this.#isOurFrame) this.#frame.remove();
  }

  /** The frame loaded a document, so the previous one is gone. */
  #greetAnew = () => {
    // Some browsers fire `load` for the error page of a frame that they blocked.
    if (this.#isBlocked) return;
    this.#disconnect();
    if (this.status === 'stopped') this.#setState(STARTING);
    this.#startGreeting();
  };

  #startGreeting() {
    clearInterval(this.#greeting);
    this.#usableHints = usableHints(this.#hints);
    this.#left = GREETINGS;
    this.#greeting = setInterval(() => this.#greet(), GREETING_EVERY_MS);
    this.#greet();
  }

  #warn() {
    if (this.#connection || this.#isBlocked) return;
    if (this.#frame.isConnected === false) return this.#stop(CONTAINER_DETACHED);
    const { title, action } = pageSilent(this.#page.origin);
    console.warn(`acs-sign-in: ${title} ${action}`);
  }

  /** The portal's own policy blocked the frame. Browsers report nothing else about a frame that does not load. */
  #onViolation = (/** @type {SecurityPolicyViolationEvent} */ { disposition, effectiveDirective, blockedURI }) => {
    const isFrame = disposition === 'enforce' && /^(frame|child|default)-src$/.test(effectiveDirective);
    if (!isFrame || !URL.canParse(blockedURI) || new URL(blockedURI).origin !== this.#page.origin) return;
    this.#isBlocked = true;
    this.#disconnect();
    this.#stop(frameBlocked(this.#page.origin), 'is not allowed here');
  };

  /**
   * Shows a sentence in the place of a frame that `connect` made, which the browser fills with an error page.
   * @param {string} [why]
   */
  #showNotice(why) {
    this.#notice?.remove();
    this.#notice = undefined;
    if (!this.#isOurFrame) return;
    this.#frame.style.display = why ? 'none' : 'block';
    if (!why) return;
    const { origin, href } = this.#page;
    const link = Object.assign(document.createElement('a'), { href, target: '_blank', rel: 'noopener' });
    link.textContent = 'Open it in a tab of its own';
    this.#notice = document.createElement('p');
    this.#notice.setAttribute('role', 'alert');
    this.#notice.append(`The sign-in page of ${origin} ${why}. `, link);
    this.#frame.after(this.#notice);
  }

  /** Restarts the idle limit of the page. */
  #reportActivity = (/** @type {Event} */ { isTrusted }) => {
    const now = performance.now();
    if (!isTrusted || !this.#isActivityCounted || now - this.#lastActivity < ACTIVITY_EVERY_MS) return;
    this.#lastActivity = now;
    this.#connection?.ports[0].postMessage('{"activity":{}}');
  };

  #greet() {
    if (this.#left-- === 0) {
      // The ports stay open, because a slow page can still respond to the last greeting.
      clearInterval(this.#greeting);
      return this.#stop(pageSilent(this.#page.origin), 'did not answer');
    }
    /** @type {[GreetingAttempt, MessagePort[]]} */
    const [attempt, theirs] = [{ nonce: nonce(), ports: [] }, []];
    const open = (/** @type {Callback} */ onMessage) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => onMessage(read(data), port1);
      attempt.ports.push(port1);
      theirs.push(port2);
    };
    open((message) => this.#onMessage(attempt, message));
    if (this.#callerToken) open((message, port) => this.#sendCallerToken(message, port));
    this.#greetingAttempts.push(attempt);
    const connect = {
      version: VERSION,
      nonce: attempt.nonce,
      hints: this.#usableHints,
      callerToken: Boolean(this.#callerToken),
    };
    // A document of another origin receives neither the message nor the ports.
    this.#frame.contentWindow?.postMessage(JSON.stringify({ connect }), this.#page.origin, theirs);
  }

  /** @param {GreetingAttempt} attempt @param {FromPage} message */
  #onMessage(attempt, { welcome, status, height, token, failed, done }) {
    if (welcome?.nonce === attempt.nonce && welcome.version === VERSION) {
      clearInterval(this.#greeting);
      // The page uses the port of the latest greeting that it received.
      while (this.#greetingAttempts[0] !== attempt)
        closePorts(/** @type {GreetingAttempt} */ (this.#greetingAttempts.shift()));
      this.#connection = attempt;
      this.#isActivityCounted = welcome.countsActivity === true;
      for (const { text } of this.#requests.values()) attempt.ports[0].postMessage(text);
    }
    if (attempt !== this.#connection) return;
    if (status) this.#setState(pick({ ...STARTING, ...status }, Object.keys(STARTING)));
    if (height && height.px > 0) {
      if (this.#isOurFrame) this.#frame.style.height = `${height.px}px`;
      this.dispatchEvent(new CustomEvent('height', { detail: height.px }));
    }
    if (failed) this.#requests.get(failed.id)?.reject(new AcsSignInError(failed.problem));
    if (done) this.#requests.get(done.id)?.resolve();
    if (token) {
      const { id, token: text, expiresOnTimestamp } = token;
      const request = this.#requests.get(id);
      if (expiresOnTimestamp - Date.now() > ENOUGH_LIFE_MS) request?.resolve({ token: text, expiresOnTimestamp });
      else request?.reject(new AcsSignInError(RESPONSE_LATE));
    }
  }

  /**
   * Returns the portal's caller token to the vault of the page. The page forwards the port and does not read it.
   * @param {FromVault} message
   * @param {MessagePort} port
   */
  async #sendCallerToken({ callerToken }, port) {
    if (!callerToken) return;
    const { id } = callerToken;
    const token = await Promise.resolve()
      .then(this.#callerToken)
      .catch(() => null);
    port.postMessage(JSON.stringify(typeof token === 'string' ? { callerToken: { id, token } } : { failed: { id } }));
  }

  /** @param {string} what @returns {Promise<any>} */
  #request(what) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#state.status === 'stopped') return reject(new AcsSignInError(this.#state.problem ?? CLOSED));
      const timer = setTimeout(() => this.#requests.get(id)?.reject(new AcsSignInError(RESPONSE_LATE)), RESPONSE_MS);
      /** @type {(outcome: Callback) => Callback} */
      const settle = (outcome) => (value) => {
        clearTimeout(timer);
        this.#requests.delete(id);
        outcome(value);
      };
      const text = JSON.stringify({ [what]: { id } });
      this.#requests.set(id, { text, resolve: settle(resolve), reject: settle(reject) });
      // Before the welcome there is no port: the request is sent with the welcome.
      this.#connection?.ports[0].postMessage(text);
    });
  }

  /** @param {State} state */
  #setState(state) {
    // The page repeats its status after each greeting, so an unchanged one fires no event.
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    if (this.#notice) this.#showNotice();
    this.dispatchEvent(new CustomEvent('status', { detail: state }));
  }

  /** @param {Problem} problem @param {string} [notice] */
  #stop(problem, notice) {
    this.#setState({ ...STARTING, status: 'stopped', problem });
    for (const { reject } of [...this.#requests.values()]) reject(new AcsSignInError(problem));
    if (notice) this.#showNotice(notice);
  }

  #disconnect() {
    clearInterval(this.#greeting);
    this.#greetingAttempts.splice(0).forEach(closePorts);
    this.#connection = null;
  }
}

/**
 * Sessions that outlive their elements.
 * @type {Set<Kept>}
 */
const kept = new Set();
/**
 * The sessions that may be kept. `closeKeptSessions` starts a new set.
 * @type {WeakSet<AcsSignInSession>}
 */
let keepable = new WeakSet();
/**
 * Elements whose frame is hidden, and what ends their sessions.
 * @type {Map<AcsSignInElement, () => void>}
 */
const parked = new Map();
/** @type {HTMLElement | undefined} */
let hidden;

/**
 * Keeps a session for the next element, until the person is signed out.
 * @param {AcsSignInSession} session
 * @param {KeptFor} keptFor
 * @param {number} seconds
 */
function keep(session, keptFor, seconds) {
  const release = () => {
    clearTimeout(timer);
    session.removeEventListener('status', endUnlessSignedIn);
    kept.delete(entry);
  };
  const end = () => {
    release();
    session.close();
  };
  const endUnlessSignedIn = () => {
    if (isSignIn(session)) return;
    release();
    // A sign-out of the portal still gets its response.
    setTimeout(() => session.close(), 1_000);
  };
  const timer = setTimeout(end, seconds * 1_000);
  const entry = { session, keptFor, release, end };
  kept.add(entry);
  session.addEventListener('status', endUnlessSignedIn);
}

/**
 * Finds the kept session for an element. Those of other persons on the same page end.
 * @param {KeptFor} requested
 */
function takeKept(requested) {
  let found;
  for (const { session, keptFor, release, end } of kept) {
    if (keptFor.page !== requested.page) continue;
    if (!isSamePerson(keptFor, requested)) end();
    else if (!found && keptFor.accountHints === requested.accountHints && session.moveTo(requested.element)) {
      release();
      found = session;
    }
  }
  return found;
}

/**
 * Only a name identifies a person. Without one, a session is for its own element.
 * @type {(one: KeptFor, other: KeptFor) => boolean}
 */
function isSamePerson(one, other) {
  if (one.person !== undefined || other.person !== undefined) return one.person === other.person;
  return one.element === other.element && one.callerToken === other.callerToken;
}

/** Ends the sessions that outlive their elements. Those that are shown now will not outlive theirs. */
export function closeKeptSessions() {
  keepable = new WeakSet();
  for (const { end } of kept) end();
  for (const [element, leave] of parked) if (!element.isConnected) leave();
}

/** The page in an element. Frameworks set attributes and properties before or after they attach it, in any order. */
export class AcsSignInElement extends /** @type {typeof ReflectingElement} */ (globalThis.HTMLElement ?? Object) {
  static observedAttributes = ['origin', 'person', 'title', ...HINTS.map(kebab)];
  /** @type {Options['callerToken']} */
  #callerToken;
  /**
   * What the session is for.
   * @type {KeptFor}
   */
  #keptFor = { element: this };
  #isUpdatePending = false;

  /** @this {any} */
  connectedCallback() {
    this.style.display ||= 'block';
    // A framework may have set properties before this script was loaded.
    for (const name of ['origin', 'person', 'callerToken', 'keepSeconds', ...HINTS].filter((name) =>
      Object.hasOwn(this, name),
    )) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    // Properties that a framework sets after this decide which kept session is right.
    if (kept.size) this.#updateSoon();
    else this.#update();
  }

  /** Waits for the current script, because moving an element removes it and inserts it again. */
  disconnectedCallback() {
    this.#updateSoon();
  }

  /** `moveBefore` keeps the frame. */
  connectedMoveCallback() {}

  /** @param {string} _name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(_name, before, after) {
    if (before === after) return;
    // At once: the next person of the portal never gets the session of the last one.
    if (this.session && personName(this.person) !== this.#keptFor.person) this.#leave();
    this.#updateSoon();
  }

  /** The browser destroys a frame that leaves the document, so the frame is hidden before. */
  park() {
    const isParked = this.keepSeconds > 0 && Boolean(this.session?.moveTo());
    if (isParked) parked.set(this, () => this.#leave());
    this.#updateSoon();
    return isParked;
  }

  remove() {
    this.park();
    super.remove();
  }

  get keepSeconds() {
    return Math.min(Number(this.getAttribute('keep-seconds') ?? KEEP_S) || 0, MAX_KEEP_S);
  }

  set keepSeconds(seconds) {
    this.setAttribute('keep-seconds', String(seconds));
  }

  get callerToken() {
    return this.#callerToken;
  }

  set callerToken(callerToken) {
    this.#callerToken = callerToken;
    this.#updateSoon();
  }

  #updateSoon() {
    if (this.#isUpdatePending) return;
    this.#isUpdatePending = true;
    queueMicrotask(() => {
      this.#isUpdatePending = false;
      this.#update();
    });
  }

  #update() {
    const requested = this.#requested();
    const { page, person } = this.#keptFor;
    if (requested.page === page && (!page || requested.person === person)) return this.#continue(requested);
    this.#leave();
    this.#keptFor = requested;
    if (requested.page) this.#start(requested);
  }

  /** @returns {KeptFor} */
  #requested() {
    return {
      page: this.isConnected && this.origin ? normalized(this.origin) : undefined,
      person: personName(this.person),
      accountHints: accountHints(this),
      callerToken: this.#callerToken,
      element: this,
    };
  }

  #options() {
    return { callerToken: this.#callerToken, title: this.getAttribute('title') ?? undefined, ...pick(this, HINTS) };
  }

  /**
   * Continues with the session.
   * @param {KeptFor} requested
   */
  #continue(requested) {
    const { session } = this;
    const isSame = isSamePerson(requested, this.#keptFor) && requested.accountHints === this.#keptFor.accountHints;
    // Without a name, another function or hint can be another person's.
    if (session && isSignIn(session) && !requested.person && !isSame) keepable.delete(session);
    this.#keptFor = requested;
    if (parked.has(this) && session?.moveTo(this)) parked.delete(this);
    session?.update(this.#options());
  }

  /**
   * Takes a kept session, or connects.
   * @param {KeptFor} requested
   */
  #start(requested) {
    const found = takeKept(requested);
    try {
      this.session =
        found ?? connect({ container: this, origin: /** @type {string} */ (this.origin), ...this.#options() });
    } catch (error) {
      // If thrown, it would stop the framework that set the attribute.
      return reportError(error);
    }
    keepable.add(this.session);
    found?.update(this.#options());
    this.session.addEventListener('status', this.#forward);
    this.dispatchEvent(new Event('session'));
    if (found) this.#forward();
  }

  /** Gives up the session: keeps it for the next element, or ends it. */
  #leave() {
    const { session } = this;
    const keptFor = this.#keptFor;
    const isParked = parked.delete(this);
    if (!session) return;
    this.session = undefined;
    this.#keptFor = { element: this };
    session.removeEventListener('status', this.#forward);
    if (!this.isConnected && isParked && keepable.has(session) && isSignIn(session))
      keep(session, keptFor, keptFor.person ? this.keepSeconds : Math.min(this.keepSeconds, KEEP_UNNAMED_S));
    else session.close();
    this.dispatchEvent(new Event('session'));
  }

  #forward = () => {
    const { session } = this;
    if (!session) return;
    // The next sign-in in it is a new one.
    if (session.status === 'signedOut') keepable.add(session);
    const detail = pick(session, Object.keys(STARTING));
    this.dispatchEvent(new CustomEvent('status', { detail }));
  };
}

// For frameworks that set properties.
for (const name of ['origin', 'person', ...HINTS]) {
  Object.defineProperty(AcsSignInElement.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return this.getAttribute(kebab(name)) ?? undefined;
    },
    set(value) {
      if (value == null) this.removeAttribute(kebab(name));
      else this.setAttribute(kebab(name), value);
    },
  });
}

/** @param {any} hints */
function usableHints(hints) {
  const usable = HINTS.filter((name) => {
    const value = hints[name];
    const pattern = name === 'theme' ? /^(light|dark)$/ : USABLE_HINT;
    const isUsable = typeof value === 'string' && pattern.test(value);
    // Without the value, which can identify a person.
    if (value != null && !isUsable) console.warn(`acs-sign-in: the hint ${name} is not usable`);
    return isUsable;
  });
  return pick(hints, usable);
}

/** @param {any} origin */
function pageAddress(origin) {
  const url = URL.canParse(origin) ? new URL(origin) : null;
  const isLoopback = /^(.+\.)?localhost$|^127\.0\.0\.1$|^\[::1\]$/.test(url?.hostname ?? '');
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback)) {
    throw new TypeError(`origin must be the https address of the sign-in page, got ${origin}`);
  }
  return { origin: url.origin, href: normalized(url.href) };
}

/**
 * One spelling for each address of a page: `https://x` and `https://x/` are the same.
 * @param {string} address
 */
function normalized(address) {
  if (!URL.canParse(address)) return address;
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}

/** @param {{ href: string }} page @param {string} title */
function makeFrame({ href }, title) {
  const frame = document.createElement('iframe');
  // Scripts and popups, but no permission of this portal: no camera, no microphone, no clipboard.
  frame.sandbox.add(...SANDBOX);
  frame.referrerPolicy = 'strict-origin';
  frame.title = title;
  Object.assign(frame.style, { display: 'block', width: '100%', height: '420px', border: '0' });
  frame.src = href;
  return frame;
}

/** The place of frames that are not shown. */
function hiddenPlace() {
  hidden ??= document.createElement('div');
  hidden.style.display = 'none';
  // A framework may have replaced the body.
  if (!hidden.isConnected) document.body.append(hidden);
  return hidden;
}

/** 128 random bits. */
function nonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} data */
function read(data) {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

/**
 * @param {string} name
 */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Ends the wait of one caller. Other callers still get the response.
 * @template T
 * @param {Promise<T>} response
 * @param {AbortSignalLike} [signal]
 * @returns {Promise<T>}
 */
function unlessAborted(response, signal) {
  if (!signal) return response;
  return new Promise((resolve, reject) => {
    const cancel = () => reject(aborted());
    signal.addEventListener('abort', cancel);
    response.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

/** @type {(from: any, names: string[]) => any} */
const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));
/**
 * A blank text is no name.
 * @param {string | undefined} person
 */
const personName = (person) => (person?.trim() ? person : undefined);
/** The hints that choose an account. */
const accountHints = (/** @type {Hints} */ hints) =>
  JSON.stringify(pick(hints, ['loginHint', 'domainHint', 'profile']));
const isSignIn = (/** @type {AcsSignInSession} */ { status }) => status === 'signingIn' || status === 'signedIn';
const closePorts = (/** @type {GreetingAttempt} */ { ports }) => ports.forEach((port) => port.close());
const aborted = () => new DOMException('The caller no longer wants the token.', 'AbortError');

/** @param {number} seconds @param {AbortSignalLike} [signal] */
function passed(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1_000);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(aborted());
      },
      { once: true },
    );
  });
}

// At the end, because elements that exist already are connected at once.
if (globalThis.customElements && !customElements.get('acs-sign-in'))
  customElements.define('acs-sign-in', AcsSignInElement);
