//! The keys of the allowed tenants and of the foreign issuers, and no others.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use contract::ids::TenantId;
use futures_util::{StreamExt, future::join_all, stream::FuturesUnordered};
use reqwest::Url;
use serde_json::Value;

use super::{
    key_source::{KeySource, KeysUnavailable, PAUSE},
    keys::{Algorithm, KeySet, SigningKey},
    policy::{EntraPolicy, ForeignIssuer},
};
use crate::{
    clock::Clock,
    net::{outbound::Outbound, peer_clock::PeerClock},
};

/// The maps have who is configured and no other: what a token says cannot make them grow.
pub(crate) struct KeyRing {
    tenants: BTreeMap<TenantId, Arc<KeySource>>,
    foreign_issuers: BTreeMap<String, Arc<KeySource>>,
    /// A tenant's set may have keys of the tenant's own that look like the cloud's.
    own_signing_key: bool,
}

impl KeyRing {
    pub(crate) fn new(
        entra: &EntraPolicy,
        foreign_issuers: &[ForeignIssuer],
        outbound: &Outbound,
        peer_clock: &Arc<PeerClock>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        let of_tenant = |tenant: &TenantId| {
            let mut address = format!("{}/{tenant}/discovery/v2.0/keys", entra.authority);
            if entra.own_signing_key {
                // Entra publishes the keys of an application with claims mapping under its id.
                address += &format!("?appid={}", entra.audience);
            }
            let address = Url::parse(&address).expect("an address, a GUID and a fixed path make an address");
            let algorithms = [Algorithm::Rs256].into();
            (tenant.clone(), KeySource::new(tenant.to_string(), address, algorithms, outbound, Some(peer_clock), clock))
        };
        let of_issuer = |issuer: &ForeignIssuer| {
            let ForeignIssuer { issuer, keys, algorithms, .. } = issuer;
            (issuer.clone(), KeySource::new(issuer.clone(), keys.clone(), algorithms.clone(), outbound, None, clock))
        };
        Self {
            tenants: entra.tenants.iter().map(of_tenant).collect(),
            foreign_issuers: foreign_issuers.iter().map(of_issuer).collect(),
            own_signing_key: entra.own_signing_key,
        }
    }

    /// Whether one of the issuers has good keys, after an attempt to fetch them. One tenant whose id is wrong must not make
    /// the service unready for the others.
    pub(crate) async fn has_any(&self) -> bool {
        let all = || self.tenants.values().chain(self.foreign_issuers.values());
        // Where there are good keys this takes no time, and has them renewed when they are an hour old: an idle service is
        // still probed.
        let mut any = false;
        for source in all().filter(|source| source.good().is_some()) {
            any |= source.current().await.is_ok();
        }
        if any {
            return true;
        }
        let mut fetched: FuturesUnordered<_> = all().map(KeySource::current).collect();
        while let Some(keys) = fetched.next().await {
            if keys.is_ok() {
                return true;
            }
        }
        false
    }

    /// Each issuer, and whether it has good keys.
    pub(crate) async fn reach(&self) -> Vec<(&str, bool)> {
        join_all(self.named().map(async |(name, source)| (name, source.current().await.is_ok()))).await
    }

    /// Fetches the keys of every issuer again, at once; the issuers for which that failed.
    pub(crate) async fn reload(&self) -> Vec<&str> {
        let reloaded = join_all(self.named().map(async |(name, source)| (name, source.reload().await))).await;
        reloaded.into_iter().filter_map(|(name, fetched)| (!fetched).then_some(name)).collect()
    }

    /// The keys of each issuer, with its name.
    fn named(&self) -> impl Iterator<Item = (&str, &Arc<KeySource>)> {
        let tenants = self.tenants.iter().map(|(tenant, source)| (tenant.as_str(), source));
        tenants.chain(self.foreign_issuers.iter().map(|(issuer, source)| (issuer.as_str(), source)))
    }

    /// The usable keys of all tenants, each once. A tenant whose keys cannot be had is passed over, unless none has any.
    /// A key that does not say for whom it speaks is left out, because here its address no longer says it.
    pub(crate) async fn published(&self) -> Result<Vec<Value>, KeysUnavailable> {
        let all = join_all(self.tenants.values().map(KeySource::current)).await;
        let sets: Vec<_> = all.into_iter().flatten().collect();
        if sets.is_empty() {
            return Err(KeysUnavailable { retry_after: PAUSE });
        }
        let keys = sets.iter().flat_map(KeySet::iter).filter(|key| key.names_its_issuer());
        Ok(each_once(keys.filter_map(SigningKey::published)))
    }

    /// The usable keys of one tenant, allowed or not: the cloud's, and those that only an allowed tenant's own set has. The
    /// ids of tenants are public, so an answer that differed for the others would be the list of customers (REV-10).
    pub(crate) async fn published_of(&self, tenant: &TenantId) -> Result<Vec<Value>, KeysUnavailable> {
        // Those of all tenants whichever is asked for, or the time that it takes would tell the same.
        let all = join_all(self.tenants.iter().map(async |(of, source)| (of, source.current().await))).await;
        let sets: Vec<_> = all.into_iter().filter_map(|(of, current)| Some((of, current.ok()?))).collect();
        if sets.is_empty() {
            return Err(KeysUnavailable { retry_after: PAUSE });
        }
        // Each is written once: anyone may ask, and there are as many sets as tenants.
        let sets: Vec<(&TenantId, Vec<(&SigningKey, Value)>)> = sets
            .iter()
            .map(|(of, set)| (*of, set.iter().filter_map(|key| Some((key, key.published()?))).collect()))
            .collect();
        let mut found_in: HashMap<&Value, usize> = HashMap::new();
        for (_, set) in &sets {
            for key in set.iter().map(|(_, key)| key).collect::<HashSet<_>>() {
                *found_in.entry(key).or_default() += 1;
            }
        }
        let is_the_clouds = |(key, published): &&(&SigningKey, Value)| {
            key.names_every_tenant() && (!self.own_signing_key || found_in[published] == sets.len())
        };
        let clouds = sets.iter().flat_map(|(_, set)| set).filter(is_the_clouds);
        let own = sets.iter().filter(|(of, _)| *of == tenant).flat_map(|(_, set)| set);
        let own = own.filter(|(key, _)| key.names_every_tenant() || key.names_no_other_than(tenant));
        Ok(each_once(clouds.chain(own).map(|(_, published)| published.clone())))
    }

    /// The keys of an allowed tenant.
    pub(super) fn of_tenant(&self, tenant: &TenantId) -> Option<&Arc<KeySource>> {
        self.tenants.get(tenant)
    }

    /// The keys of a foreign issuer.
    pub(super) fn of_foreign_issuer(&self, issuer: &str) -> Option<&Arc<KeySource>> {
        self.foreign_issuers.get(issuer)
    }
}

/// Without those that are there already.
fn each_once(keys: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(key.clone())).collect()
}
