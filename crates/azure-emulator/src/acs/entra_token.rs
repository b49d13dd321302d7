//! The checks of a token that Entra issued: signature, version 1, tenant, issuer and lifetime.

use serde_json::Value;

use crate::{
    Emulator,
    accounts::{Account, account_by_object_id},
    authority::Authority,
    directory::Tenant,
    jwt,
    registrations::Resource,
};

/// A token with valid signature, issuer and lifetime. The caller must check audience and subject.
pub(super) struct EntraToken {
    claims: Value,
    tenant: &'static Tenant,
    expires_at: u64,
}

/// The person and the application of a token for a resource of ACS.
pub(super) struct Person {
    pub(super) app_id: String,
    pub(super) object_id: String,
    pub(super) tenant: &'static Tenant,
    pub(super) is_guest: bool,
    pub(super) scopes: Vec<String>,
    pub(super) expires_at: u64,
}

impl EntraToken {
    /// `None` if any check fails.
    pub(super) fn verify(emulator: &Emulator, token: &str) -> Option<Self> {
        let claims = jwt::verified_claims(token, emulator.state().signing_keys.iter().map(|key| &**key))?;
        let Authority::One(tenant) = Authority::parse(claims["tid"].as_str()?)? else { return None };
        let (not_before, expires_at) = (claims["nbf"].as_u64()?, claims["exp"].as_u64()?);
        let valid =
            claims["iss"] == emulator.issuer_v1(tenant.id) && (not_before..expires_at).contains(&emulator.acs_now());
        valid.then_some(Self { claims, tenant, expires_at })
    }

    /// The value of a claim, if it is a string.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.claims[name].as_str()
    }

    /// The account of the token's subject.
    pub(super) fn account(&self) -> Option<&'static Account> {
        account_by_object_id(self.text("oid")?)
    }
}

impl Person {
    /// `None` if any check fails, or if the audience is not `resource`.
    pub(super) fn verify(emulator: &Emulator, token: &str, resource: &Resource) -> Option<Self> {
        let token = EntraToken::verify(emulator, token)?;
        let audience = token.text("aud")?;
        if audience != resource.uri && audience != resource.app_id {
            return None;
        }
        Some(Self {
            app_id: token.text("appid")?.to_owned(),
            object_id: token.text("oid")?.to_owned(),
            tenant: token.tenant,
            is_guest: token.text("idp").is_some(),
            scopes: token.text("scp")?.split(' ').map(str::to_owned).collect(),
            expires_at: token.expires_at,
        })
    }

    pub(super) fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Person;
    use crate::{
        CONTOSO, FABRIKAM,
        emulator::tests::{NOW, emulator},
        registrations::ACS,
    };

    #[test]
    fn rejects_a_token_of_entra_with_one_wrong_claim() {
        let emulator = emulator();
        let is_valid = |claims: &Value| {
            let token = emulator.state().signing_key().sign(claims);
            Person::verify(&emulator, &token, &ACS).is_some()
        };
        let good = json!({
            "aud": "https://auth.msft.communication.azure.com",
            "iss": format!("http://localhost:8401/sts/{}/", FABRIKAM.id),
            "nbf": NOW,
            "exp": NOW + 1,
            "appid": "acc00000-0000-4000-8000-000000000010",
            "oid": "a11ce000-0000-4000-8000-000000000001",
            "scp": "Teams.ManageChats Teams.ManageCalls",
            "tid": FABRIKAM.id,
        });
        assert!(is_valid(&good));
        for (name, value) in [
            ("aud", json!("https://graph.microsoft.com")),
            ("aud", json!(["https://auth.msft.communication.azure.com"])),
            ("iss", json!(format!("http://localhost:8401/{}/v2.0", FABRIKAM.id))),
            ("iss", json!("http://evil.example/")),
            ("nbf", json!(NOW + 1)),
            ("nbf", Value::Null),
            ("exp", json!(NOW)),
            ("exp", json!("tomorrow")),
            ("scp", Value::Null),
            ("tid", json!(CONTOSO.id)),
            ("tid", json!("organizations")),
            ("oid", Value::Null),
            ("appid", Value::Null),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(!is_valid(&claims), "{claims}");
        }
    }
}
