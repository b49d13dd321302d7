//! The client credentials grant (RFC 6749 section 4.4): a program gets a token for its client secret.

use serde_json::{Map, Value};

use crate::{
    Emulator,
    authority::Authority,
    entra::{
        claims::{ACCESS_TOKEN_SECONDS, app_token},
        refusal::Refusal,
    },
    parameters::Parameters,
    registrations::Application,
};

/// The audience of tokens that ACS accepts instead of the access key. Microsoft's libraries append a slash, and then
/// `/.default`.
const ACS_DATA_PLANE: &str = "https://communication.azure.com";

/// The object id of the service principal of the only application with a secret.
const SERVICE_PRINCIPAL: &str = "5e9b0000-0000-4000-8000-000000000042";

/// Issues a token for the client secret, and returns the members of the token response.
///
/// # Errors
/// A refusal if the secret, the tenant or the scope is missing or wrong.
pub(super) fn issue(
    emulator: &Emulator,
    authority: Authority,
    app: &Application,
    parameters: &Parameters,
) -> Result<Map<String, Value>, Refusal> {
    let secret = parameters.value("client_secret").ok_or(Refusal::SecretMissing)?;
    if app.secret != Some(secret) {
        return Err(Refusal::SecretWrong { client_id: app.client_id });
    }
    let Authority::One(tenant) = authority else {
        return Err(Refusal::TenantNotAllowed { client_id: app.client_id });
    };
    let scope = parameters.value("scope").ok_or(Refusal::ParameterMissing("scope"))?;
    let resource = scope.strip_suffix("/.default").ok_or_else(|| Refusal::ScopeNotDefault(scope.to_owned()))?;
    if resource.trim_end_matches('/') != ACS_DATA_PLANE
        && !emulator.resources().iter().any(|known| known.is_called(resource))
    {
        return Err(Refusal::ScopeInvalid(scope.to_owned()));
    }
    let token = app_token(emulator, tenant, resource, (app.client_id, SERVICE_PRINCIPAL), "1");
    let response = [
        ("token_type", "Bearer".into()),
        ("expires_in", ACCESS_TOKEN_SECONDS.into()),
        ("ext_expires_in", ACCESS_TOKEN_SECONDS.into()),
        ("access_token", token.into()),
    ];
    Ok(response.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect())
}
