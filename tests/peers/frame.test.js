// msal-browser in the frame of another site, as its documentation has it: a window, and a page that hands the answer back.
// It is why this project has a window flow of its own. Should a later msal-browser succeed here, this test is glad to fail.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Chromium } from "./chromium.js";
import { alice, entra, teamsScopes } from "./sign-in.js";

const lib = join(import.meta.dirname, "node_modules/@azure/msal-browser/lib");
const browser = new Chromium();
let server, app, portal;

before(async () => {
  server = createServer(({ url, headers }, response) => {
    const [type, body] = files(headers.host)[url] ?? ["text/plain", ""];
    response.setHeader("content-type", type);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Two sites to a browser.
  [app, portal] = ["app", "portal"].map((name) => `http://${name}.localhost:${server.address().port}`);
  await browser.start();
});

after(async () => {
  await browser.end();
  server?.close();
});

test("at top level msal-browser signs in by a window", async () => {
  await browser.open(`${app}/`);
  assert.equal(await signIn(), alice);
});

test("in the frame of another site it does not hear of its window again", async () => {
  await browser.open(`${portal}/`);
  await browser.enterFrame("//iframe");
  assert.equal(await signIn(), "timed_out");
});

/** One click in the page, one in the window; what becomes of it. */
async function signIn() {
  await browser.click("//button");
  const page = await browser.enterOtherWindow();
  await browser.click(`//li[contains(., "${alice}")]//button`);
  await browser.enterWindow(page);
  if (await isFramed()) await browser.enterFrame("//iframe");
  const outcome = await browser.eventually(() => browser.script("return document.body.dataset.outcome"), "an outcome");
  await browser.eventually(async () => (await browser.command("GET", "/window/handles")).length === 1, "the window's end");
  return outcome;
}

async function isFramed() {
  return (await browser.command("GET", "/url")).startsWith(portal);
}

function files(host) {
  const html = (body) => ["text/html", `<!doctype html><link rel="icon" href="data:,">${body}`];
  const script = (file) => ["text/javascript", readFileSync(join(lib, file))];
  if (host.startsWith("portal.")) return { "/": html(`<body><iframe src="${app}/" width="400" height="200"></iframe>`) };
  return {
    "/": html('<body><script src="/msal.js"></script><script src="/app.js"></script>'),
    "/app.js": ["text/javascript", application()],
    "/msal.js": script("msal-browser.min.js"),
    "/return.html": html('<body><script src="/bridge.js"></script><script>msalRedirectBridge.broadcastResponseToMainFrame()</script>'),
    "/bridge.js": script("redirect-bridge/msal-redirect-bridge.min.js"),
  };
}

function application() {
  const config = {
    auth: {
      clientId: "acc00000-0000-4000-8000-000000000010",
      authority: `${entra}/organizations`,
      knownAuthorities: [new URL(entra).host],
      redirectUri: `${app}/return.html`,
    },
    // Its own limit, shortened: a minute by default.
    system: { popupBridgeTimeout: 8_000 },
  };
  return `
    (async () => {
      const app = new msal.PublicClientApplication(${JSON.stringify(config)});
      await app.initialize();
      const button = document.createElement("button");
      button.textContent = "Sign in";
      button.onclick = () => app.loginPopup({ scopes: ${JSON.stringify(teamsScopes)}, prompt: "select_account" }).then(
        ({ account }) => { document.body.dataset.outcome = account.username; },
        ({ errorCode, message }) => { document.body.dataset.outcome = errorCode ?? message; },
      );
      document.body.append(button);
    })();`;
}
