//! The parts of a browser that a sign-in needs: it keeps a cookie and submits forms, but follows no redirects.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use azure_emulator::{Clock, Emulator, Options, Seed, account};
use form_urlencoded::{Serializer, parse};
use serde_json::Value;
use tower::ServiceExt;

/// `Sat, 21 Nov 2026 08:00:00 GMT`
pub(crate) const NOW: u64 = 1_795_248_000;
pub(crate) const ENTRA: &str = "http://localhost:8401";
pub(crate) const SPA: &str = "acc00000-0000-4000-8000-000000000010";
pub(crate) const FABRIKAM_SPA: &str = "acc00000-0000-4000-8000-000000000011";
pub(crate) const WEB: &str = "acc00000-0000-4000-8000-000000000012";
pub(crate) const PAGE: &str = "http://localhost:8080/";
pub(crate) const ACS_SCOPES: &str = "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";
pub(crate) const API_SCOPE: &str = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Browser {
    pub(crate) emulator: Emulator,
    cookie: Option<String>,
}

/// A response with its whole body.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// The parameters of a query or a form, of which tests change one.
#[derive(Clone)]
pub(crate) struct Form(Vec<(&'static str, String)>);

/// An emulator with the keys of the source code, because generating RSA keys takes longer than most tests.
pub(crate) fn emulator() -> Emulator {
    Emulator::with_seed(options(), Seed::default().numbered(1))
}

/// Options with a clock that stands still at [`NOW`].
pub(crate) fn options() -> Options {
    Options {
        entra_url: ENTRA.to_owned(),
        acs_url: "http://localhost:8402".to_owned(),
        clock: Clock::stopped_at(NOW),
        coop: false,
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self::of(emulator())
    }

    pub(crate) fn of(emulator: Emulator) -> Self {
        Self { emulator, cookie: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &Form) -> Response {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://localhost:8080")];
        self.send(Method::POST, path, &headers, &form.encode()).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = oneshot(self.emulator.entra_router(), request.body(Body::from(body.to_owned())).unwrap()).await;
        if let Some(cookie) = response.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        response
    }

    pub(crate) async fn authorize(&mut self, tenant: &str, request: &Form) -> Response {
        self.get(&format!("/{tenant}/oauth2/v2.0/authorize?{}", request.encode())).await
    }

    /// Picks an account on the sign-in page of this request.
    pub(crate) async fn pick(&mut self, username: &str, tenant: &str, request: &Form) -> Response {
        let id = account(username).unwrap().home.id;
        let form = Form::new(&[("account", id)]);
        self.post(&format!("/{tenant}/login?{}", request.encode()), &form).await
    }

    /// Submits the consent page of this request.
    pub(crate) async fn decide(&mut self, fields: &[(&'static str, &str)], tenant: &str, request: &Form) -> Response {
        self.post(&format!("/{tenant}/consent?{}", request.encode()), &Form::new(fields)).await
    }

    pub(crate) async fn token(&mut self, tenant: &str, form: &Form) -> Response {
        self.post(&format!("/{tenant}/oauth2/v2.0/token"), form).await
    }

    /// Signs in, and returns the form that redeems the code.
    pub(crate) async fn code_for(&mut self, username: &str, tenant: &str) -> Form {
        let response = self.pick(username, tenant, &request()).await;
        redemption(&response.returned("code").unwrap())
    }

    /// Signs in, redeems the code, and returns the token response.
    pub(crate) async fn tokens_for(&mut self, username: &str, tenant: &str) -> Value {
        let redemption = self.code_for(username, tenant).await;
        let response = self.token(tenant, &redemption).await;
        assert_eq!(response.status, StatusCode::OK, "{}", response.body);
        response.json()
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A parameter of the redirect, in its query or its fragment.
    pub(crate) fn returned(&self, name: &str) -> Option<String> {
        let (_, parameters) = self.header("location")?.split_once(['?', '#'])?;
        parse(parameters.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Asserts that the error was returned to the client, with all of Entra's parameters.
    #[track_caller]
    pub(crate) fn assert_returned(&self, code: u32, error: &str) {
        assert_eq!(self.status, StatusCode::FOUND, "{}", self.body);
        let location = self.header("location").unwrap();
        assert!(location.starts_with(PAGE), "{location}");
        assert_eq!(self.returned("error").as_deref(), Some(error));
        assert_described(&self.returned("error_description").unwrap(), code);
        assert_eq!(self.returned("error_uri"), Some(format!("{ENTRA}/error?code={code}")));
        assert_eq!(self.returned("state").as_deref(), Some("the state"));
        assert_eq!(self.returned("code"), None);
    }

    /// Asserts that the error was shown on a page, and nothing was returned to the client.
    #[track_caller]
    pub(crate) fn assert_page(&self, code: u32) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST);
        assert_eq!(self.header("location"), None);
        assert!(self.body.contains(&format!("AADSTS{code}: ")), "{}", self.body);
    }

    /// Asserts that the response is a page with this heading.
    #[track_caller]
    pub(crate) fn assert_shows(&self, heading: &str) {
        assert_eq!((self.status, self.header("location")), (StatusCode::OK, None), "{}", self.body);
        assert!(self.body.contains(&format!("<h1>{heading}</h1>")), "{}", self.body);
    }

    /// Asserts that the token endpoint returned the error, in Entra's format and readable across origins.
    #[track_caller]
    pub(crate) fn assert_refused(&self, code: u32, error: &str) {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.body);
        assert_eq!(self.header("access-control-allow-origin"), Some("*"));
        let body = self.json();
        assert_eq!(body["error"], error);
        assert_eq!(body["error_codes"], serde_json::json!([code]));
        assert_described(body["error_description"].as_str().unwrap(), code);
        assert_eq!(body["timestamp"], "2026-11-21 08:00:00Z");
        assert_eq!(body["error_uri"], format!("{ENTRA}/error?code={code}"));
        for id in ["trace_id", "correlation_id"] {
            assert_eq!(body[id].as_str().map(str::len), Some(36), "{id}: {}", self.body);
        }
    }
}

#[track_caller]
fn assert_described(description: &str, code: u32) {
    assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    for part in [" Trace ID: ", " Correlation ID: ", " Timestamp: 2026-11-21 08:00:00Z"] {
        assert!(description.contains(part), "{description}");
    }
}

impl Form {
    pub(crate) fn new(pairs: &[(&'static str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut form = self.without(name);
        form.0.push((name, value.to_owned()));
        form
    }

    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| *known != name).cloned().collect())
    }

    /// The form with a second value for a parameter.
    pub(crate) fn twice(&self, name: &'static str) -> Self {
        let mut form = self.clone();
        form.0.push((name, "again".to_owned()));
        form
    }

    pub(crate) fn encode(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

/// The authorization request of the page.
pub(crate) fn request() -> Form {
    Form::new(&[
        ("client_id", SPA),
        ("response_type", "code"),
        ("redirect_uri", PAGE),
        ("response_mode", "fragment"),
        ("scope", &format!("openid profile offline_access {ACS_SCOPES} {API_SCOPE}")),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ])
}

/// The token request of the page for a code.
pub(crate) fn redemption(code: &str) -> Form {
    Form::new(&[
        ("grant_type", "authorization_code"),
        ("client_id", SPA),
        ("redirect_uri", PAGE),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("scope", &format!("openid profile offline_access {ACS_SCOPES}")),
    ])
}

/// The token request of the page for a refresh token.
pub(crate) fn renewal(refresh_token: &Value) -> Form {
    Form::new(&[
        ("grant_type", "refresh_token"),
        ("client_id", SPA),
        ("refresh_token", refresh_token.as_str().unwrap()),
        ("scope", &format!("openid offline_access {ACS_SCOPES}")),
    ])
}

/// A segment of a token, without verification.
pub(crate) fn segment(token: &Value, index: usize) -> Value {
    use base64::Engine;
    let segment = token.as_str().unwrap().split('.').nth(index).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap()
}

pub(crate) fn claims(token: &Value) -> Value {
    segment(token, 1)
}

/// Sends one request to a router, and reads the whole response.
pub(crate) async fn oneshot(router: Router, request: Request<Body>) -> Response {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap();
    Response { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
