//! Whether hostile script in the page reaches another origin: not with the headers of the page's host, except the
//! addresses that SECURITY.md lists.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cross_tests::{Browser, CONTOSO_PAGE, FABRIKAM_PAGE, Host, Portal, Replacement, Site};
use page_host::{Addresses, Authority};
use reqwest::Url;
use tempfile::TempDir;
use tokio::{net::UdpSocket, task::JoinSet};

use crate::policy::serve_with;

const SCRIPT: &str = include_str!("other_origins.js");

/// Other documents of the page's origin, one for each kind of path. Script can open them and act in them.
const OTHERS: [&str; 5] = ["/window.html", "/return.html", "/config.json", "/embed/acs-sign-in.js", "/no-such-file"];

/// Attempts that only `Connection-Allowlist` stops.
const NAVIGATIONS: [&str; 11] = [
    "anchor",
    "anchorInWindow",
    "download",
    "emptyWindow",
    "linkInEmptyWindow",
    "location",
    "open",
    "openNamed",
    "openWithoutOpener",
    "refresh",
    "replace",
];

/// The attempts that run together as `requests`. The Content Security Policy stops them, too.
const REQUESTS: [&str; 14] = [
    "beacon",
    "events",
    "fetch",
    "frame",
    "frameOfText",
    "image",
    "import",
    "keepalive",
    "ping",
    "prefetch",
    "preload",
    "socket",
    "style",
    "xhr",
];

/// A page with the script, and the servers that it tries to reach.
struct Attack {
    browser: Browser,
    address: String,
    site: Site,
    stranger: Portal,
    authority: Portal,
    mailbox: Portal,
    udp_port: u16,
    /// Whether a packet of WebRTC arrived at the UDP port.
    received: Arc<AtomicBool>,
    _files: TempDir,
    _servers: JoinSet<()>,
}

/// The end of an attempt.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The server has a request.
    Reached,
    /// The browser shows its error page in the place of the server's.
    Blocked,
    /// The page noticed a refusal.
    Refused,
}

impl Attack {
    async fn start(host: Host) -> Self {
        let [stranger, authority, mailbox] =
            [Portal::named("stranger").await, Portal::named("authority").await, Portal::named("mailbox").await];
        let addresses = Addresses {
            authorities: vec![Authority {
                address: format!("{}/organizations/", authority.origin),
                client_id: CONTOSO_PAGE.to_owned(),
                is_entra: true,
            }],
            signs_in_by_redirect: true,
            mailbox: Some(format!("{}/mailbox", mailbox.origin)),
            links: vec![format!("{}/link", stranger.origin)],
            ..Addresses::default()
        };
        let document = "<!doctype html><link rel=icon href=icon.svg><script type=module src=boot.js></script><body>";
        let files = [
            ("index.html", document),
            ("boot.js", SCRIPT),
            ("window.html", "<!doctype html><body>"),
            ("return.html", "<!doctype html><body>"),
            ("vault/loader.js", "0"),
            ("config.json", "{}"),
        ];
        let (_files, site, address) = serve_with(addresses, host, &files).await;

        let received = Arc::<AtomicBool>::default();
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let udp_port = udp.local_addr().unwrap().port();
        let mut servers = JoinSet::new();
        let flag = received.clone();
        servers.spawn(async move {
            let mut packet = [0; 2048];
            loop {
                let length = udp.recv(&mut packet).await.unwrap();
                if packet[..length].windows(9).any(|word| word == b"TAKENAWAY") {
                    flag.store(true, Ordering::Relaxed);
                }
            }
        });
        let browser = Browser::start().await;
        Self { browser, address, site, stranger, authority, mailbox, udp_port, received, _files, _servers: servers }
    }

    /// Runs an attempt in the present tab, with a click.
    async fn click(&self, attempt: &str, to: &str) {
        let udp = self.udp_port.to_string();
        let query = [("attempt", attempt), ("to", to), ("udp", &udp)];
        let address = Url::parse_with_params(&self.address, query).unwrap();
        self.browser.open(address.as_str()).await;
        self.browser.click("Attack").await;
    }

    /// Runs an attempt in a tab of its own, and closes all its windows.
    async fn outcome(&self, attempt: &str, server: &Portal, path: &str) -> Outcome {
        let browser = &self.browser;
        let first = browser.window().await;
        let before = browser.windows().await;
        let tab = browser.new_tab().await;
        browser.enter_window(&tab).await;
        self.click(attempt, &format!("{}{path}", server.origin)).await;
        let end = async || {
            if server.requests().iter().any(|request| request.contains(path)) {
                return Some(Outcome::Reached);
            }
            for window in browser.windows().await.into_iter().filter(|window| !before.contains(window)) {
                browser.enter_window(&window).await;
                let state = browser.script("return `${location.protocol} ${document.title}`").await;
                match state.as_str().unwrap_or_default().split_once(' ') {
                    Some(("chrome-error:", _)) => return Some(Outcome::Blocked),
                    Some((_, "refused")) => return Some(Outcome::Refused),
                    _ => {}
                }
            }
            None
        };
        let outcome = browser.until(&format!("the end of {attempt}"), end).await;
        for window in browser.windows().await.into_iter().filter(|window| !before.contains(window)) {
            browser.enter_window(&window).await;
            browser.driver.close_window().await.unwrap();
        }
        browser.enter_window(&first).await;
        outcome
    }

    /// The same for an attempt to reach the stranger.
    async fn reaches_stranger(&self, attempt: &str) -> Outcome {
        self.outcome(attempt, &self.stranger, &format!("/{}", attempt.replace([' ', '/'], "-"))).await
    }

