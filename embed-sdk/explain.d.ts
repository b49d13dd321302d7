import type { Problem } from './acs-sign-in.js';

/** What an error of Azure's calling SDK says about the identity, with a text to show to a person. */
export interface Explanation {
  readonly code: number;
  /** 0 if the error has none. */
  readonly subCode: number;
  /** What happened. */
  readonly title: string;
  /** What can be done. */
  readonly action: string;
  /** The person that can do it. */
  readonly who: Problem['who'];
  /** Microsoft's documentation of the sub-codes. */
  readonly link: string;
}

/**
 * Explains an error of `@azure/communication-calling`, or the `callEndReason` of a call, if it is about the token or
 * the kind of user. Null for all others.
 */
export function explain(error: unknown): Explanation | null;
