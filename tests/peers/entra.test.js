import assert from "node:assert/strict";
import { test } from "node:test";
import { InteractionRequiredAuthError, ServerError } from "@azure/msal-node";
import { alice, apiScope, desktopProgram, fabrikam, signIn, teamsScopes } from "./sign-in.js";

test("msal-node signs Alice in with PKCE", async () => {
  const result = await signIn(desktopProgram(), alice, teamsScopes);
  assert.equal(result.account.username, alice);
  assert.equal(result.account.tenantId, fabrikam);
  assert.equal(result.uniqueId, result.idTokenClaims.oid);
  assert.deepEqual(result.scopes.filter((scope) => scope.startsWith("https:")), teamsScopes);
});

test("msal-node renews with the refresh token, for another resource too", async () => {
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

test("msal-node sees that conditional access wants Ivan himself", async () => {
  const refused = signIn(desktopProgram(), "ivan@fabrikam.example", teamsScopes);
  await assert.rejects(refused, (error) => error instanceof InteractionRequiredAuthError && error.claims.includes("capolids"));
});

test("msal-node is told that Frank may not", async () => {
  const refused = signIn(desktopProgram(), "frank@fabrikam.example", teamsScopes);
  await assert.rejects(refused, (error) => error instanceof ServerError && error.errorMessage.includes("AADSTS50105"));
});

test("a single-page application's code is not for msal-node", async () => {
  const program = desktopProgram("acc00000-0000-4000-8000-000000000010");
  const refused = program.acquireTokenByCode({ code: "any", scopes: teamsScopes, redirectUri: "http://localhost:8080/" });
  await assert.rejects(refused, /AADSTS9002327/);
});
