import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  accessKey,
  acs,
  alice,
  apiScope,
  desktopClient,
  desktopProgram,
  entra,
  fabrikam,
  signIn,
  teamsScopes,
} from './sign-in.js';

const keys = createRemoteJWKSet(new URL(`${entra}/organizations/discovery/v2.0/keys`));
const clientsScope = 'https://communication.azure.com/clients/VoIP';
const program = desktopProgram();
let person;

before(async () => {
  person = await signIn(program, alice, teamsScopes);
});

test('jose verifies the ID token', async () => {
  const { payload, protectedHeader } = await jwtVerify(person.idToken, keys, {
    algorithms: ['RS256'],
    audience: desktopClient,
    issuer: `${entra}/${fabrikam}/v2.0`,
    requiredClaims: ['exp', 'iat', 'oid', 'sub', 'tid'],
  });
  assert.equal(payload.oid, person.uniqueId);
  assert.ok(protectedHeader.kid);
});

test('jose verifies the access tokens, of version 1 for ACS and 2 for an API', async () => {
  const forAcs = await jwtVerify(person.accessToken, keys, {
    audience: 'https://auth.msft.communication.azure.com',
    issuer: `${entra}/sts/${fabrikam}/`,
  });
  assert.deepEqual([forAcs.payload.ver, forAcs.payload.appid], ['1.0', desktopClient]);
  const { accessToken } = await program.acquireTokenSilent({ account: person.account, scopes: [apiScope] });
  const forApi = await jwtVerify(accessToken, keys, {
    audience: 'e8c00000-0000-4000-8000-000000000020',
    issuer: `${entra}/${fabrikam}/v2.0`,
  });
  assert.deepEqual([forApi.payload.ver, forApi.payload.azp], ['2.0', desktopClient]);
});

test('jose rejects a token with one character changed, and one for another audience', async () => {
  const [header, claims, signature] = person.idToken.split('.');
  const changed = signature[9] === 'A' ? 'B' : 'A';
  const forged = `${header}.${claims}.${signature.slice(0, 9)}${changed}${signature.slice(10)}`;
  await assert.rejects(jwtVerify(forged, keys), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  await assert.rejects(jwtVerify(person.idToken, keys, { audience: 'another' }), {
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
  });
});

test('communication-common reads the token of an exchange', async () => {
  const client = new CommunicationIdentityClient(`endpoint=${acs}/;accesskey=${accessKey}`);
  const { token, expiresOn } = await client.getTokenForTeamsUser({
    teamsUserAadToken: person.accessToken,
    clientId: desktopClient,
    userObjectId: person.uniqueId,
  });
  const credential = new AzureCommunicationTokenCredential(token);
  const read = await credential.getToken();
  credential.dispose();
  assert.equal(read.token, token);
  assert.equal(read.expiresOnTimestamp, Math.floor(expiresOn / 1000) * 1000);
});

test("communication-common exchanges an Entra ID user's token, after an assignment", async () => {
  const tokenCredential = {
    async getToken(scopes) {
      const { accessToken, expiresOn } = await program.acquireTokenSilent({
        account: person.account,
        scopes: [scopes].flat(),
      });
      return { token: accessToken, expiresOnTimestamp: Number(expiresOn) };
    },
  };
  const credential = () =>
    new AzureCommunicationTokenCredential({ resourceEndpoint: acs, tokenCredential, scopes: [clientsScope] });
  await assert.rejects(credential().getToken(), /403/);
  const path = `/access/entra/assignments/${person.uniqueId}?api-version=2025-03-02-preview`;
  await put(path, { tenantId: fabrikam, principalType: 'user', clientIds: [desktopClient] });
  const read = await credential().getToken();
  assert.equal(read.token.split('.').length, 3);
  assert.ok(read.expiresOnTimestamp > Date.now());
});

test('communication-common exchanges a token for Teams Phone extensibility, after an assignment', async () => {
  const scope = 'https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls';
  const tokenCredential = {
    async getToken(scopes) {
      const { accessToken, expiresOn } = await program.acquireTokenSilent({
        account: person.account,
        scopes: [scopes].flat(),
      });
      return { token: accessToken, expiresOnTimestamp: Number(expiresOn) };
    },
  };
  const credential = () =>
    new AzureCommunicationTokenCredential({ resourceEndpoint: acs, tokenCredential, scopes: [scope] });
  await assert.rejects(credential().getToken(), /403/);
  const path = `/access/teamsExtension/tenants/${fabrikam}/assignments/${person.uniqueId}?api-version=2025-06-30`;
  await put(path, { principalType: 'user', clientIds: [desktopClient] });
  assert.equal((await credential().getToken()).token.split('.').length, 3);
});

test('jose rejects every ID token that is forged or has wrong claims', async () => {
  const forged =
    'alg_none bad_signature foreign_key unknown_key embedded_key hs256_public_key rs512 critical_header not_json';
  const wrong = 'expired not_yet_valid issued_in_future wrong_issuer wrong_audience tenant_not_guid access_token_type';
  const missing = 'missing_expiry missing_issued_at missing_issuer missing_audience missing_subject missing_tenant';
  const expected = {
    audience: desktopClient,
    issuer: `${entra}/${fabrikam}/v2.0`,
    algorithms: ['RS256'],
    maxTokenAge: '1h',
    typ: 'JWT',
  };
  const requiredClaims = ['exp', 'sub', 'tid'];
  for (const fault of `${forged} ${wrong} ${missing}`.split(' ')) {
    const token = await idTokenWith(fault);
    await assert.rejects(
      jwtVerify(token, keys, { ...expected, requiredClaims }),
      (/** @type {any} */ error) => error.code?.startsWith('ERR_J'),
      fault,
    );
  }
  for (const fault of ['audience_list', '']) {
    assert.ok(await jwtVerify(await idTokenWith(fault), keys, { ...expected, requiredClaims }), fault);
  }
});

/** An ID token with a fault that this request asks the emulator for. */
async function idTokenWith(fault) {
  const [{ secret: refreshToken }] = Object.values(JSON.parse(program.getTokenCache().serialize()).RefreshToken);
  const response = await fetch(`${entra}/organizations/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'x-emulator-fault': `idToken=${fault}` },
    body: new URLSearchParams({
      client_id: desktopClient,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      scope: `openid ${teamsScopes.join(' ')}`,
    }),
  });
  return (await response.json()).id_token;
}

/** Puts an assignment. Signed here, because no library of Microsoft does this yet. */
async function put(path, assignment) {
  const body = JSON.stringify(assignment);
  const date = new Date().toUTCString();
  const hash = createHash('sha256').update(body).digest('base64');
  const signed = `PUT\n${path}\n${date};${new URL(acs).host};${hash}`;
  const signature = createHmac('sha256', Buffer.from(accessKey, 'base64')).update(signed).digest('base64');
  const response = await fetch(acs + path, {
    method: 'PUT',
    body,
    headers: {
      'content-type': 'application/json',
      'x-ms-date': date,
      'x-ms-content-sha256': hash,
      authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
    },
  });
  assert.equal(response.status, 201);
}
