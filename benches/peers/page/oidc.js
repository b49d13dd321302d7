// oidc-client-ts, which knows nothing of Entra.
import { UserManager } from 'oidc-client-ts';
import { config, exchange, showButton, showToken } from './job.js';

const users = new UserManager({
  authority: `${config.authority}/v2.0`,
  client_id: config.clientId,
  redirect_uri: config.redirectUri,
  scope: ['openid', 'profile', 'offline_access', ...config.acs].join(' '),
  automaticSilentRenew: false,
});
if (new URLSearchParams(location.search).has('code')) {
  const { access_token } = await users.signinRedirectCallback();
  history.replaceState(null, '', location.pathname);
  // Its refresh token is for every API of the tenant.
  const caller = await users.signinSilent({ extraTokenParams: { scope: config.api } });
  showToken(await exchange(access_token, caller.access_token));
} else {
  showButton(() => users.signinRedirect());
}
