// msal-browser without a framework, as in Microsoft's quickstart for single-page applications.
import { PublicClientApplication } from '@azure/msal-browser';
import { config, exchange, showButton, showToken } from './job.js';

const app = new PublicClientApplication({
  auth: {
    clientId: config.clientId,
    authority: config.authority,
    knownAuthorities: [new URL(config.authority).host],
    redirectUri: config.redirectUri,
  },
  cache: { cacheLocation: 'sessionStorage' },
});
await app.initialize();
const response = await app.handleRedirectPromise();
if (response) {
  const caller = await app.acquireTokenSilent({ account: response.account, scopes: [config.api] });
  showToken(await exchange(response.accessToken, caller.accessToken));
} else {
  showButton(() => app.loginRedirect({ scopes: config.acs }));
}
