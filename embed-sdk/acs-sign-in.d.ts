/** An ACS access token and its end, as Azure's SDKs pass them around. */
export interface AccessToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number;
}

/** An `AbortSignal`, or the equivalent type of Azure's SDKs. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
  removeEventListener(type: 'abort', listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
}

/** The stage of a sign-in. */
export type Status = 'starting' | 'signedOut' | 'signingIn' | 'signedIn' | 'stopped';

/** The account that signed in. */
export interface Account {
  readonly name: string | null;
  readonly username: string | null;
  readonly tenantId: string;
  readonly objectId: string;
}

/** Why something failed, with a text to show to a person. */
export interface Problem {
  /** A stable code. The guide has the list. */
  readonly code: string;
  /** What happened. */
  readonly what: string;
  /** What can be done. */
  readonly remedy: string;
  /** The person that can do it. */
  readonly who: 'administrator' | 'developer' | 'you';
  /** Whether a later `getToken()` can succeed although the person does nothing. `tokenRefresher` then tries again. */
  readonly retryable: boolean;
}

/** A problem as an exception. */
export class AcsSignInError extends Error implements Problem {
  readonly code: string;
  readonly what: string;
  readonly remedy: string;
  readonly who: Problem['who'];
  readonly retryable: boolean;
}

/**
 * Optional values that shorten the sign-in or fit the page to the portal. They do not decide which account signs in.
 */
export interface Hints {
  /** The expected account, for example `alice@fabrikam.example`. */
  loginHint?: string;
  /** The domain of the person's organization, for example `fabrikam.example`. */
  domainHint?: string;
  /** The name of a sign-in profile of the page. */
  profile?: string;
  /** A BCP 47 tag. */
  locale?: string;
  theme?: 'light' | 'dark';
}

/** Options of every connection. */
export interface CommonOptions extends Hints {
  /**
   * Returns the caller token (B): the portal's own token for the person, if the page is configured to use it. Called
   * again for each renewal.
   */
  callerToken?: () => string | Promise<string>;
}

/** Options for a frame that `connect` makes. */
export interface ContainerOptions extends CommonOptions {
  /** The address of the sign-in page. */
  origin: string;
  /** The parent of the frame. */
  container: Element | ShadowRoot;
  frame?: undefined;
  /** The name of the frame for screen readers. The default is `Sign in`. */
  title?: string;
}

/** Options for a frame that the portal has made. */
export interface FrameOptions extends CommonOptions {
  frame: HTMLIFrameElement;
  container?: undefined;
  /** The address of the sign-in page. The default is the `src` of the frame. */
  origin?: string;
}

/** The events of a session. */
export interface SessionEvents {
  status: CustomEvent<{
    status: Status;
    account: Account | null;
    communicationId: string | null;
    problem: Problem | null;
  }>;
  /** In CSS pixels. A frame that `connect` made changes its height automatically. */
  height: CustomEvent<number>;
}

/** The state of the sign-in for a portal. */
export class AcsSignInSession extends EventTarget {
  private constructor();
  readonly status: Status;
  /** Null for a portal that does not receive the token. */
  readonly account: Account | null;
  /** The identity in ACS, `8:acs:…`, if the exchange service returns it. Null for a portal that does not receive the token. */
  readonly communicationId: string | null;
  readonly problem: Problem | null;
  /** The ACS token, with more than ten minutes of life. Rejects with an {@link AcsSignInError}, or an `AbortError`. */
  getToken(options?: { abortSignal?: AbortSignalLike }): Promise<AccessToken>;
  signOut(): Promise<void>;
  /**
   * Replaces all hints and the function for the caller token, without reloading the page. A hint that is left out is
   * removed; `title` stays as it is.
   */
  update(options?: CommonOptions & { title?: string }): void;
  /**
   * For `new AzureCommunicationTokenCredential({ tokenRefresher: session.tokenRefresher })`. Each read is for one
   * credential.
   */
  readonly tokenRefresher: (abortSignal?: AbortSignalLike) => Promise<AccessToken>;
  /** The same for `@azure/communication-common` before 2.5.0. */
  readonly tokenStringRefresher: (abortSignal?: AbortSignalLike) => Promise<string>;
  /**
   * Moves the frame that `connect` made into another container, or without one into a hidden place, and the sign-in
   * continues. Returns false, and moves nothing, where the frame would be loaded again: in browsers without
   * `moveBefore`, and out of or into a container that is not in the document.
   */
  moveTo(container?: Element | ShadowRoot): boolean;
  /** Ends the session, and removes the frame if `connect` made it. */
  close(): void;
  addEventListener<K extends keyof SessionEvents>(
    type: K,
    listener: (this: AcsSignInSession, event: SessionEvents[K]) => any,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** Shows the sign-in page and connects to it. Throws a `TypeError` for options that cannot work. */
export function connect(options: ContainerOptions | FrameOptions): AcsSignInSession;

/** Ends the sessions that outlive their elements: for a portal whose own person signs out. */
export function closeKeptSessions(): void;

/**
 * `<acs-sign-in origin="https://signin.example.com/">`, with the attributes `title`, `login-hint`, `domain-hint`,
 * `profile`, `locale` and `theme`. Attributes and properties can be set in any order, before or after the element is
 * attached. A new `origin` starts a new session; new hints do not. Fires `status`.
 */
export class AcsSignInElement extends HTMLElement {
  /** Set while the element is in a document and has an origin. Removing the element ends the session. */
  readonly session?: AcsSignInSession;
  /** Reflects the attribute of this name, as do the hints. */
  origin?: string;
  /**
   * The portal's own id of its person. A session never passes from one `person` to another: a new value ends it. It is
   * not sent to the page.
   */
  person?: string;
  /** How long a session that was parked outlives its element, in seconds: 60, and 0 for not at all. */
  keepSeconds: number;
  /**
   * To call before the element, or an ancestor of it, is removed or moved: a frame that leaves the document is destroyed
   * by the browser. If the element stays where it is, its frame comes back at once. Returns false where the browser
   * cannot keep the frame. `remove()` of the element calls it.
   */
  park(): boolean;
  loginHint?: string;
  domainHint?: string;
  profile?: string;
  locale?: string;
  theme?: 'light' | 'dark';
  callerToken?: () => string | Promise<string>;
}

declare global {
  interface HTMLElementTagNameMap {
    'acs-sign-in': AcsSignInElement;
  }
}
