// Compares embed-sdk/acs-sign-in.d.ts, which portals see, with embed-sdk/acs-sign-in.js: each has what the other has,
// of a type that fits in both directions. `cargo xtask javascript` runs it.

// A path in tsconfig.json: TypeScript takes the declarations for the script wherever it finds both.
import type * as Script from 'embed-sdk/script';
import type * as Declared from '../../embed-sdk/acs-sign-in.js';

/** An error where a value of one type cannot be used as the other. */
type Fits<From extends To, To> = From;

/**
 * Public members. Private ones make two classes incompatible, whatever they are. The listeners are `EventTarget`'s in
 * the script, and only the declarations know the types of the events.
 */
type Public<T> = Pick<T, Exclude<keyof T, Listeners>>;

type Listeners = 'addEventListener' | 'removeEventListener';

/** Called by the browser, not by a portal. */
type Reactions = 'connectedCallback' | 'disconnectedCallback' | 'connectedMoveCallback' | 'attributeChangedCallback';

export type Exports = [
  Fits<keyof typeof Declared, keyof typeof Script>,
  Fits<keyof typeof Script, keyof typeof Declared>,
];

export type Connect = [
  Fits<typeof Script.connect, typeof Declared.connect>,
  Fits<Parameters<typeof Script.connect>, Parameters<typeof Declared.connect>>,
];

/** `getToken` passes on what the page sends. */
type Sent = Omit<NonNullable<FromPage['token']>, 'id'>;
export type Token = [Fits<Sent, Declared.AccessToken>, Fits<Declared.AccessToken, Sent>];

export type ErrorClass = [
  Fits<Script.AcsSignInError, Declared.AcsSignInError>,
  Fits<Declared.AcsSignInError, Script.AcsSignInError>,
];

export type SessionClass = [
  Fits<keyof Declared.AcsSignInSession, keyof Script.AcsSignInSession>,
  Fits<keyof Script.AcsSignInSession, keyof Declared.AcsSignInSession>,
  Fits<Public<Script.AcsSignInSession>, Public<Declared.AcsSignInSession>>,
  Fits<Public<Declared.AcsSignInSession>, Public<Script.AcsSignInSession>>,
];

type Members = Exclude<keyof Script.AcsSignInElement, Reactions>;
type ExceptSession = Exclude<Members, 'session' | Listeners>;
export type ElementClass = [
  Fits<keyof Declared.AcsSignInElement, Members>,
  Fits<Members, keyof Declared.AcsSignInElement>,
  Fits<Pick<Script.AcsSignInElement, ExceptSession>, Pick<Declared.AcsSignInElement, ExceptSession>>,
  Fits<Required<Pick<Declared.AcsSignInElement, ExceptSession>>, Pick<Script.AcsSignInElement, ExceptSession>>,
  Fits<Script.AcsSignInElement['session'], Script.AcsSignInSession | undefined>,
];
