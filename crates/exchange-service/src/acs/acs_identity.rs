//! An ACS identity with its token, and the ids that an Entra ID user's identity contains.

use contract::{
    exchange::quickstart::ExchangeResponse,
    ids::{ClientId, ObjectId, TenantId},
};
use serde::Deserialize;

use super::operation::Issued;

/// The response of ACS. Unknown members are ignored, because ACS may add some.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdentityWithToken {
    identity: Identity,
    access_token: ExchangeResponse,
}

#[derive(Deserialize)]
struct Identity {
    id: String,
}

/// The maximum length in bytes. No ACS identity is longer.
const MAX_ID: usize = 256;

pub(super) fn with_token(body: &[u8]) -> Option<Issued> {
    let IdentityWithToken { identity: Identity { id }, access_token } = serde_json::from_slice(body).ok()?;
    let good = id.starts_with("8:acs:") && id.len() <= MAX_ID;
    good.then_some(Issued { response: access_token, identity: Some(id) })
}

/// The tenant and the person of `8:acs:<resource>_<tenant>_<person>`, in some clouds
/// `8:acs:<resource>_<cloud>_<tenant>_<person>`.
pub(super) fn entra_user(id: &str) -> Option<(TenantId, ObjectId)> {
    let parts: Vec<_> = id.strip_prefix("8:acs:")?.split('_').collect();
    let (resource, tenant, object) = match parts[..] {
        [resource, tenant, object] => (resource, tenant, object),
        [resource, cloud, tenant, object]
            if !cloud.is_empty() && cloud.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            (resource, tenant, object)
        }
        _ => return None,
    };
    // Any GUID, because this service does not know the id of its resource.
    resource.parse::<ClientId>().ok()?;
    Some((tenant.parse().ok()?, object.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESOURCE: &str = "ac500000-0000-4000-8000-000000000030";
    const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
    const PERSON: &str = "32c0a5db-05ec-78ea-51ab-3f06b329397e";

    #[test]
    fn reads_tenant_and_person_at_the_end_of_an_acs_identity() {
        let expected = Some((TENANT.parse().unwrap(), PERSON.parse().unwrap()));
        for id in [
            format!("8:acs:{RESOURCE}_{TENANT}_{PERSON}"),
            format!("8:acs:{RESOURCE}_wf_{TENANT}_{PERSON}"),
            format!("8:acs:{RESOURCE}_{}_{}", TENANT.to_uppercase(), PERSON.to_uppercase()),
        ] {
            assert_eq!(entra_user(&id), expected, "{id}");
        }
    }

    #[test]
    fn an_id_of_another_form_names_no_user() {
        for id in [
            String::new(),
            format!("8:acs:{RESOURCE}"),
            format!("8:acs:{RESOURCE}_{PERSON}"),
            format!("8:acs:{RESOURCE}__{TENANT}_{PERSON}"),
            format!("8:acs:{RESOURCE}_w-f_{TENANT}_{PERSON}"),
            format!("8:acs:{RESOURCE}_a_b_{TENANT}_{PERSON}"),
            format!("8:acs:x_{TENANT}_{PERSON}"),
            format!("8:acs:_{TENANT}_{PERSON}"),
            format!("8:orgid:{RESOURCE}_{TENANT}_{PERSON}"),
            format!("8:acs:{RESOURCE}_{TENANT}_{PERSON}_"),
            format!("8:acs:{RESOURCE}_{TENANT}_{PERSON} "),
        ] {
            assert_eq!(entra_user(&id), None, "{id}");
        }
    }
}
