//! The effects of the session without a browser: requests with an `Origin`, the check of a signature, and the person at
//! Entra.

use std::collections::VecDeque;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use messages::{Opening, RedactedText, ViewState};
use sign_in::{
    http::{Failure, Method, Request, Response},
    pkce::Entropy,
    session::{Effect, Event, Outcome, Session},
};

use cross_tests::Backend;

/// The origin of the page. Nothing listens there, because these tests have no browser.
pub(crate) const ORIGIN: &str = "http://localhost:8080";
const PAGE: &str = "http://localhost:8080/";

/// A browser with one person.
pub(crate) struct Host<'a> {
    backend: &'a Backend,
    http: reqwest::Client,
    requests: Vec<String>,
    left: Option<(String, Option<String>)>,
    starts: u8,
}

impl<'a> Host<'a> {
    pub(crate) fn new(backend: &'a Backend) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .cookie_store(true)
            .build()
            .unwrap();
        Self { backend, http, requests: Vec::new(), left: None, starts: 0 }
    }

    /// The kinds of all requests since the page was loaded last.
    pub(crate) fn requests(&self) -> Vec<&str> {
        self.requests.iter().map(String::as_str).collect()
    }

    /// Opens the page and signs in with this account, which accepts a consent prompt. Returns the view state at the
    /// end.
    pub(crate) async fn sign_in(&mut self, account: &str) -> ViewState {
        self.sign_in_with_consent(account, "accept").await
    }

    /// Signs in with this account, and clicks `accept` or `cancel` at a consent prompt.
    pub(crate) async fn sign_in_with_consent(&mut self, account: &str, consent: &str) -> ViewState {
        let (fragment, transaction) = self.go_to_entra(account, consent).await;
        self.come_back(Some(fragment), Some(transaction)).await
    }

    /// Opens the page and signs in at Entra. Returns the fragment of the redirect, and the stored transaction.
    pub(crate) async fn go_to_entra(&mut self, account: &str, consent: &str) -> (String, String) {
        let session = self.load(None, None).await;
        self.starts += 1;
        let entropy = entropy(self.starts);
        let event = Event::SignIn { profile: None, choose_account: true, entropy };
        let (session, effects) = session.update(event, self.backend.now());
        self.run(session, effects).await;
        let (url, transaction) = self.left.take().expect("the page leaves");
        (self.at_entra(&url, account, consent).await, transaction.expect("with a transaction"))
    }

    /// Loads the page with a response and a transaction. Returns the view state at the end.
    pub(crate) async fn come_back(&mut self, response: Option<String>, transaction: Option<String>) -> ViewState {
        self.load(response, transaction).await.view_state()
    }

    /// Passes a tick to the session, and runs the effects.
    pub(crate) async fn tick(&mut self, session: Session) -> Session {
        let (session, effects) = session.update(Event::Tick, self.backend.now());
        self.run(session, effects).await
    }

    /// Loads the page with a response and a transaction, and runs the effects.
    pub(crate) async fn load(&mut self, response: Option<String>, transaction: Option<String>) -> Session {
        self.requests.clear();
        let opening = Opening {
            address: PAGE.to_owned(),
            response: response.map(RedactedText::new),
            transaction: transaction.map(RedactedText::new),
            ..Opening::default()
        };
        let (session, effects) = Session::begin(opening, entropy(0));
        self.run(session, effects).await
    }

    async fn run(&mut self, mut session: Session, effects: Vec<Effect>) -> Session {
        let mut queue: VecDeque<_> = effects.into_iter().map(|effect| (session.attempt(), effect)).collect();
        while let Some((attempt, effect)) = queue.pop_front() {
            let outcome = match effect {
                Effect::Send(kind, request) => {
                    self.requests.push(format!("{kind:?}"));
                    Outcome::Responded(kind, self.send(request).await)
                }
                Effect::VerifySignature { jwk, signing_input, signature } => {
                    Outcome::SignatureChecked(is_valid(&jwk, signing_input.expose(), &signature))
                }
                Effect::Leave { url, transaction } => {
                    self.left = Some((url, transaction.map(|text| text.expose().to_owned())));
                    continue;
                }
                Effect::RequestCallerToken => Outcome::CallerToken(None),
                // Effects of the page, which tests in a browser cover.
                Effect::Greet(_) | Effect::Remember(_) | Effect::Taken => continue,
            };
            let (next, effects) = session.update(Event::Done { attempt, outcome }, self.backend.now());
            session = next;
            queue.extend(effects.into_iter().map(|effect| (session.attempt(), effect)));
        }
        session
    }

    async fn send(&self, request: Request) -> Result<Response, Failure> {
        if request.url == "config.json" {
            return Ok(Response::plain(200, self.backend.config.clone()));
        }
        let mut builder = match request.method {
            Method::Delete => self.http.delete(&request.url),
            Method::Get => self.http.get(&request.url),
            Method::Post => self.http.post(&request.url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.expose());
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.expose().to_owned());
        }
        let response = builder.header("origin", ORIGIN).send().await.map_err(|_| Failure::Unreachable)?;
        let status = response.status().as_u16();
        let body = response.text().await.map_err(|_| Failure::Unreachable)?;
        Ok(Response::plain(status, body))
    }

    /// Chooses the account, and clicks at the consent prompt if there is one. Returns the fragment of the redirect.
    async fn at_entra(&self, url: &str, account: &str, consent: &str) -> String {
        let base = url.split('/').take(3).collect::<Vec<_>>().join("/");
        let mut page = self.http.get(url).send().await.unwrap().text().await.unwrap();
        loop {
            let action = format!("{base}{}", between(&page, "action=\"", "\"").replace("&amp;", "&"));
            let form = if page.contains("name=\"decision\"") {
                format!("decision={consent}")
            } else {
                let (before, _) = page.split_once(&format!("\">Sign in as {account}")).expect("the account is offered");
                let button = &before[before.rfind("<button").expect("the account has a button")..];
                format!("account={}", between(button, "value=\"", "\""))
            };
            let post = self.http.post(action).header("content-type", "application/x-www-form-urlencoded").body(form);
            let response = post.send().await.unwrap();
            if let Some(location) = response.headers().get("location") {
                let location = location.to_str().unwrap();
                return location.split_once('#').expect("the response is in the fragment").1.to_owned();
            }
            page = response.text().await.unwrap();
        }
    }
}

/// The randomness of a start, different for each.
fn entropy(start: u8) -> Entropy {
    let [verifier, state, nonce] = [1, 2, 3].map(|part| [start * 3 + part; 32]);
    Entropy { verifier, state, nonce, retry_delays: [0; 32] }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} is not in {text}"));
    rest.split_once(after).expect("the end follows").0
}

/// Whether an RS256 signature is valid, by a library that no browser uses.
fn is_valid(jwk: &str, signing_input: &str, signature: &[u8]) -> bool {
    let jwk: serde_json::Value = serde_json::from_str(jwk).unwrap();
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signing_input.as_bytes(), signature).is_ok()
}
