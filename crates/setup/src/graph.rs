//! The client of Microsoft Graph: one host, no redirects, no proxies of the environment, bounded bodies and waits.

use std::time::Duration;

use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    cloud::Cloud,
    failure::{Failure, Refusal},
    settings::Settings,
    token::GraphToken,
};

/// The time limit of one request, to the last byte of its response.
const TIMEOUT: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest response. A list has at most 100 objects, each a few kilobytes.
const LARGEST: usize = 8 << 20;

/// The most pages of a list.
const MOST_PAGES: usize = 50;

/// How often a request is sent while Graph is busy, or an object is read until it is visible.
const ATTEMPTS: u32 = 6;

/// How long to wait for Graph.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first wait before a repetition without `Retry-After`. Each further wait is twice as long.
    pub first: Duration,
    /// The longest single wait. Where Graph asks for more, the command ends and says so.
    pub longest: Duration,
}

impl Patience {
    /// For people: at most a minute at once.
    pub const NORMAL: Self = Self { first: Duration::from_secs(2), longest: Duration::from_secs(60) };

    /// The wait before this repetition.
    fn before(self, attempt: u32) -> Duration {
        self.first.saturating_mul(1 << attempt.min(5)).min(self.longest)
    }
}

/// The client, with the token of the person.
#[derive(Debug)]
pub struct Graph {
    http: Client,
    base: Url,
    token: GraphToken,
    patience: Patience,
}

impl Graph {
    /// A client for the fixed host of the cloud, if the token is for the tenant of the settings. There is no other
    /// client, so no command reads or changes another tenant, or takes an object that it lacks for a removed one.
    ///
    /// # Errors
    /// [`Failure::TenantDiffers`], [`Failure::Rights`] if the token may not read its tenant, and those of a request.
    pub async fn open(settings: &Settings, token: GraphToken, patience: Patience) -> Result<Self, Failure> {
        let cloud = &settings.cloud;
        let graph = Self { http: client(cloud)?, base: cloud.graph.clone(), token, patience };
        let organizations = graph.list("organization?$select=id").await.map_err(|failure| {
            if failure.has_status(403) {
                let missing = vec!["the permission User.Read in the token".to_owned()];
                return Failure::Rights { account: "the signed-in account".to_owned(), missing };
            }
            failure
        })?;
        let found = organizations.first().and_then(|tenant| tenant["id"].as_str()).unwrap_or_default();
        if found.eq_ignore_ascii_case(&settings.tenant) {
            return Ok(graph);
        }
        Err(Failure::TenantDiffers { expected: settings.tenant.clone(), found: found.to_owned() })
    }

