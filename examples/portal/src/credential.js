import { AzureCommunicationTokenCredential } from '@azure/communication-common';

/** @import { AccessToken, AcsSignInSession } from 'acs-sign-in' */

/**
 * What Azure's clients take, kept fresh by the sign-in page. For one account, so each sign-in has its own.
 *
 * @param {AcsSignInSession} session
 * @param {AccessToken} initial
 */
export function credentialOf(session, initial) {
  return new AzureCommunicationTokenCredential({
    tokenRefresher: session.tokenRefresher,
    token: initial,
    refreshProactively: true,
  });
}
