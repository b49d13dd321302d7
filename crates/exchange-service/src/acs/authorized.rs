//! Requests with C: signed with one of the resource's keys, or with a token of the service's own identity.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::{
    AcsRefusal, ConfiguredCredential,
    access_key::AccessKey,
    access_keys::AccessKeys,
    allowance::{Allowance, AllowanceNumbers},
    answer,
    call::Call,
    hmac::AcsAuthorization,
    service_identity::ServiceIdentity,
};
use crate::{
    clock::Clock,
    net::{
        outbound::{Outbound, ShortAnswer},
        peer_clock::PeerClock,
    },
    start_error::StartError,
};

const LARGEST: usize = 64 * 1024;

pub(super) struct Authorized {
    credential: Credential,
    /// Nothing where an administrator asks a few times.
    allowance: Option<Allowance>,
    outbound: Outbound,
    peer_clock: Arc<PeerClock>,
    clock: Arc<dyn Clock>,
    sent: AtomicU64,
}

/// What C is made with.
enum Credential {
    Keys(AccessKeys),
    Identity(ServiceIdentity),
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

    /// Reads what stands in files again.
    pub(super) async fn reload(&self) {
        match &self.credential {
            Credential::Keys(keys) => keys.read_again().await,
            Credential::Identity(identity) => identity.reload().await,
        }
    }

    pub(super) fn requests_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn allowance(&self) -> Option<AllowanceNumbers> {
        self.allowance.as_ref().map(Allowance::numbers)
    }

    /// One request, or two if ACS refuses the first key: counted once, or a tenant's last request would be refused for its
    /// second key, and a regenerated key would be an outage.
    pub(super) async fn send(&self, call: Call, deadline: Instant) -> Result<ShortAnswer, AcsRefusal> {
        match &self.credential {
            Credential::Keys(keys) => {
                self.spend(&call).await?;
                self.with_either_key(keys, &call, deadline).await
            }
            Credential::Identity(identity) => {
                let bearer = identity.authorization(deadline).await.ok_or(AcsRefusal::ServiceIdentityUnavailable)?;
                self.send_as(bearer, call, deadline).await
            }
        }
    }

    /// With somebody's own bearer token instead of C.
    pub(super) async fn send_as(
        &self,
        bearer: HeaderValue,
        call: Call,
        deadline: Instant,
    ) -> Result<ShortAnswer, AcsRefusal> {
        self.spend(&call).await?;
        self.attempt(&call, HeaderMap::from_iter([(AUTHORIZATION, bearer)]), deadline).await
    }

    /// Counts one request to ACS, or refuses it.
    async fn spend(&self, call: &Call) -> Result<(), AcsRefusal> {
        match &self.allowance {
            Some(allowance) => Ok(allowance.spend(&call.asker).await?),
            None => Ok(()),
        }
    }

    async fn with_either_key(
        &self,
        keys: &AccessKeys,
        call: &Call,
        deadline: Instant,
    ) -> Result<ShortAnswer, AcsRefusal> {
        let mut last = Err(AcsRefusal::ServiceRefused);
        for (place, key) in keys.in_order().await {
            let signature = self.signature(&key, call).ok_or(AcsRefusal::ServiceRefused)?;
            let answer = self.attempt(call, signature, deadline).await?;
            if !answer::refuses_the_service(&answer) {
                if (200..300).contains(&answer.status) {
                    keys.was_good(place);
                }
                return Ok(answer);
            }
            last = Ok(answer);
        }
        last
    }

    async fn attempt(
        &self,
        call: &Call,
        authorization: HeaderMap,
        deadline: Instant,
    ) -> Result<ShortAnswer, AcsRefusal> {
        let mut headers = call.headers.clone();
        headers.extend(authorization);
        self.sent.fetch_add(1, Ordering::Relaxed);
        let within = deadline - Instant::now();
        let (method, url, body) = (call.method.clone(), call.url.clone(), call.body.clone());
        let answer = self.outbound.send(method, url, headers, body, within, LARGEST).await?;
        self.peer_clock.observe(&answer.headers);
        Ok(answer)
    }

    /// Made anew for each request: a signature is dated. `None` cannot be: dates and base64 are header text. `Host` is
    /// the client's, from the same address.
    fn signature(&self, key: &AccessKey, call: &Call) -> Option<HeaderMap> {
        let now = self.clock.unix_seconds();
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
