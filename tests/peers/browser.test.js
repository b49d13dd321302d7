// msal-browser in Chromium, driven over WebDriver: an ordinary single-page application of somebody else's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { alice, apiScope, entra, teamsScopes } from "./sign-in.js";

const script = readFileSync(join(import.meta.dirname, "node_modules/@azure/msal-browser/lib/msal-browser.min.js"));
const LIMIT = 20_000;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
let server, driver, session, page;

before(async () => {
  server = createServer((request, response) => {
    const isScript = request.url === "/msal.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : '<!doctype html><title>page</title><script src="/msal.js"></script>');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  page = `http://localhost:${server.address().port}/`;

  driver = spawn(process.env.CHROMEDRIVER ?? "chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
  driver.on("error", (error) => assert.fail(`the driver of Chromium does not start: ${error.message}`));
  for await (const line of createInterface({ input: driver.stdout })) {
    const port = /started successfully on port (\d+)/.exec(line)?.[1];
    if (port) {
      session = `http://127.0.0.1:${port}/session`;
      break;
    }
  }
  // A driver reads no NODE_EXTRA_CA_CERTS, so the browser is told to take any certificate.
  const options = { args: ["--headless=new", "--no-sandbox", "--disable-gpu"], binary: process.env.CHROMIUM };
  const capabilities = { alwaysMatch: { acceptInsecureCerts: true, "goog:chromeOptions": options } };
  session += `/${(await command("POST", "", { capabilities })).sessionId}`;
  await command("POST", "/timeouts", { script: LIMIT });
});

after(async () => {
  if (session) await command("DELETE", "").catch(() => {});
  driver?.kill();
  server?.close();
});

test("msal-browser signs in, renews and signs out", async () => {
  await command("POST", "/url", { url: page });
  await leave(`app.loginRedirect({ scopes: ${JSON.stringify(teamsScopes)} })`);
  const button = await found(`//li[contains(., "${alice}")]//button`);
  await command("POST", `/element/${button}/click`, {});
  await backAtThePage();

  const signedIn = await inPage("return { account: answer.account.username, token: answer.accessToken };");
  assert.equal(signedIn.account, alice);
  const silent = (request) =>
    inPage(`const account = app.getAllAccounts()[0];
      const answer = await app.acquireTokenSilent({ account, ...${JSON.stringify(request)} });
      return { token: answer.accessToken, fromCache: answer.fromCache };`);
  const renewed = await silent({ scopes: teamsScopes, forceRefresh: true });
  assert.equal(renewed.fromCache, false);
  assert.notEqual(renewed.token, signedIn.token);
  assert.ok((await silent({ scopes: [apiScope] })).token);

  await leave("app.logoutRedirect({ account: app.getAllAccounts()[0] })");
  await backAtThePage();
  assert.equal(await inPage("return app.getAllAccounts().length;"), 0);
  await leave(`app.loginRedirect({ scopes: ${JSON.stringify(teamsScopes)}, prompt: "none" })`);
  await backAtThePage();
  assert.equal(await inPage("return answer.errorCode;"), "login_required");
});

/** Runs the body of a function in the page, with an application that has read what came back to it. */
async function inPage(body) {
  const config = {
    auth: {
      clientId: "acc00000-0000-4000-8000-000000000010",
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
        window.answer = await app.handleRedirectPromise().catch(({ errorCode }) => ({ errorCode }));
      }
      ${body}
    })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
  const { value, error } = await command("POST", "/execute/async", { script: source, args: [] });
  assert.equal(error, undefined);
  return value;
}

/** Does what leads away from the page, once the driver has its answer: a page that is gone answers nothing. */
function leave(action) {
  return inPage(`setTimeout(() => ${action}); return true;`);
}

async function found(xpath) {
  const elements = await eventually(async () => {
    const elements = await command("POST", "/elements", { using: "xpath", value: xpath });
    return elements.length > 0 && elements;
  }, xpath);
  return elements[0][ELEMENT];
}

/** Waits for a document of the page that is not the one which left: that one has an application. */
async function backAtThePage() {
  const script = "return Boolean(window.msal) && !window.app";
  await eventually(() => command("POST", "/execute/sync", { script, args: [] }), page);
}

async function eventually(condition, what) {
  const deadline = Date.now() + LIMIT;
  while (Date.now() < deadline) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`still waiting for ${what} at ${await command("GET", "/url")}`);
}

/** One command of WebDriver. */
async function command(method, path, body) {
  const answer = await fetch(session + path, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(2 * LIMIT) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}
