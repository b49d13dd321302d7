//! The keys of the configured tenants and foreign issuers, and of no others.

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
    keys::{Algorithm, SigningKey},
    policy::{EntraPolicy, ForeignIssuer},
};
use crate::{
    clock::Clock,
    net::{outbound::Outbound, peer_clock::PeerClock},
};

/// The sources of keys. The maps have an entry for each configured issuer, so no token can make them grow.
pub(crate) struct KeyRing {
    pub(super) tenants: BTreeMap<TenantId, Arc<KeySource>>,
    pub(super) foreign_issuers: BTreeMap<String, Arc<KeySource>>,
    /// Whether a tenant's key set may contain the tenant's own keys, which look like the cloud's.
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

    /// Whether at least one issuer has usable keys, after an attempt to fetch them. One tenant with a wrong id must not
    /// make the service unready for the others.
    pub(crate) async fn has_any(&self) -> bool {
        let all = || self.tenants.values().chain(self.foreign_issuers.values());
        // Cached keys take no time here, and are renewed once they are an hour old. So probes keep them fresh in an
        // idle service.
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

    /// Each issuer, and whether it has usable keys.
    pub(crate) async fn reach(&self) -> Vec<(&str, bool)> {
        join_all(self.named().map(async |(name, source)| (name, source.current().await.is_ok()))).await
    }

    /// Fetches the keys of every issuer again, at once. Returns the issuers for which that failed.
    pub(crate) async fn reload(&self) -> Vec<&str> {
        let reloaded = join_all(self.named().map(async |(name, source)| (name, source.reload().await))).await;
        reloaded.into_iter().filter_map(|(name, fetched)| (!fetched).then_some(name)).collect()
    }

    /// The key source of each issuer, with the issuer's name.
    fn named(&self) -> impl Iterator<Item = (&str, &Arc<KeySource>)> {
        let tenants = self.tenants.iter().map(|(tenant, source)| (tenant.as_str(), source));
        tenants.chain(self.foreign_issuers.iter().map(|(issuer, source)| (issuer.as_str(), source)))
    }

    /// The usable keys of all tenants, without duplicates. A tenant whose keys cannot be fetched is left out, unless no
    /// tenant has any. A key that names no issuer is left out, because the combined list does not show whose key set it
    /// is from.
    pub(crate) async fn published(&self) -> Result<Vec<Value>, KeysUnavailable> {
        let all = join_all(self.tenants.values().map(KeySource::current)).await;
        let sets: Vec<_> = all.into_iter().flatten().collect();
        if sets.is_empty() {
            return Err(KeysUnavailable { retry_after: PAUSE });
        }
        let keys = sets.iter().flat_map(|set| &set.0).filter(|key| key.names_its_issuer());
        Ok(each_once(keys.filter_map(|key| key.published())))
    }

    /// The usable keys for one tenant, configured or not: the keys of the cloud, and those that only a configured
    /// tenant's set has. The ids of tenants are public, so a response that differed for unknown tenants would reveal
    /// the customers (REV-10).
    pub(crate) async fn published_of(&self, tenant: &TenantId) -> Result<Vec<Value>, KeysUnavailable> {
        // Always the keys of all tenants, because otherwise the response time would reveal the customers, too.
        let all = join_all(self.tenants.iter().map(async |(of, source)| (of, source.current().await))).await;
        let sets: Vec<_> = all.into_iter().filter_map(|(of, current)| Some((of, current.ok()?))).collect();
        if sets.is_empty() {
            return Err(KeysUnavailable { retry_after: PAUSE });
        }
        // Each key is serialized once: anyone can send this request, and there are as many sets as tenants.
        let sets: Vec<(&TenantId, Vec<(&SigningKey, Value)>)> = sets
            .iter()
            .map(|(of, set)| (*of, set.0.iter().filter_map(|key| Some((&**key, key.published()?))).collect()))
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
}

/// Removes duplicates.
fn each_once(keys: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(key.clone())).collect()
}
