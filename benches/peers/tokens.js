// Signs Alice in at the emulator. Prints a caller token (B) and the requested number of Entra tokens for ACS (A1): the
// service may answer two concurrent requests with the same A1 as one.
import { createHash, randomBytes } from 'node:crypto';

const { ENTRA_URL: entra, TENANT: tenant, CLIENT_ID: client, COUNT: count } = process.env;
const page = 'http://localhost:8080';
const api = 'api://e8c00000-0000-4000-8000-000000000020/access_as_user';
const calls = 'https://auth.msft.communication.azure.com/Teams.ManageCalls';
const chats = 'https://auth.msft.communication.azure.com/Teams.ManageChats';

const verifier = randomBytes(32).toString('base64url');
const start = new URL(`${entra}/${tenant}/oauth2/v2.0/authorize`);
start.search = new URLSearchParams({
  client_id: client,
  response_type: 'code',
  redirect_uri: `${page}/`,
  response_mode: 'form_post',
  scope: `openid offline_access ${calls} ${chats}`,
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
  state: 's',
  nonce: 'n',
}).toString();
const signIn = await (await fetch(start)).text();
const row = signIn.split('<li>').find((row) => row.includes('alice@fabrikam.example'));
const action = new URL(/action="([^"]+)"/.exec(signIn)[1].replaceAll('&amp;', '&'), start);
const account = /value="([^"]+)"/.exec(row)[1];
const answer = await (await fetch(action, { method: 'POST', body: new URLSearchParams({ account }) })).text();
const code = /name="code" value="([^"]*)"/.exec(answer)[1];

let { refresh_token: refresh } = await token({
  grant_type: 'authorization_code',
  code,
  redirect_uri: `${page}/`,
  code_verifier: verifier,
  scope: `offline_access ${calls} ${chats}`,
});
const caller = await token({ grant_type: 'refresh_token', refresh_token: refresh, scope: api });
refresh = caller.refresh_token ?? refresh;
const entraTokens = [];
while (entraTokens.length < Number(count)) {
  const renewed = await token({
    grant_type: 'refresh_token',
    refresh_token: refresh,
    scope: `offline_access ${calls} ${chats}`,
  });
  refresh = renewed.refresh_token ?? refresh;
  entraTokens.push(renewed.access_token);
}
// For the exchange of Entra ID users, which ACS makes without a backend: to measure a request to ACS alone.
const direct = await token({
  grant_type: 'refresh_token',
  refresh_token: refresh,
  scope: 'https://communication.azure.com/clients/VoIP',
});
console.log(JSON.stringify({ caller: caller.access_token, entra: entraTokens, direct: direct.access_token }));

async function token(fields) {
  const response = await fetch(`${entra}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { origin: page },
    body: new URLSearchParams({ client_id: client, ...fields }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
