// msal-browser in Chromium, driven over WebDriver: an ordinary single-page application of another maker.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chromium } from './chromium.js';
import { alice, apiScope, entra, teamsScopes } from './sign-in.js';

const script = readFileSync(join(import.meta.dirname, 'node_modules/@azure/msal-browser/lib/msal-browser.min.js'));
const browser = new Chromium();
let server, page;

before(async () => {
  server = createServer((request, response) => {
    const isScript = request.url === '/msal.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>page</title><script src="/msal.js"></script>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  page = `http://localhost:${port}/`;
  await browser.start();
});

after(async () => {
  await browser.end();
  server?.close();
});

test('msal-browser signs in, renews and signs out', async () => {
  await browser.open(page);
  await leave(`app.loginRedirect({ scopes: ${JSON.stringify(teamsScopes)} })`);
  await browser.click(`//li[contains(., "${alice}")]//button`);
  await backAtThePage();

  const signedIn = await inPage('return { account: response.account.username, token: response.accessToken };');
  assert.equal(signedIn.account, alice);
  const silent = (request) =>
    inPage(`const account = app.getAllAccounts()[0];
      const response = await app.acquireTokenSilent({ account, ...${JSON.stringify(request)} });
      return { token: response.accessToken, fromCache: response.fromCache };`);
  const renewed = await silent({ scopes: teamsScopes, forceRefresh: true });
  assert.equal(renewed.fromCache, false);
  assert.notEqual(renewed.token, signedIn.token);
  assert.ok((await silent({ scopes: [apiScope] })).token);

  await leave('app.logoutRedirect({ account: app.getAllAccounts()[0] })');
  await backAtThePage();
  assert.equal(await inPage('return app.getAllAccounts().length;'), 0);
  await leave(`app.loginRedirect({ scopes: ${JSON.stringify(teamsScopes)}, prompt: "none" })`);
  await backAtThePage();
  assert.equal(await inPage('return response.errorCode;'), 'login_required');
});

/** Runs the body of a function in the page, with an application that has read the response in its address. */
async function inPage(body) {
  const config = {
    auth: {
      clientId: 'acc00000-0000-4000-8000-000000000010',
      authority: `${entra}/organizations`,
      knownAuthorities: [new URL(entra).host],
      redirectUri: page,
      postLogoutRedirectUri: page,
    },
  };
  const source = `const done = arguments[0];
    (async () => {
      if (!window.app) {
        window.app = new msal.PublicClientApplication(${JSON.stringify(config)});
        await app.initialize();
        window.response = await app.handleRedirectPromise().catch(({ errorCode }) => ({ errorCode }));
      }
      ${body}
    })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
  const { value, error } = await browser.command('POST', '/execute/async', { script: source, args: [] });
  assert.equal(error, undefined);
  return value;
}

/** Runs an action that leaves the page, after the driver has its response: a page that is gone sends none. */
function leave(action) {
  return inPage(`setTimeout(() => ${action}); return true;`);
}

/** Waits for a new document of the page: the old one has an application. */
async function backAtThePage() {
  const script = 'return Boolean(window.msal) && !window.app';
  await browser.eventually(() => browser.script(script), page);
}
