//! The schemas of the bodies. They are not derived in the crate `contract`, whose types are also part of the vault: its
//! wasm would be compiled with the generator. A test compares their members with those of the types there.

#![expect(dead_code, reason = "only the derived schemas are used")]

use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, Type},
};

#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::http) struct ExchangeRequest {
    /// The person's Entra token for ACS (A1).
    #[schema(min_length = 1, max_length = 16000)]
    access_token: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct ExchangeResponse {
    /// The ACS token (D).
    token: String,
    #[schema(format = DateTime)]
    expires_on: String,
}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct EntraIdUserResponse {
    /// The ACS token (D).
    token: String,
    #[schema(format = DateTime)]
    expires_on: String,
    /// The identity of the token in the ACS resource: `8:acs:…`.
    identity: String,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct GuestRequest {}

#[derive(ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct GuestResponse {
    token: String,
    #[schema(format = DateTime)]
    expires_on: String,
    #[schema(schema_with = always)]
    guest: bool,
    identity: String,
}

#[derive(ToSchema)]
pub(in crate::http) struct KeySet {
    keys: Vec<Key>,
}

#[derive(ToSchema)]
struct Key {
    kty: String,
    kid: String,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Reservation {
    #[schema(pattern = "^[A-Za-z0-9_-]{75}$")]
    id: String,
    #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
    key: String,
}

/// RFC 6749 section 4.1.2. Parameters that no standard knows are dropped; tokens are refused.
#[derive(ToSchema)]
pub(in crate::http) struct AuthorizationResponse {
    #[schema(nullable = false, min_length = 1)]
    code: Option<String>,
    #[schema(min_length = 1)]
    state: String,
    #[schema(nullable = false, min_length = 1)]
    error: Option<String>,
    #[schema(nullable = false)]
    error_description: Option<String>,
    #[schema(nullable = false)]
    iss: Option<String>,
    #[schema(nullable = false)]
    session_state: Option<String>,
    #[schema(nullable = false)]
    client_info: Option<String>,
}

#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Delivery {
    /// The authorization response as it was left.
    response: String,
}

fn always() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true])).build()
}
