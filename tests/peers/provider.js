// An OpenID Connect provider of another maker, configured like Entra: its issuer, claims and scopes. For a page at the
// address in the first argument. It prints the address at which it listens.
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const page = process.argv[2];
const tenant = 'fab00000-0000-4000-8000-000000000001';
const path = `/${tenant}/v2.0`;
const acs = 'https://auth.msft.communication.azure.com';

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const origin = `http://localhost:${port}`;

const provider = new Provider(origin + path, {
  clients: [
    {
      client_id: 'acc00000-0000-4000-8000-000000000011',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [page],
      post_logout_redirect_uris: [page],
    },
  ],
  clientBasedCORS: () => true,
  // Each is valid for one use. A second use ends the whole sign-in (RFC 9700 section 4.14.2).
  rotateRefreshToken: true,
  scopes: [
    'openid',
    'profile',
    'offline_access',
    `${acs}/Teams.ManageCalls`,
    `${acs}/Teams.ManageChats`,
    'api://e8c00000-0000-4000-8000-000000000020/access_as_user',
  ],
  claims: { openid: ['sub', 'oid', 'tid', 'ver'], profile: ['name', 'preferred_username'] },
  // Entra always puts the claims of scopes into the ID token.
  conformIdTokenClaims: false,
  // Like Entra, issues a refresh token without `prompt=consent`.
  issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      oid: 'a11ce000-0000-4000-8000-000000000001',
      tid: tenant,
      ver: '2.0',
      name: 'Alice Arden',
      preferred_username: id,
    }),
  }),
});

const handle = provider.callback();
server.on('request', (/** @type {any} */ request, response) => {
  if (!request.url.startsWith(path)) return response.writeHead(404).end();
  // As Express mounts an application: the provider reads both values to find its own path.
  request.originalUrl = request.url;
  request.url = request.url.slice(path.length) || '/';
  handle(request, response);
});
console.log(`listening ${origin}`);
