// Types for embed-sdk/acs-sign-in.js. They are declared here and not in comments there, because that file is shipped
// as it is. What portals see is in embed-sdk/acs-sign-in.d.ts.

type AbortSignalLike = import('../../embed-sdk/acs-sign-in.js').AbortSignalLike;
type Hints = import('../../embed-sdk/acs-sign-in.js').Hints;
type Problem = import('../../embed-sdk/acs-sign-in.js').Problem;
type Session = import('../../embed-sdk/acs-sign-in.js').AcsSignInSession;

/** The options of `connect`. The title is for a frame that `connect` makes. */
type Options = Parameters<typeof import('../../embed-sdk/acs-sign-in.js').connect>[0] & { title?: string };

/** The state of a session that portals can read. */
type State = import('../../embed-sdk/acs-sign-in.js').SessionEvents['status']['detail'];

/** The nonce and the ports of one greeting. The second port, for caller tokens, is optional. */
interface GreetingAttempt {
  nonce: string;
  ports: MessagePort[];
}

/** What the session of an element is for, and which element gets it after that one. */
interface KeptFor {
  /** The address of the page, in one spelling. Missing without a session. */
  page?: string | undefined;
  /** The portal's name for its person. */
  person?: string | undefined;
  /** The hints that choose an account, as JSON. */
  accountHints?: string;
  callerToken?: Options['callerToken'];
  element: import('embed-sdk/script').AcsSignInElement;
}

/** A session that outlives its element. */
interface Kept {
  session: import('embed-sdk/script').AcsSignInSession;
  keptFor: KeptFor;
  /** Gives the session to an element. */
  release(): void;
  /** Closes the session. */
  end(): void;
}

/** A request to the page that has no response yet. */
interface Question {
  text: string;
  resolve: Callback;
  reject: Callback;
}

// biome-ignore lint/suspicious/noExplicitAny: its callers differ in what they pass
type Callback = (...values: any[]) => void;

/** The Rust type `messages::ToPortal`: one of these. */
interface FromPage {
  welcome?: { nonce: string; version: number; receivesToken: boolean; countsActivity: boolean };
  status?: State;
  height?: { px: number };
  token?: { id: number; token: string; expiresOnTimestamp: number };
  failed?: { id: number; problem: Problem };
  done?: { id: number };
}

/** The Rust type `Question` in crates/vault/src/browser/portal.rs. */
interface FromVault {
  callerToken?: { id: number };
}

/** The properties that a loop adds to the prototype of `AcsSignInElement`. */
declare class ReflectingElement extends HTMLElement {
  origin?: string | undefined;
  person?: string | undefined;
  loginHint?: string | undefined;
  domainHint?: string | undefined;
  profile?: string | undefined;
  locale?: string | undefined;
  theme?: 'light' | 'dark' | undefined;
}
