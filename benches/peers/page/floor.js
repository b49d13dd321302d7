// The requests of the protocol and nothing else: no library, no discovery, and no check of what comes back, so it is
// not an example to follow. The page `floor` opens each connection when it needs it. The page `early` also prepares the
// exchange in the meantime.
import { config, exchange, showToken } from './job.js';

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const token = async (parameters) => {
  const body = new URLSearchParams({ client_id: config.clientId, ...parameters });
  return (await fetch(`${config.authority}/oauth2/v2.0/token`, { method: 'POST', body })).json();
};

async function signIn() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  sessionStorage.setItem('verifier', verifier);
  location.href = `${config.authority}/oauth2/v2.0/authorize?${new URLSearchParams({
    client_id: config.clientId,
    response_type: 'code',
    response_mode: 'fragment',
    redirect_uri: config.redirectUri,
    scope: ['openid', 'offline_access', ...config.acs].join(' '),
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })}`;
}

const code = new URLSearchParams(location.hash.slice(1)).get('code');
const button = document.querySelector('button');
button.addEventListener('click', signIn);
if (code) {
  button.hidden = true;
  // The exchange service refuses this one. It opens the connection, and the browser keeps the preflight's response.
  if (EARLY) exchange('', '').catch(() => {});
  const entra = await token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: config.redirectUri,
    code_verifier: sessionStorage.getItem('verifier'),
  });
  const caller = await token({ grant_type: 'refresh_token', refresh_token: entra.refresh_token, scope: config.api });
  showToken(await exchange(entra.access_token, caller.access_token));
}