    /// Runs the attempts that leave the document as it is. Their tabs stay open.
    async fn start_requests(&self) {
        for attempt in ["requests", "webRtc"] {
            let tab = self.browser.new_tab().await;
            self.browser.enter_window(&tab).await;
            self.click(attempt, &format!("{}/requests", self.stranger.origin)).await;
            let title = async || self.browser.script("return document.title || null").await.as_str().map(drop);
            self.browser.until(attempt, title).await;
        }
    }

    fn has_request(&self, name: &str) -> bool {
        self.stranger.requests().iter().any(|request| request.contains(&format!("/requests/{name}")))
    }

    async fn wait_for_reached(&self, what: &str, is_reached: impl Fn() -> bool) {
        self.browser.until(what, async || is_reached().then_some(())).await;
    }
}

#[tokio::test]
async fn script_reaches_no_other_origin() {
    // SEC-142
    let attack = Attack::start(Host::Proper).await;
    attack.start_requests().await;
    for attempt in NAVIGATIONS {
        assert_eq!(attack.reaches_stranger(attempt).await, Outcome::Blocked, "{attempt}");
    }
    for path in OTHERS {
        assert_eq!(attack.reaches_stranger(&format!("linkBy {path}")).await, Outcome::Blocked, "{path}");
        assert_eq!(attack.reaches_stranger(&format!("fetchBy {path}")).await, Outcome::Refused, "{path}");
    }
    for attempt in ["fetchInEmptyWindow", "form"] {
        assert_eq!(attack.reaches_stranger(attempt).await, Outcome::Refused, "{attempt}");
    }
    // The first attempts had the time of all others.
    assert_eq!(attack.stranger.requests(), [""; 0]);
    assert!(!attack.received.load(Ordering::Relaxed), "a packet of WebRTC arrived");
}

#[tokio::test]
async fn script_navigates_anywhere_without_the_connection_allowlist() {
    // The control: the Content Security Policy alone does not stop these attempts.
    let attack = Attack::start(Host::WithoutConnectionAllowlist).await;
    attack.start_requests().await;
    for attempt in NAVIGATIONS {
        assert_eq!(attack.reaches_stranger(attempt).await, Outcome::Reached, "{attempt}");
    }
    for path in OTHERS {
        assert_eq!(attack.reaches_stranger(&format!("linkBy {path}")).await, Outcome::Reached, "{path}");
    }
    attack.wait_for_reached("a packet of WebRTC", || attack.received.load(Ordering::Relaxed)).await;
    assert!(!REQUESTS.iter().any(|name| attack.has_request(name)), "{:?}", attack.stranger.requests());
}

#[tokio::test]
async fn script_sends_requests_anywhere_without_the_policies() {
    // The control: without both headers, all other attempts succeed.
    let attack = Attack::start(Host::WithoutPolicies).await;
    attack.start_requests().await;
    for name in REQUESTS {
        attack.wait_for_reached(name, || attack.has_request(name)).await;
    }
    for attempt in
        ["fetchInEmptyWindow", "form", "fetchBy /window.html", "fetchBy /no-such-file", "fetchBy /vault/loader.js"]
    {
        assert_eq!(attack.reaches_stranger(attempt).await, Outcome::Reached, "{attempt}");
    }
}

#[tokio::test]
async fn script_reaches_only_the_addresses_that_security_md_lists() {
    // SEC-142
    let attack = Attack::start(Host::Proper).await;
    let authorize = |client: &str| format!("/organizations/oauth2/v2.0/authorize?client_id={client}&state=D");
    let (own, foreign) = (authorize(CONTOSO_PAGE), authorize(FABRIKAM_PAGE));

    // The authority, with the page's own application only: it redirects to each application that is registered there.
    assert_eq!(attack.outcome("location", &attack.authority, &own).await, Outcome::Reached);
    for attempt in ["location", "linkBy /window.html"] {
        assert_eq!(attack.outcome(attempt, &attack.authority, &foreign).await, Outcome::Blocked, "{attempt}");
    }

    // Nothing that only the vault may connect to: its files are no documents.
    let token = "/organizations/oauth2/v2.0/token";
    assert_eq!(attack.outcome("fetchBy /vault/loader.js", &attack.authority, token).await, Outcome::Refused);

    // The return mailbox, through the document that may connect to it.
    let mailbox = |path: &str| format!("/mailbox/{}", path.replace('/', "-"));
    let outcome = attack.outcome("fetchBy /return.html", &attack.mailbox, "/mailbox/return").await;
    assert_eq!(outcome, Outcome::Reached);
    for path in ["/window.html", "/no-such-file"] {
        let outcome = attack.outcome(&format!("fetchBy {path}"), &attack.mailbox, &mailbox(path)).await;
        assert_eq!(outcome, Outcome::Refused, "{path}");
    }

    // The links of the configuration, without a query and a fragment that script could write.
    assert_eq!(attack.outcome("location", &attack.stranger, "/link").await, Outcome::Reached);
    for path in ["/link?D", "/link#D", "/link/D"] {
        assert_eq!(attack.outcome("location", &attack.stranger, path).await, Outcome::Blocked, "{path}");
    }

    // Whatever a redirect on the page's own origin leads to.
    let away = format!("{}/redirected", attack.stranger.origin);
    attack.site.replace("/away", Replacement { status: 302, content_type: "text/plain", body: away.into_bytes() });
    attack.click("location", "/away").await;
    let redirected = || attack.stranger.requests().iter().any(|request| request.contains("/redirected"));
    attack.wait_for_reached("the redirect", redirected).await;
}
