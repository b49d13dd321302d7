import type { ClassAttributes, CSSProperties, HTMLAttributes, ReactElement, ReactNode } from 'react';
import type {
  AbortSignalLike,
  AccessToken,
  AcsSignInElement,
  AcsSignInSession,
  CallerToken,
  Hints,
  SessionState,
} from './acs-sign-in.js';

export interface AcsSignInProps extends Hints {
  /** The address of the sign-in page. */
  origin: string;
  /**
   * The portal's own id of its person. A session never passes from one `person` to another: a new value ends it. The
   * default is the `person` of the provider.
   */
  person?: string | undefined;
  /** How long the session of a `person` outlives `<AcsSignIn>`, in seconds: 60, 0 for not at all, and a day at most. */
  keepSeconds?: number | undefined;
  /** Returns the portal's own token for the person. It can be another function on each render. */
  callerToken?: CallerToken | undefined;
  /** Called with each new state. */
  onStatus?: ((state: SessionState) => void) | undefined;
  /** The name of the frame for screen readers. */
  title?: string | undefined;
  className?: string | undefined;
  style?: CSSProperties | undefined;
  id?: string | undefined;
}

export interface AcsSignInProviderProps {
  /**
   * The portal's own id of its person. The hooks return no session of another person. Without it, they return a session
   * only while its `<AcsSignIn>` is mounted.
   */
  person?: string | undefined;
  children?: ReactNode;
}

/** Holds the session of one `<AcsSignIn>` below it. It belongs above the routes. */
export function AcsSignInProvider(props: AcsSignInProviderProps): ReactElement;

/** The sign-in page. One for each provider. */
export function AcsSignIn(props: AcsSignInProps): ReactElement;

/** The state of the sign-in. `starting` without a session. */
export interface AcsSignInState extends SessionState {
  /** With a `person` of the provider, also while no `<AcsSignIn>` is mounted, as long as the session outlives it. */
  readonly session: AcsSignInSession | null;
  getToken(options?: { abortSignal?: AbortSignalLike | undefined }): Promise<AccessToken>;
  signOut(): Promise<void>;
}

/** The state of the sign-in. Needs an `AcsSignInProvider` above. */
export function useAcsSignIn(): AcsSignInState;

/**
 * A credential for the account that is signed in, or null. It is disposed when the person signs out, when another
 * account signs in, and when the component unmounts.
 *
 * ```js
 * const credential = useAcsCredential(
 *   ({ tokenRefresher }) => new AzureCommunicationTokenCredential({ tokenRefresher, refreshProactively: true }),
 * );
 * ```
 */
export function useAcsCredential<Credential extends { dispose?(): void }>(
  create: (session: AcsSignInSession) => Credential,
): Credential | null;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'acs-sign-in': HTMLAttributes<AcsSignInElement> &
        ClassAttributes<AcsSignInElement> & {
          origin?: string | undefined;
          person?: string | undefined;
          callerToken?: CallerToken | undefined;
          'keep-seconds'?: number | undefined;
          'login-hint'?: string | undefined;
          'domain-hint'?: string | undefined;
          profile?: string | undefined;
          locale?: string | undefined;
          theme?: 'light' | 'dark' | undefined;
        };
    }
  }
}
