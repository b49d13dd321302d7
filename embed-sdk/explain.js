// Explains the errors of Azure's calling SDK that are about the token or the kind of user. Codes and texts are those of
// @azure/communication-calling 2.0.0, whose errors have a `code` like HTTP's and a `subCode`.

const ALL = 'https://aka.ms/acs-calling/sub-code/all';
const EXPIRED = 'https://aka.ms/acs-calling/sub-code/40235';

const NOT_A_TOKEN = /** @type {const} */ ([
  'developer',
  'The credential has no token that the calling SDK can read.',
  'Make it with session.tokenRefresher, and wait for signedIn before.',
]);

/** @type {Record<number, readonly ['you' | 'developer' | 'administrator', string, string, string?]>} */
const SUB_CODES = {
  40229: [
    'developer',
    'A call agent of Entra ID users and guests got the token of a Teams user.',
    'Use createTeamsCallAgent for Teams users.',
  ],
  40231: [
    'developer',
    'A call agent of Teams users got the token of an Entra ID user or guest.',
    'Use createCallAgent for them.',
  ],
  40232: ['you', 'The call agent could not get a token.', 'Read session.problem, and sign in again.'],
  40233: [
    'developer',
    'Another person signed in, and a call agent stays with its first user.',
    'Dispose the agent and its credential on signedOut, and make new ones on signedIn.',
  ],
  40234: [
    'you',
    'The token expired, and the call agent could not get a new one.',
    'Read session.problem, sign in again, and make a new agent.',
  ],
  40235: ['you', 'The token expired.', 'Sign in again. A credential with session.tokenRefresher renews it.', EXPIRED],
  41900: [
    'developer',
    'The token names no Teams user.',
    'Use createCallAgent, or a sign-in profile of the page for Teams users.',
  ],
  44108: ['developer', 'The call agent got no credential.', 'Give it an AzureCommunicationTokenCredential.'],
  44109: NOT_A_TOKEN,
  44110: ['you', 'The credential could not get a token.', 'Read session.problem, and sign in again.'],
  44111: NOT_A_TOKEN,
  44112: NOT_A_TOKEN,
  44113: [
    'administrator',
    'The token does not allow calls: it has neither the scope voip nor voip.join.',
    'Allow VoIP for the application and the person, and sign in again.',
  ],
  44114: [
    'administrator',
    'The token does not allow calls: its scopes have an unknown form.',
    'Allow VoIP for the application and the person, and sign in again.',
  ],
  44115: ['developer', 'The token names no ACS resource.', 'Check which resource the exchange service uses.'],
  44116: ['developer', 'The token names no ACS user.', 'Check that the page sends the token of ACS, and not of Entra.'],
  44117: NOT_A_TOKEN,
};

/** @type {Record<number, readonly ['you' | 'developer' | 'administrator', string, string]>} */
const CODES = {
  401: ['you', 'Azure did not accept the token.', 'Sign in again.'],
  403: [
    'developer',
    'Azure does not allow this with the token.',
    'Check that the kind of user, the call agent and the scopes of the token fit.',
  ],
};

/**
 * What an error of the calling SDK, or the `callEndReason` of a call, says about the identity. Null for all others.
 * @type {typeof import('./explain.js').explain}
 */
export function explain(error) {
  const { code, subCode } = /** @type {any} */ (error ?? {});
  const known = SUB_CODES[subCode] ?? CODES[code];
  if (!known) return null;
  const [who, title, action, link = ALL] = known;
  return { code: Number(code), subCode: Number(subCode ?? 0), title, action, who, link };
}
