//! Requests that are authorized by C: a signature with an access key, or a token of the service's own identity.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::{
    access_key::AccessKey, access_keys::AccessKeys, allowance::Allowance, call::Call, hmac::AcsAuthorization,
    refusal::AcsRefusal, response, service_identity::ServiceIdentity, settings::ConfiguredCredential,
};
use crate::{
    clock::Clock,
    net::{
        outbound::{BoundedResponse, Outbound},
        peer_clock::PeerClock,
    },
    start_error::StartError,
    telemetry::metrics::AllowanceNumbers,
};

const MAX_RESPONSE: usize = 64 * 1024;

pub(crate) struct Authorized {
    credential: Credential,
    /// `None` for the administrator's commands, which send few requests.
    allowance: Option<Allowance>,
    outbound: Outbound,
    peer_clock: Arc<PeerClock>,
    clock: Arc<dyn Clock>,
    sent: AtomicU64,
}

/// How C is made.
enum Credential {
    Keys(AccessKeys),
    Identity(ServiceIdentity),
}

/// The authorization of one request.
enum Proof<'k> {
    Bearer(HeaderValue),
    Key { keys: &'k AccessKeys, place: usize, key: Arc<AccessKey> },
}

impl Authorized {
    pub(super) fn new(
        credential: ConfiguredCredential,
        allowance: Option<Allowance>,
        outbound: Outbound,
        peer_clock: Arc<PeerClock>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let credential = match credential {
            ConfiguredCredential::Keys(pair) => Credential::Keys(AccessKeys::new(pair, clock.clone())),
            ConfiguredCredential::Identity(choice) => {
                Credential::Identity(ServiceIdentity::new(choice, outbound.clone())?)
            }
        };
        Ok(Self { credential, allowance, outbound, peer_clock, clock, sent: AtomicU64::new(0) })
    }

    /// Reads the files of keys and secrets again, at once.
    pub(crate) async fn reload(&self) {
        match &self.credential {
            Credential::Keys(keys) => keys.read_again().await,
            Credential::Identity(identity) => identity.reload().await,
        }
    }

    /// Requests sent so far. One exchange may take several, and several callers may wait for one exchange.
    pub(crate) fn requests_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The number of requests that the allowance refused, and whether processes count together. `None` without an
    /// allowance.
    pub(crate) fn allowance(&self) -> Option<AllowanceNumbers> {
        self.allowance.as_ref().map(Allowance::numbers)
    }

    /// Sends a request with its own bearer token, or else with C. If ACS refuses the first of two keys, the request is
    /// sent again with the second. Both count once. Otherwise a tenant's last allowed request would be refused when it
    /// needs the second key, and regenerating a key would be an outage.
    pub(super) async fn send(&self, call: &Call, deadline: Instant) -> Result<BoundedResponse, AcsRefusal> {
        let proofs = match (&call.bearer, &self.credential) {
            (Some(bearer), _) => {
                self.spend(call).await?;
                vec![Proof::Bearer(bearer.clone())]
            }
            // The token comes first: without one no request is sent, so none must be counted.
            (None, Credential::Identity(identity)) => {
                let bearer = identity.authorization(deadline).await.ok_or(AcsRefusal::ServiceIdentityUnavailable)?;
                self.spend(call).await?;
                vec![Proof::Bearer(bearer)]
            }
            // The allowance comes first: a request that it refuses does not wait for key files.
            (None, Credential::Keys(keys)) => {
                self.spend(call).await?;
                keys.in_order().await.into_iter().map(|(place, key)| Proof::Key { keys, place, key }).collect()
            }
        };
        let mut last = Err(AcsRefusal::ServiceRefused);
        for proof in proofs {
            let mut headers = call.headers.clone();
            headers.extend(self.authorization(&proof, call).ok_or(AcsRefusal::ServiceRefused)?);
            self.sent.fetch_add(1, Ordering::Relaxed);
            let within = deadline - Instant::now();
            let (method, url, body) = (call.method.clone(), call.url.clone(), call.body.clone());
            let response = self.outbound.send(method, url, headers, body, within, MAX_RESPONSE).await?;
            self.peer_clock.observe(&response.headers);
            let Proof::Key { keys, place, .. } = proof else { return Ok(response) };
            if !response::refuses_the_service(&response) {
                if (200..300).contains(&response.status) {
                    keys.was_good(place);
                }
                return Ok(response);
            }
            last = Ok(response);
        }
        last
    }

    async fn spend(&self, call: &Call) -> Result<(), AcsRefusal> {
        if let Some(allowance) = &self.allowance {
            allowance.spend(&call.tenant).await?;
        }
        Ok(())
    }

    /// The headers that authorize a request. A signature is dated, so each request gets its own. `None` does not occur,
    /// because dates and base64 are valid header values. `Host` is set by the HTTP client, from the same address.
    fn authorization(&self, proof: &Proof<'_>, call: &Call) -> Option<HeaderMap> {
        let key = match proof {
            Proof::Bearer(bearer) => return Some(HeaderMap::from_iter([(AUTHORIZATION, bearer.clone())])),
            Proof::Key { key, .. } => key,
        };
        let now = self.clock.now();
        let signed = AcsAuthorization::sign(key, &call.method, &call.url, &call.body, now);
        let mut authorization = HeaderValue::from_str(&signed.authorization).ok()?;
        authorization.set_sensitive(true);
        Some(HeaderMap::from_iter([
            (AUTHORIZATION, authorization),
            (HeaderName::from_static("x-ms-date"), HeaderValue::from_str(&signed.date).ok()?),
            (HeaderName::from_static("x-ms-content-sha256"), HeaderValue::from_str(&signed.content_hash).ok()?),
        ]))
    }
}
