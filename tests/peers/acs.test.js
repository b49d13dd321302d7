import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CommunicationIdentityClient } from '@azure/communication-identity';
import { accessKey, acs, alice, desktopClient, desktopProgram, entra, signIn, teamsScopes } from './sign-in.js';

const client = new CommunicationIdentityClient(`endpoint=${acs}/;accesskey=${accessKey}`);
let person;

before(async () => {
  person = await signIn(desktopProgram(), alice, teamsScopes);
});

const exchange = (changes = {}, by = client) =>
  by.getTokenForTeamsUser({
    teamsUserAadToken: person.accessToken,
    clientId: desktopClient,
    userObjectId: person.uniqueId,
    ...changes,
  });

/** Whether ACS rejected a request with this status and this code. */
const refusal = (statusCode, code) => (error) => error.statusCode === statusCode && error.code === code;

test("communication-identity exchanges a Teams user's token for one of the same end", async () => {
  const { token, expiresOn } = await exchange();
  assert.equal(token.split('.').length, 3);
  assert.ok(Math.abs(expiresOn - person.expiresOn) < 2000, `${expiresOn} and ${person.expiresOn}`);
});

test('communication-identity is refused with a wrong key', async () => {
  const stranger = new CommunicationIdentityClient(`endpoint=${acs}/;accesskey=${btoa('another key')}`);
  await assert.rejects(exchange({}, stranger), refusal(401, 'Denied'));
  await assert.rejects(stranger.createUser(), refusal(401, 'Denied'));
});

test('communication-identity gets the reason why an exchange is rejected', async () => {
  await assert.rejects(exchange({ teamsUserAadToken: 'nonsense' }), refusal(401, 'InvalidAccessToken'));
  await assert.rejects(exchange({ clientId: 'acc00000-0000-4000-8000-000000000010' }), refusal(400, 'ValidationError'));
  await assert.rejects(
    exchange({ userObjectId: 'acc00000-0000-4000-8000-000000000010' }),
    refusal(400, 'ValidationError'),
  );
});

test('communication-identity makes, serves, revokes and deletes identities', async () => {
  const user = await client.createUser();
  assert.match(user.communicationUserId, /^8:acs:/);
  const { token, expiresOn } = await client.getToken(user, ['chat', 'voip'], { tokenExpiresInMinutes: 60 });
  assert.ok(token && expiresOn > new Date());
  await client.revokeTokens(user);
  await client.deleteUser(user);
  await assert.rejects(client.getToken(user, ['chat']), refusal(404, 'NotFound'));

  const { user: other, token: theirs } = await client.createUserAndToken(['voip']);
  assert.ok(other.communicationUserId && theirs);
});

test("communication-identity needs no key with a backend's secret", async () => {
  const credential = {
    async getToken(scopes) {
      const form = { grant_type: 'client_credentials', client_id: 'acc00000-0000-4000-8000-000000000014' };
      const body = new URLSearchParams({ ...form, client_secret: 'azure-emulator-secret', scope: [scopes].flat()[0] });
      const response = await fetch(`${entra}/contoso.example/oauth2/v2.0/token`, { method: 'POST', body });
      const { access_token: token, expires_in: seconds } = await response.json();
      return { token, expiresOnTimestamp: Date.now() + 1000 * seconds };
    },
  };
  assert.match((await new CommunicationIdentityClient(acs, credential).createUser()).communicationUserId, /^8:acs:/);
});

test('communication-identity needs no key with a managed identity', async () => {
  const identity = {
    async getToken(scopes) {
      const resource = [scopes].flat()[0].replace(/\/\.default$/, '');
      const query = new URLSearchParams({ 'api-version': '2019-08-01', resource });
      const response = await fetch(`${entra}/msi/token?${query}`, {
        headers: { 'x-identity-header': 'azure-emulator' },
      });
      const { access_token: token, expires_on: expiresOn } = await response.json();
      return { token, expiresOnTimestamp: 1000 * expiresOn };
    },
  };
  const keyless = new CommunicationIdentityClient(acs, identity);
  assert.match((await keyless.createUser()).communicationUserId, /^8:acs:/);
  assert.ok((await exchange({}, keyless)).token);
});

test('communication-identity retries when ACS is throttled, unavailable or closes the connection', async () => {
  for (const fault of ['throttled_seconds', 'throttled_date', 'unavailable', 'dropped']) {
    let attempts = 0;
    const failOnce = {
      name: 'failOnce',
      sendRequest(request, next) {
        attempts += 1;
        if (attempts === 1) request.headers.set('x-emulator-fault', `exchange=${fault}`);
        else request.headers.delete('x-emulator-fault');
        return next(request);
      },
    };
    const additionalPolicies = [{ policy: failOnce, position: 'perRetry' }];
    const patient = new CommunicationIdentityClient(`endpoint=${acs}/;accesskey=${accessKey}`, { additionalPolicies });
    assert.ok((await exchange({}, patient)).token, fault);
    assert.equal(attempts, 2, fault);
  }
});

test('communication-identity is refused tokens without scopes and of a forbidden lifetime', async () => {
  const user = await client.createUser();
  await assert.rejects(client.getToken(user, []), refusal(400, 'ValidationError'));
  await assert.rejects(client.getToken(user, ['chat'], { tokenExpiresInMinutes: 59 }), refusal(400, 'ValidationError'));
});