    /// Reads one object.
    ///
    /// # Errors
    /// Those of a request.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, self.url(path)?, None).await
    }

    /// Reads one object, or `None` if no object has this id.
    ///
    /// # Errors
    /// Those of a request.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<Value>, Failure> {
        match self.get(path).await {
            Ok(object) => Ok(Some(object)),
            Err(failure) if failure.has_status(404) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads all pages of a list.
    ///
    /// # Errors
    /// Those of a request, and [`Failure::ForeignLink`] if the next page is on another host.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut objects = Vec::new();
        let mut next = Some(self.url(path)?);
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { return Ok(objects) };
            let mut page = self.send(Method::GET, url, None).await?;
            let Value::Array(values) = page["value"].take() else { return Err(unexpected(path)) };
            objects.extend(values);
            next = page["@odata.nextLink"].as_str().map(|link| self.own(link)).transpose()?;
        }
        if next.is_some() { Err(unexpected(path)) } else { Ok(objects) }
    }

    /// Creates an object. The caller records it before anything else can fail, such as [`Graph::until_visible`].
    ///
    /// # Errors
    /// Those of a request.
    pub(crate) async fn create(&self, path: &str, body: Value) -> Result<Value, Failure> {
        let mut attempt = 0;
        let created = loop {
            match self.send(Method::POST, self.url(path)?, Some(&body)).await {
                // The application of a new service principal is not visible yet.
                Err(failure) if failure.has_code("NoBackingApplicationObject") && attempt < ATTEMPTS => {
                    sleep(self.patience.before(attempt)).await;
                    attempt += 1;
                }
                other => break other?,
            }
        };
        if created["id"].as_str().is_some_and(is_id) { Ok(created) } else { Err(unexpected(path)) }
    }

    /// Waits until a created object can be read: Graph is eventually consistent.
    ///
    /// # Errors
    /// Those of a request, and [`Failure::NoEffect`].
    pub(crate) async fn until_visible(&self, path: &str, id: &str) -> Result<(), Failure> {
        let path = format!("{path}/{id}");
        for attempt in 0..ATTEMPTS {
            if self.find(&path).await?.is_some() {
                return Ok(());
            }
            sleep(self.patience.before(attempt)).await;
        }
        Err(Failure::NoEffect(format!("POST {path}")))
    }

    /// Changes an object.
    ///
    /// # Errors
    /// Those of a request.
    pub(crate) async fn update(&self, path: &str, body: &Value) -> Result<(), Failure> {
        self.send(Method::PATCH, self.url(path)?, Some(body)).await.map(drop)
    }

    /// Deletes an object, if it exists.
    ///
    /// # Errors
    /// Those of a request.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Failure> {
        match self.send(Method::DELETE, self.url(path)?, None).await {
            Err(failure) if !failure.has_status(404) => Err(failure),
            _ => Ok(()),
        }
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        self.base.join(path).map_err(|_| unexpected(path))
    }

    /// A link of Graph's, if it is on Graph's own host: the token must not follow any other.
    fn own(&self, link: &str) -> Result<Url, Failure> {
        let url = Url::parse(link).map_err(|_| Failure::ForeignLink)?;
        let is_own = url.origin() == self.base.origin() && url.path().starts_with(self.base.path());
        if is_own { Ok(url) } else { Err(Failure::ForeignLink) }
    }

    /// Sends a request, and repeats it while Graph is busy. A busy Graph has not done what was asked, so a creation is
    /// repeated too; after a broken connection that is unknown, so nothing is.
    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Value, Failure> {
        for attempt in 0.. {
            let mut request = self.http.request(method.clone(), url.clone()).bearer_auth(self.token.expose());
            request = request.header(ACCEPT, "application/json");
            if let Some(body) = body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
            }
            let response = request.send().await.map_err(unreachable)?;
            let status = response.status();
            if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
                return read(&method, &url, response).await;
            }
            let wait = retry_after(response.headers()).unwrap_or_else(|| self.patience.before(attempt));
            if attempt + 1 >= ATTEMPTS || wait > self.patience.longest {
                return Err(Failure::Throttled { seconds: wait.as_secs().max(1) });
            }
            sleep(wait).await;
        }
        Err(unexpected(url.path()))
    }
}

/// An HTTP client by the rules of this program.
///
/// # Errors
/// [`Failure::Unreachable`] if the machine has no certificates to trust.
pub(crate) fn client(cloud: &Cloud) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        // A redirect or a proxy of the environment could send the token to another host.
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT);
    if let Some(certificate) = &cloud.certificate {
        builder = builder.tls_certs_only([certificate.clone()]);
    }
    builder.build().map_err(unreachable)
}

/// The seconds of `Retry-After` (RFC 9110 section 10.2.3). Graph documents no dates there.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Reads a response within the limit.
async fn read(method: &Method, url: &Url, mut response: Response) -> Result<Value, Failure> {
    let status = response.status();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(unexpected(url.path()));
        }
        bytes.extend_from_slice(&chunk);
    }
    if status.is_success() {
        return match bytes.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&bytes).map_err(|_| unexpected(url.path())),
        };
    }
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("unknown").chars().take(500).collect::<String>();
    let error = &body["error"];
    Err(Failure::Refused(Box::new(Refusal {
        method: method.to_string(),
        path: url.path().to_owned(),
        status: status.as_u16(),
        code: text(&error["code"]),
        message: text(&error["message"]),
        request_id: text(&error["innerError"]["request-id"]),
    })))
}

/// Whether an id can be a segment of a path.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn unexpected(path: &str) -> Failure {
    Failure::Response(path.to_owned())
}

/// The innermost cause, without the address: that has no secret, but says nothing either.
fn unreachable(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Failure::Unreachable(cause.to_string())
}
