import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfidentialClientApplication, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { alice, apiScope, desktopProgram, entra, fabrikam, signIn, teamsScopes } from './sign-in.js';

test('msal-node signs Alice in with PKCE', async () => {
  const result = await signIn(desktopProgram(), alice, teamsScopes);
  assert.equal(result.account.username, alice);
  assert.equal(result.account.tenantId, fabrikam);
  assert.equal(result.uniqueId, result.idTokenClaims.oid);
  assert.deepEqual(
    result.scopes.filter((scope) => scope.startsWith('https:')),
    teamsScopes,
  );
});

test('msal-node renews with the refresh token, for another resource too', async () => {
  const program = desktopProgram();
  const first = await signIn(program, alice, teamsScopes);
  const { account } = first;
  const cached = await program.acquireTokenSilent({ account, scopes: teamsScopes });
  assert.equal(cached.fromCache, true);
  const renewed = await program.acquireTokenSilent({ account, scopes: teamsScopes, forceRefresh: true });
  assert.equal(renewed.fromCache, false);
  assert.notEqual(renewed.accessToken, first.accessToken);
  const other = await program.acquireTokenSilent({ account, scopes: [apiScope] });
  assert.notEqual(other.accessToken, renewed.accessToken);
});

test('msal-node gets the claims challenge of conditional access for Ivan', async () => {
  const refused = signIn(desktopProgram(), 'ivan@fabrikam.example', teamsScopes);
  await assert.rejects(
    refused,
    (/** @type {any} */ error) => error instanceof InteractionRequiredAuthError && error.claims.includes('capolids'),
  );
});

test('msal-node gets the error code for Frank, who is not assigned', async () => {
  const refused = signIn(desktopProgram(), 'frank@fabrikam.example', teamsScopes);
  await assert.rejects(
    refused,
    (/** @type {any} */ error) => error instanceof ServerError && error.errorMessage.includes('AADSTS50105'),
  );
});

test("a single-page application's code is not for msal-node", async () => {
  const program = desktopProgram('acc00000-0000-4000-8000-000000000010');
  const refused = program.acquireTokenByCode({
    code: 'any',
    scopes: teamsScopes,
    redirectUri: 'http://localhost:8080/',
  });
  await assert.rejects(refused, /AADSTS9002327/);
});

/** The token of a backend with a secret. */
function backendToken(clientSecret) {
  const authority = `${entra}/contoso.example`;
  const backend = new ConfidentialClientApplication({
    auth: {
      clientId: 'acc00000-0000-4000-8000-000000000014',
      authority,
      clientSecret,
      knownAuthorities: [new URL(entra).host],
    },
  });
  return backend.acquireTokenByClientCredential({ scopes: ['https://communication.azure.com//.default'] });
}

test('msal-node gets a token for a backend with a secret, and none with another', async () => {
  assert.ok((await backendToken('azure-emulator-secret')).accessToken);
  await assert.rejects(backendToken('guessed'), /AADSTS7000215/);
});

test('msal-node gets a long-lived token where it understands challenges', async () => {
  const result = await signIn(desktopProgram(undefined, ['cp1']), alice, teamsScopes);
  assert.ok(result.expiresOn - Date.now() > 20 * 3600 * 1000, `${result.expiresOn}`);
});
