//! Microsoft's msal-browser instead of the page, as documented: a window, and a page that returns the response. It has
//! the same portal and the same clicks, and shows why this project has its own window flow.

use super::*;
use cross_tests::Entra;

const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/node_modules/@azure/msal-browser/lib");

/// An application with msal-browser, at top level and in a portal of another site.
struct Msal {
    app: Portal,
    portal: Portal,
    browser: Browser,
    _entra: Entra,
}

impl Msal {
    async fn start(coop: bool) -> Self {
        let (app, portal) = (Portal::named("app").await, Portal::start().await);
        let (entra, browser) = (Entra::start(coop).await, Browser::start_trusting().await);
        let file = |name: &str| {
            fs::read_to_string(Path::new(PEERS).join(name))
                .unwrap_or_else(|error| panic!("{name}: {error}; `cargo xtask test` installs it"))
        };
        // An icon in the document, so that the browser requests none.
        let html = |body: String| format!("<!doctype html><link rel=icon href='data:,'><body>{body}");
        let script = |name: &str| format!("<script src=/{name}></script>");
        app.put("/", html(script("msal.js") + &*script("app.js")));
        app.put("/app.js", application(&app.origin, &entra.origin));
        app.put("/msal.js", file("msal-browser.min.js"));
        app.put("/return.html", html(script("bridge.js") + &*script("return.js")));
        app.put("/bridge.js", file("redirect-bridge/msal-redirect-bridge.min.js"));
        app.put("/return.js", "msalRedirectBridge.broadcastResponseToMainFrame()");
        portal.put("/", html(format!("<iframe src='{}/'></iframe>", app.origin)));
        Self { app, portal, browser, _entra: entra }
    }

    /// Signs in with one click in the page and one in the window. Returns the outcome.
    async fn sign_in(&self, framed: bool) -> String {
        let browser = &self.browser;
        browser.open(if framed { &self.portal.origin } else { &self.app.origin }).await;
        let enter = async || {
            if framed {
                browser.enter_frame("iframe").await;
            }
        };
        enter().await;
        browser.click("Sign in").await;
        let page = browser.enter_other_window().await;
        browser.click(ALICE).await;
        browser.enter_window(&page).await;
        enter().await;
        let outcome =
            async || browser.script("return document.body.dataset.outcome ?? null").await.as_str().map(str::to_owned);
        browser.until("an outcome", outcome).await
    }
}

fn application(app: &str, entra: &str) -> String {
    let config = json!({
        "auth": {
            "clientId": cross_tests::CONTOSO_PAGE,
            "authority": format!("{entra}/organizations"),
            "knownAuthorities": [entra.trim_start_matches("https://")],
            "redirectUri": format!("{app}/return.html"),
        },
        // The timeout of msal-browser, which is a minute by default.
        "system": { "popupBridgeTimeout": 8_000 },
    });
    let scope = "https://auth.msft.communication.azure.com/Teams.ManageCalls";
    let request = json!({ "scopes": [scope], "prompt": "select_account" });
    format!(
        "(async () => {{
             const app = new msal.PublicClientApplication({config});
             await app.initialize();
             const button = document.createElement('button');
             button.textContent = 'Sign in';
             const report = (outcome) => {{ document.body.dataset.outcome = outcome }};
             button.onclick = () => app.loginPopup({request}).then(
                 ({{ account }}) => report(account.username),
                 ({{ errorCode, message }}) => report(errorCode ?? message),
             );
             document.body.append(button);
         }})();"
    )
}

#[tokio::test]
async fn msal_browser_signs_in_at_top_level_and_not_in_the_frame_of_another_site() {
    for coop in [true, false] {
        let it = Msal::start(coop).await;
        let entra = if coop { "-coop" } else { "" };
        // The control: it works at top level.
        assert_eq!(it.sign_in(false).await, "alice@fabrikam.example");
        found(&it.browser, &format!("msal-top{entra}"), "works");
        let outcome = it.sign_in(true).await;
        found(&it.browser, &format!("msal{entra}"), &format!("`{outcome}`"));
        assert_eq!(outcome, "timed_out");
    }
}
