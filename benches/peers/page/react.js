// React with msal-react, as in Microsoft's sample for React.
import { PublicClientApplication } from '@azure/msal-browser';
import { AuthenticatedTemplate, MsalProvider, UnauthenticatedTemplate, useMsal } from '@azure/msal-react';
import { createElement, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { config, exchange } from './job.js';

const app = new PublicClientApplication({
  auth: {
    clientId: config.clientId,
    authority: config.authority,
    knownAuthorities: [new URL(config.authority).host],
    redirectUri: config.redirectUri,
  },
  cache: { cacheLocation: 'sessionStorage' },
});

function SignIn() {
  const { instance } = useMsal();
  const onClick = () => instance.loginRedirect({ scopes: config.acs });
  return createElement('button', { type: 'button', onClick }, 'Sign in');
}

function Token() {
  const { instance, accounts } = useMsal();
  const [token, setToken] = useState(null);
  const account = accounts[0];
  useEffect(() => {
    // The first token is in the cache, because the sign-in requested it.
    const get = async () => {
      const entra = await instance.acquireTokenSilent({ account, scopes: config.acs });
      const caller = await instance.acquireTokenSilent({ account, scopes: [config.api] });
      setToken(await exchange(entra.accessToken, caller.accessToken));
    };
    get();
  }, [instance, account]);
  return token && createElement('output', { id: 'token' }, token);
}

await app.initialize();
const page = [
  createElement(AuthenticatedTemplate, { key: 'token' }, createElement(Token)),
  createElement(UnauthenticatedTemplate, { key: 'button' }, createElement(SignIn)),
];
createRoot(document.body.appendChild(document.createElement('main'))).render(
  createElement(MsalProvider, { instance: app }, page),
);
