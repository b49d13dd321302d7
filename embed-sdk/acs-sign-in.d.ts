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

/** The codes of this SDK. */
export type SdkProblemCode =
  | 'account_changed'
  | 'closed'
  | 'container_detached'
  | 'frame_blocked'
  | 'page_silent'
  | 'response_late';

/** The codes of the sign-in page of the same release. */
export type PageProblemCode =
  | 'access_blocked'
  | 'account_at_risk'
  | 'account_deleted'
  | 'account_disabled'
  | 'account_locked'
  | 'account_not_in_tenant'
  | 'account_type_unsupported'
  | 'acs_busy'
  | 'acs_refused_service'
  | 'acs_unavailable'
  | 'admin_consent_needed'
  | 'age_restricted'
  | 'app_not_approved'
  | 'application_disabled'
  | 'application_misconfigured'
  | 'application_mismatch'
  | 'application_unknown'
  | 'approval_pending'
  | 'assignment_missing'
  | 'authority_invalid'
  | 'authority_unreachable'
  | 'authority_unsupported'
  | 'build_mismatch'
  | 'caller_refused'
  | 'clock_wrong'
  | 'code_expired'
  | 'config_invalid'
  | 'config_is_html'
  | 'config_redirected'
  | 'config_refused'
  | 'config_unreachable'
  | 'consent_needed'
  | 'credentials_refused'
  | 'cross_tenant_blocked'
  | 'device_not_allowed'
  | 'entra_pause'
  | 'entra_refused'
  | 'entra_token_refused'
  | 'entra_unavailable'
  | 'exchange_busy'
  | 'exchange_failed'
  | 'exchange_response_unreadable'
  | 'exchange_unreachable'
  | 'guests_not_served'
  | 'id_token_refused'
  | 'identity_provider_failed'
  | 'idle_too_long'
  | 'interaction_needed'
  | 'keys_unavailable'
  | 'mfa_failed'
  | 'mfa_needed'
  | 'mfa_setup_blocked'
  | 'mfa_unavailable'
  | 'not_assigned'
  | 'not_signed_in'
  | 'origin_hidden'
  | 'page_busy'
  | 'password_change_needed'
  | 'permission_not_listed'
  | 'portal_isolated'
  | 'portal_silent'
  | 'portal_unknown'
  | 'redirect_not_registered'
  | 'request_rejected'
  | 'response_expired'
  | 'response_malformed'
  | 'response_unsolicited'
  | 'response_wrong_issuer'
  | 'response_wrong_state'
  | 'scope_missing'
  | 'scope_wrong'
  | 'service_disabled'
  | 'service_principal_missing'
  | 'sign_in_declined'
  | 'sign_in_ended'
  | 'sign_in_revoked'
  | 'sign_in_stale'
  | 'sign_in_too_long'
  | 'sign_out_offline'
  | 'storage_blocked'
  | 'tenant_blocked'
  | 'tenant_restricted'
  | 'tenant_unknown'
  | 'token_late'
  | 'token_response_unreadable'
  | 'token_withheld'
  | 'user_mismatch'
  | 'vault_unavailable'
  | 'vault_unprotected'
  | 'window_blocked'
  | 'window_closed'
  | 'window_refused'
  | 'window_sandboxed'
  | 'window_timed_out'
  | 'wrong_address';

/** A stable code. A later page can send codes that this release does not know. */
export type ProblemCode = SdkProblemCode | PageProblemCode | (string & Record<never, never>);

/** Why something failed, with a text to show to a person. */
export interface Problem {
  /** A stable code. The guide has the list. */
  readonly code: ProblemCode;
  /** What happened. The texts of the page are in the person's language. */
  readonly title: string;
  /** What the person can do. */
  readonly action: string;
  /** The person that can do it. */
  readonly who: 'administrator' | 'developer' | 'you';
  /** Whether a later `getToken()` can succeed although the person does nothing. `tokenRefresher` then tries again. */
  readonly retryable: boolean;
}

/** A problem as an exception. */
export class AcsSignInError extends Error implements Problem {
  readonly code: ProblemCode;
  readonly title: string;
  readonly action: string;
  readonly who: Problem['who'];
  readonly retryable: boolean;
}

/**
 * Optional values that shorten the sign-in or fit the page to the portal. They do not decide which account signs in.
 */
export interface Hints {
  /** The expected account, for example `alice@fabrikam.example`. */
  loginHint?: string | undefined;
  /** The domain of the person's organization, for example `fabrikam.example`. */
  domainHint?: string | undefined;
  /** The name of a sign-in profile of the page. */
  profile?: string | undefined;
  /** A BCP 47 tag. */
  locale?: string | undefined;
  theme?: 'light' | 'dark' | undefined;
}

/** Returns the portal's own token for the person. */
export type CallerToken = () => string | Promise<string>;

/** Options of every connection. */
export interface CommonOptions extends Hints {
  /**
   * Returns the caller token (B): the portal's own token for the person, if the page is configured to use it. Called
   * again for each renewal.
   */
  callerToken?: CallerToken | undefined;
}

