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
/** @typedef {{ state: State, keptFor: string | undefined, isMounted: boolean }} Snapshot */
/**
 * @typedef {object} Store
 * @property {(session: AcsSignInSession | undefined, keptFor: string | undefined) => void} mounted
 * @property {() => void} unmounted
 * @property {(person: string | undefined) => void} endOthers
 * @property {(listener: () => void) => () => void} subscribe
 * @property {() => Snapshot} get
 * @property {() => Snapshot} getOnServer
 */

const HINTS = /** @type {const} */ (['loginHint', 'domainHint', 'profile', 'locale', 'theme']);
/** @type {State} */
const NO_SESSION = { status: 'starting', account: null, communicationId: null, problem: null, session: null };
/** @type {Snapshot} */
const EMPTY = { state: NO_SESSION, keptFor: undefined, isMounted: false };
const Context = createContext(/** @type {{ store: Store, person: string | undefined } | null} */ (null));
// React warns of layout effects on a server, where neither runs.
const useBrowserEffect = globalThis.document ? useLayoutEffect : useEffect;

/**
 * Holds the session of the `<AcsSignIn>` below it. It belongs above the routes, and `<AcsSignIn>` can be in one of them.
 * @type {typeof import('./react.js').AcsSignInProvider}
 */
export function AcsSignInProvider({ person, children }) {
  const [store] = useState(createStore);
  const name = personName(person);
  useBrowserEffect(() => store.endOthers(name), [store, name]);
  const context = useMemo(() => ({ store, person: name }), [store, name]);
  return createElement(Context.Provider, { value: context }, children);
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
  const context = useContext(Context);
  const store = context?.store;
  const ref = useRef(/** @type {any} */ (null));
  const latest = useRef({ callerToken, onStatus });
  // A new function on each render is for the same person.
  const [latestCallerToken] = useState(() => () => /** @type {any} */ (latest.current.callerToken)());

  useBrowserEffect(() => {
    latest.current = { callerToken, onStatus };
    /** @type {AcsSignInElement} */
    const element = ref.current;
    for (const name of HINTS) element[name] = /** @type {any} */ (hints)[name];
    if (title === undefined) element.removeAttribute('title');
    else element.setAttribute('title', title);
    if (keepSeconds !== undefined) element.keepSeconds = keepSeconds;
    element.person = personName(person) ?? context?.person;
    element.callerToken = callerToken && latestCallerToken;
    element.origin = origin;
  });

  useBrowserEffect(() => {
    /** @type {AcsSignInElement} */
    const element = ref.current;
    const onSession = () => store?.mounted(element.session, personName(element.person));
    /** @param {CustomEvent} event */
    const notify = ({ detail }) => latest.current.onStatus?.(detail);
    if (element.session) onSession();
    element.addEventListener('session', onSession);
    element.addEventListener('status', notify);
    return () => {
      element.removeEventListener('session', onSession);
      element.removeEventListener('status', notify);
      store?.unmounted();
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
  const context = useContext(Context);
  if (!context) throw new Error('useAcsSignIn needs an <AcsSignInProvider> above it');
  const { store, person } = context;
  const state = visible(useSyncExternalStore(store.subscribe, store.get, store.getOnServer), person);
  return useMemo(() => {
    // Also for a function of an earlier render.
    const withSession = async () => {
      const { session } = visible(store.get(), person);
      return session ?? Promise.reject(new Error('there is no <AcsSignIn> yet'));
    };
    return {
      ...state,
      getToken: async (options) => (await withSession()).getToken(options),
      signOut: async () => (await withSession()).signOut(),
    };
  }, [state, store, person]);
}

/**
 * A credential for the account that is signed in, or null. It is disposed when that changes.
 * @type {typeof import('./react.js').useAcsCredential}
 */
export function useAcsCredential(create) {
  const { session, status, account } = useAcsSignIn();
  const { tenantId, objectId } = account ?? {};
  const [created, setCreated] = useState(/** @type {any} */ (null));
  const latest = useRef(create);
  useBrowserEffect(() => {
    latest.current = create;
  });
  const signedIn = status === 'signedIn' ? session : null;
  // A credential is for one account.
  useEffect(() => {
    if (!signedIn) return;
    const value = latest.current(signedIn);
    setCreated({ value, signedIn, tenantId, objectId });
    return () => {
      setCreated(null);
      value.dispose?.();
    };
  }, [signedIn, tenantId, objectId]);
  // The effect comes after the render that changed the account, which must not get the credential of the last one.
  const isOfAccount = created?.signedIn === signedIn && created.tenantId === tenantId && created.objectId === objectId;
  return isOfAccount ? created.value : null;
}

/**
 * What the hooks return to the person of the provider. Without a name, a session without its element can be another
 * person's.
 * @param {Snapshot} snapshot
 * @param {string | undefined} person
 */
function visible({ state, keptFor, isMounted }, person) {
  return (person === undefined ? isMounted : keptFor === person) ? state : NO_SESSION;
}

/**
 * A blank text is no name.
 * @param {string | undefined} person
 */
function personName(person) {
  // Without types, an id can be a number.
  const name = String(person ?? '');
  return name.trim() ? name : undefined;
}

/** @returns {Store} */
function createStore() {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  let snapshot = EMPTY;
  /** @type {AcsSignInSession | undefined} */
  let session;
  /** @type {string | undefined} */
  let keptFor;
  let isMounted = false;
  const refresh = () => {
    if (session?.problem?.code === 'closed') session = undefined;
    if (session) {
      const { status, account, communicationId, problem } = session;
      snapshot = { state: { status, account, communicationId, problem, session }, keptFor, isMounted };
    } else snapshot = EMPTY;
    for (const listener of listeners) listener();
  };
  return {
    mounted(next, person) {
      session?.removeEventListener('status', refresh);
      session = next;
      keptFor = person;
      isMounted = true;
      session?.addEventListener('status', refresh);
      refresh();
    },
    unmounted() {
      isMounted = false;
      refresh();
    },
    endOthers(person) {
      if (!isMounted && keptFor !== person) session?.close();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get: () => snapshot,
    getOnServer: () => EMPTY,
  };
}
