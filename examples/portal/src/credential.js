import { AzureCommunicationTokenCredential } from '@azure/communication-common';

/** @import { AccessToken, AcsSignInSession } from 'acs-sign-in' */

/**
 * A credential for Azure's clients, which the sign-in page refreshes. It is for one account, so each sign-in has its
 * own.
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
