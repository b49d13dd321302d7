// The portal's own caller tokens for the exchange service: artifact B, instead of a token of Entra.
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/**
 * Makes a key, which lives as long as this process. A real portal reads the person from its session; here it is
 * `objectId`.
 */
export async function callerTokensFor(objectId) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  // A new id for each key: a service that cached the keys of the last run then fetches these.
  const header = { alg: 'ES256', kid: randomUUID() };
  return {
    keys: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...header, use: 'sig' }] }),
    token: (issuer) =>
      new SignJWT({ oid: objectId })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        // Audience and lifetime as in `foreign_issuers` of the exchange service.
        .setAudience('acs-exchange')
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey),
  };
}
