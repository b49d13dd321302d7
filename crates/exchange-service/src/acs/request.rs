//! One request for an exchange: authorized by C, sent, and its answer read.

use std::{sync::Arc, time::Duration};

use protocol::{exchange::quickstart::ExchangeAnswer, ids::ClientId};
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use tokio::time::Instant;

use super::{
    AcsRefusal, Ask, access_key::AccessKey, access_keys::AccessKeys, answer, hmac::AcsAuthorization,
    service_identity::ServiceIdentity,
};
use crate::{
    clock::Clock,
    configuration::{Acs, ConfiguredCredential},
    outbound::Outbound,
    start_error::StartError,
    trace_context,
};

const LARGEST: usize = 64 * 1024;

/// What one attempt brought, and its `MS-CV`.
pub(super) type Answered = (Result<ExchangeAnswer, AcsRefusal>, Option<String>);

pub(super) struct Requests {
    exchange: Url,
    credential: Credential,
    client_id: ClientId,
    outbound: Outbound,
    clock: Arc<dyn Clock>,
}

/// What C is made with.
enum Credential {
    Keys(AccessKeys),
    Identity(ServiceIdentity),
}

/// C of one request.
enum C<'k> {
    Signature(&'k AccessKey),
    Bearer(HeaderValue),
}

/// The members in the order of Microsoft's own client.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUserExchange<'r> {
    token: &'r str,
    app_id: &'r str,
    user_id: &'r str,
}

impl Requests {
    pub(super) fn new(
        acs: Acs,
        client_id: ClientId,
        outbound: Outbound,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let mut exchange = acs.endpoint;
        exchange.set_path("/teamsUser/:exchangeAccessToken");
        exchange.set_query(Some("api-version=2023-10-01"));
        let credential = match acs.credential {
            ConfiguredCredential::Keys(pair) => Credential::Keys(AccessKeys::new(pair, clock.clone())),
            ConfiguredCredential::Identity(choice) => Credential::Identity(ServiceIdentity::new(choice, &outbound)?),
        };
        Ok(Self { exchange, credential, client_id, outbound, clock })
    }

    /// One request, or two if ACS refuses the first key.
    pub(super) async fn send(&self, ask: &Ask, deadline: Instant) -> Answered {
        match &self.credential {
            Credential::Keys(keys) => self.with_either_key(keys, ask, deadline).await,
            Credential::Identity(identity) => match identity.authorization().await {
                Some(bearer) => self.attempt(ask, C::Bearer(bearer), deadline - Instant::now()).await,
                None => (Err(AcsRefusal::Unavailable { retry_after: None }), None),
            },
        }
    }

    async fn with_either_key(&self, keys: &AccessKeys, ask: &Ask, deadline: Instant) -> Answered {
        let mut last = (Err(AcsRefusal::ServiceRefused), None);
        for (place, key) in keys.in_order().await {
            last = self.attempt(ask, C::Signature(&key), deadline - Instant::now()).await;
            match last.0 {
                Err(AcsRefusal::ServiceRefused) => {}
                Ok(_) => {
                    keys.was_good(place);
                    break;
                }
                Err(_) => break,
            }
        }
        last
    }

    /// Signed anew each time: a signature is dated.
    async fn attempt(&self, ask: &Ask, c: C<'_>, within: Duration) -> Answered {
        let body = TeamsUserExchange {
            token: ask.entra.expose(),
            app_id: self.client_id.as_str(),
            user_id: ask.object.as_str(),
        };
        let body = serde_json::to_vec(&body).expect("a struct of three texts serialises");
        let now = self.clock.unix_seconds();
        let authorization = match c {
            C::Bearer(bearer) => Some(HeaderMap::from_iter([(AUTHORIZATION, bearer)])),
            C::Signature(key) => signature(&AcsAuthorization::sign(key, &Method::POST, &self.exchange, &body, now)),
        };
        let Some(headers) = authorization.and_then(|authorization| headers(authorization, ask)) else {
            return (Err(AcsRefusal::ServiceRefused), None);
        };
        match self.outbound.post(self.exchange.clone(), headers, body, within, LARGEST).await {
            // What arrived may have taken seconds.
            Ok(answer) => (answer::read(&answer, self.clock.unix_seconds()), request_id(&answer.headers)),
            Err(no_answer) => (Err(no_answer.into()), None),
        }
    }
}

/// `None` cannot be: dates and base64 are header text. `Host` is the client's, from the same address.
fn signature(signed: &AcsAuthorization) -> Option<HeaderMap> {
    let mut authorization = HeaderValue::from_str(&signed.authorization).ok()?;
    authorization.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (HeaderName::from_static("x-ms-date"), HeaderValue::from_str(&signed.date).ok()?),
        (HeaderName::from_static("x-ms-content-sha256"), HeaderValue::from_str(&signed.content_hash).ok()?),
    ]))
}

/// With what every request to ACS has. `None` cannot be: ids are header text.
fn headers(mut headers: HeaderMap, ask: &Ask) -> Option<HeaderMap> {
    headers.extend([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (HeaderName::from_static("x-ms-client-request-id"), HeaderValue::from_str(ask.correlation.as_str()).ok()?),
        (trace_context::HEADER, HeaderValue::from_str(&ask.trace.header()).ok()?),
    ]);
    Some(headers)
}

/// Cut short: it is a peer's text on its way into the log.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("ms-cv")?.to_str().ok()?;
    Some(id.chars().take(128).collect())
}
