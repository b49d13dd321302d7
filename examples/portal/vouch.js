// The portal's own tokens, by which it vouches for a person to the exchange service: artifact B, instead of one of Entra's.
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/**
 * Makes a key, which lives as long as this process. A real portal asks its session who the person is; `objectId` stands in
 * for it.
 */
export async function vouchFor(objectId) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  // Another key has another name: whoever remembers the keys of the last run asks for these.
  const header = { alg: 'ES256', kid: randomUUID() };
  return {
    keys: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...header, use: 'sig' }] }),
    token: (issuer) =>
      new SignJWT({ oid: objectId })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        // As the exchange service's `foreign_issuers` has it, and no longer than that allows.
        .setAudience('acs-exchange')
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey),
  };
}
