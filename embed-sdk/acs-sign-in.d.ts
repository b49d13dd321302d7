/** An ACS access token and its end, as Azure's SDKs pass them around. */
export interface AccessToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number;
}

/** An `AbortSignal`, or what Azure's SDKs have in its place. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
  removeEventListener(type: 'abort', listener: (this: AbortSignalLike, event: any) => any, options?: any): void;
}

/** How far a sign-in is. */
export type Status = 'starting' | 'signedOut' | 'signingIn' | 'signedIn' | 'stopped';

/** Who signed in. */
export interface Account {
  readonly name: string | null;
  readonly username: string | null;
  readonly tenantId: string;
  readonly objectId: string;
}

/** Something that went wrong, in words for people. */
export interface Problem {
  /** Stable. The list is in the guide. */
  readonly code: string;
  /** What happened. */
  readonly what: string;
  /** What to do. */
  readonly remedy: string;
  /** Who can do it. */
  readonly who: 'administrator' | 'developer' | 'you';
}

/** A problem, thrown. */
export class AcsSignInError extends Error implements Problem {
  readonly code: string;
  readonly what: string;
  readonly remedy: string;
  readonly who: Problem['who'];
}

/** What may make the sign-in shorter, or the page fit the portal. None of it decides who signs in. */
export interface Hints {
  /** Who is expected to sign in, for example `alice@fabrikam.example`. */
  loginHint?: string;
  /** The domain of the person's organization, for example `fabrikam.example`. */
  domainHint?: string;
  /** Which of the page's configured sign-ins is meant. */
  profile?: string;
  /** A BCP 47 tag. */
  locale?: string;
  theme?: 'light' | 'dark';
}

/** What every connection may have. */
export interface CommonOptions extends Hints {
  /** The portal's own token for the person, where the page is configured to take it as the caller's (B). Asked again for each renewal. */
  callerToken?: () => string | Promise<string>;
}

/** `connect` makes the frame. */
export interface ContainerOptions extends CommonOptions {
  /** The address of the sign-in page. */
  origin: string;
  /** Where the frame is put. */
  container: Element | ShadowRoot;
  frame?: undefined;
  /** The frame's name for screen readers. `Sign in`, if there is none. */
  title?: string;
}

/** The portal has made the frame. */
export interface FrameOptions extends CommonOptions {
  frame: HTMLIFrameElement;
  container?: undefined;
  /** The address of the sign-in page. The frame's `src`, if there is none. */
  origin?: string;
}

/** The events of a session. */
export interface SessionEvents {
  status: CustomEvent<{ status: Status; account: Account | null; problem: Problem | null }>;
  /** In CSS pixels. A frame that `connect` made follows by itself. */
  height: CustomEvent<number>;
}

/** What a portal knows of the sign-in. */
export class AcsSignInSession extends EventTarget {
  private constructor();
  readonly status: Status;
  /** Null for a portal that does not receive the token. */
  readonly account: Account | null;
  readonly problem: Problem | null;
  /** The ACS token, with more than ten minutes of life. Rejects with an {@link AcsSignInError}, or an `AbortError`. */
  getToken(options?: { abortSignal?: AbortSignalLike }): Promise<AccessToken>;
  signOut(): Promise<void>;
  /**
   * Replaces all hints and the function for the caller token, without reloading the page. A hint that is left out is
   * taken back; `title` stays as it is.
   */
  update(options?: CommonOptions & { title?: string }): void;
  /** For `new AzureCommunicationTokenCredential({ tokenRefresher: session.tokenRefresher })`. Each reading is for one credential. */
  readonly tokenRefresher: (abortSignal?: AbortSignalLike) => Promise<AccessToken>;
  /** The same for `@azure/communication-common` before 2.5.0. */
  readonly tokenStringRefresher: (abortSignal?: AbortSignalLike) => Promise<string>;
  /** Ends the conversation, and takes the frame away if `connect` made it. */
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

/** Shows the sign-in page and connects to it. Throws a `TypeError` where the options cannot work. */
export function connect(options: ContainerOptions | FrameOptions): AcsSignInSession;

/**
 * `<acs-sign-in origin="https://signin.example.com/">`, with the attributes `title`, `login-hint`, `domain-hint`,
 * `profile`, `locale` and `theme`. Attributes and properties can be set in any order, before or after the element is
 * attached. A new `origin` starts a new session; new hints do not. Fires `status`.
 */
export class AcsSignInElement extends HTMLElement {
  /** While the element is in a document and has an origin. Removing the element ends it. */
  readonly session?: AcsSignInSession;
  /** Reflects the attribute of this name, as do the hints. */
  origin?: string;
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