/** Options for a frame that `connect` makes. */
export interface ContainerOptions extends CommonOptions {
  /** The address of the sign-in page. */
  origin: string;
  /** The parent of the frame. */
  container: Element | ShadowRoot;
  frame?: undefined;
  /** The name of the frame for screen readers. The default is `Sign in`. */
  title?: string | undefined;
}

/** Options for a frame that the portal has made. */
export interface FrameOptions extends CommonOptions {
  frame: HTMLIFrameElement;
  container?: undefined;
  /** The address of the sign-in page. The default is the `src` of the frame. */
  origin?: string | undefined;
}

/** What a session knows, and the `detail` of its event `status`. */
export interface SessionState {
  readonly status: Status;
  /** Null for a portal that does not receive the token. */
  readonly account: Account | null;
  /** The identity in ACS, `8:acs:…`, if the exchange service returns it, for a portal that receives the token. */
  readonly communicationId: string | null;
  readonly problem: Problem | null;
}

/** The events of a session. */
export interface SessionEvents {
  status: CustomEvent<SessionState>;
  /** In CSS pixels. A frame that `connect` made changes its height automatically. */
  height: CustomEvent<number>;
}

/** The events of an element, in addition to those of HTML. */
export interface ElementEvents {
  status: CustomEvent<SessionState>;
  /** The property `session` changed. */
  session: Event;
}

/** Adds or removes a listener of an event of `Events`, or of any other type. */
interface ChangeListener<Target, Events, Options> {
  <Type extends keyof Events>(
    type: Type,
    listener: (this: Target, event: Events[Type]) => any,
    options?: boolean | Options,
  ): void;
  (type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | Options): void;
}

/** The state of the sign-in for a portal. */
export class AcsSignInSession extends EventTarget {
  private constructor();
  readonly status: SessionState['status'];
  readonly account: SessionState['account'];
  readonly communicationId: SessionState['communicationId'];
  readonly problem: SessionState['problem'];
  /** The ACS token, with more than ten minutes of life. Rejects with an {@link AcsSignInError}, or an `AbortError`. */
  getToken(options?: { abortSignal?: AbortSignalLike | undefined }): Promise<AccessToken>;
  signOut(): Promise<void>;
  /**
   * Replaces all hints and the function for the caller token, without reloading the page. A hint that is left out is
   * removed; `title` stays as it is.
   */
  update(options?: CommonOptions & { title?: string | undefined }): void;
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
  addEventListener: ChangeListener<AcsSignInSession, SessionEvents, AddEventListenerOptions>;
  removeEventListener: ChangeListener<AcsSignInSession, SessionEvents, EventListenerOptions>;
}

/** Shows the sign-in page and connects to it. Throws a `TypeError` for options that cannot work. */
export function connect(options: ContainerOptions | FrameOptions): AcsSignInSession;

/**
 * For a portal whose own person signs out: ends the sessions that outlive their elements. Those that are shown now
 * continue, and end with their elements, until the person of the page signs out.
 */
export function closeKeptSessions(): void;

/**
 * `<acs-sign-in origin="https://signin.example.com/">`, with the attributes `title`, `login-hint`, `domain-hint`,
 * `profile`, `locale` and `theme`. Attributes and properties can be set in any order, before or after the element is
 * attached. A new `origin` starts a new session; new hints do not. Fires `status`.
 */
export class AcsSignInElement extends HTMLElement {
  /** Set while the element is in a document and has an origin. Removing the element ends the session. */
  readonly session?: AcsSignInSession | undefined;
  /** Reflects the attribute of this name, as do the hints. */
  origin?: string | undefined;
  /**
   * The portal's own id of its person. A session never passes from one `person` to another: a new value ends it at
   * once. It is not sent to the page. A blank one is the same as none.
   */
  person?: string | undefined;
  /**
   * How long a parked session outlives its element, in seconds: 60, 0 for not at all, and 86,400 (a day) at most.
   * Without `person`, at most 1 second, and for this element alone.
   */
  keepSeconds: number;
  /**
   * To call before the element, or an ancestor of it, is removed or moved: a frame that leaves the document is destroyed
   * by the browser. If the element stays where it is, its frame comes back at once. Returns false where the browser
   * cannot keep the frame. `remove()` of the element calls it.
   */
  park(): boolean;
  addEventListener: ChangeListener<AcsSignInElement, ElementEvents & HTMLElementEventMap, AddEventListenerOptions>;
  removeEventListener: ChangeListener<AcsSignInElement, ElementEvents & HTMLElementEventMap, EventListenerOptions>;
  loginHint?: string | undefined;
  domainHint?: string | undefined;
  profile?: string | undefined;
  locale?: string | undefined;
  theme?: 'light' | 'dark' | undefined;
  callerToken?: CallerToken | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'acs-sign-in': AcsSignInElement;
  }
}
