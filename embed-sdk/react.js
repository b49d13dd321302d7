// `<AcsSignIn>` and hooks for React 18 and 19. No JSX, so it needs no build step.
'use client';
import {
  createContext,
  createElement,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import './acs-sign-in.js';

/** @import { AcsSignInElement, AcsSignInSession } from './acs-sign-in.js' */
/** @typedef {Omit<import('./react.js').AcsSignInState, 'getToken' | 'signOut'>} State */
/**
 * @typedef {object} Store
 * @property {(session: AcsSignInSession) => void} use
 * @property {(listener: () => void) => () => void} subscribe
 * @property {() => State} get
 * @property {() => State} getOnServer
 */

const HINTS = /** @type {const} */ (['loginHint', 'domainHint', 'profile', 'locale', 'theme']);
/** @type {State} */
const NO_SESSION = { status: 'starting', account: null, communicationId: null, problem: null, session: null };
const Context = createContext(/** @type {Store | null} */ (null));
// React warns of layout effects on a server, where neither runs.
const useBrowserEffect = globalThis.document ? useLayoutEffect : useEffect;

/**
 * Holds the session of the `<AcsSignIn>` below it. It belongs above the routes, and `<AcsSignIn>` can be in one of them.
 * @type {typeof import('./react.js').AcsSignInProvider}
 */
export function AcsSignInProvider({ children }) {
  const [store] = useState(createStore);
  return createElement(Context.Provider, { value: store }, children);
}

/**
 * The sign-in page. React calls its clean-up before it removes the element, so that the session outlives it.
 * @type {typeof import('./react.js').AcsSignIn}
 */
export function AcsSignIn({
  origin,
  person,
  keepSeconds,
  callerToken,
  onStatus,
  title,
  className,
  style,
  id,
  ...hints
}) {
  const store = useContext(Context);
  const ref = useRef(/** @type {any} */ (null));
  const latest = useRef({ callerToken, onStatus });
  // With a `person`, a new function on each render is still for the same one.
  const [latestCallerToken] = useState(() => () => /** @type {any} */ (latest.current.callerToken)());
  const isFixed = person !== undefined && callerToken !== undefined;

  useBrowserEffect(() => {
    latest.current = { callerToken, onStatus };
    /** @type {AcsSignInElement} */
    const element = ref.current;
    for (const name of HINTS) element[name] = /** @type {any} */ (hints)[name];
    if (title === undefined) element.removeAttribute('title');
    else element.setAttribute('title', title);
    if (keepSeconds !== undefined) element.keepSeconds = keepSeconds;
    element.person = person;
    element.callerToken = isFixed ? latestCallerToken : callerToken;
    element.origin = origin;
  });

  useBrowserEffect(() => {
    /** @type {AcsSignInElement} */
    const element = ref.current;
    const onSession = () => element.session && store?.use(element.session);
    /** @param {CustomEvent} event */
    const notify = ({ detail }) => latest.current.onStatus?.(detail);
    onSession();
    element.addEventListener('session', onSession);
    element.addEventListener('status', notify);
    return () => {
      element.removeEventListener('session', onSession);
      element.removeEventListener('status', notify);
      element.park();
    };
  }, [store]);

  // React 18 knows `class` on custom elements, and not `className`. The element sets its own `display`.
  return createElement('acs-sign-in', { ref, class: className, style, id, suppressHydrationWarning: true });
}

/**
 * The state of the sign-in.
 * @type {typeof import('./react.js').useAcsSignIn}
 */
export function useAcsSignIn() {
  const store = useContext(Context);
  if (!store) throw new Error('useAcsSignIn needs an <AcsSignInProvider> above it');
  const state = useSyncExternalStore(store.subscribe, store.get, store.getOnServer);
  return useMemo(() => {
    const withSession = async () => state.session ?? Promise.reject(new Error('there is no <AcsSignIn> yet'));
    return {
      ...state,
      getToken: async (options) => (await withSession()).getToken(options),
      signOut: async () => (await withSession()).signOut(),
    };
  }, [state]);
}

/**
 * A credential for the account that is signed in, or null. It is disposed when that changes.
 * @type {typeof import('./react.js').useAcsCredential}
 */
export function useAcsCredential(create) {
  const { session, status, account } = useAcsSignIn();
  const [credential, setCredential] = useState(/** @type {any} */ (null));
  const latest = useRef(create);
  useBrowserEffect(() => {
    latest.current = create;
  });
  const signedIn = status === 'signedIn' ? session : null;
  // A credential is for one account.
  useEffect(() => {
    if (!signedIn) return;
    const created = latest.current(signedIn);
    setCredential(created);
    return () => {
      setCredential(null);
      created.dispose?.();
    };
  }, [signedIn, account?.tenantId, account?.objectId]);
  return credential;
}

/** @returns {Store} */
function createStore() {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let state = NO_SESSION;
  /** @type {AcsSignInSession | null} */
  let session = null;
  const refresh = () => {
    if (session?.problem?.code === 'closed') session = null;
    if (session) {
      const { status, account, communicationId, problem } = session;
      state = { status, account, communicationId, problem, session };
    } else state = NO_SESSION;
    for (const listener of listeners) listener();
  };
  return {
    use(next) {
      if (next === session) return;
      session?.removeEventListener('status', refresh);
      session = next;
      next.addEventListener('status', refresh);
      refresh();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get: () => state,
    getOnServer: () => NO_SESSION,
  };
}
