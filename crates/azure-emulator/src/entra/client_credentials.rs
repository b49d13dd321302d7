//! RFC 6749 section 4.4: a program gets a token of its own for a secret.

use serde_json::{Map, Value};

use crate::{
    Emulator,
    authority::Authority,
    entra::{
        claims::{ACCESS_TOKEN_SECONDS, app_token},
        refusal::Refusal,
    },
    parameters::Parameters,
    registrations::{Application, Resource},
};

/// What ACS takes instead of the access key. Microsoft's libraries end it with a slash, and then comes `/.default`.
const ACS_DATA_PLANE: &str = "https://communication.azure.com";

/// The object of the one application that has a secret.
const SERVICE_PRINCIPAL: &str = "5e9b0000-0000-4000-8000-000000000042";

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
    if resource.trim_end_matches('/') != ACS_DATA_PLANE && Resource::find(resource).is_none() {
        return Err(Refusal::ScopeInvalid(scope.to_owned()));
    }
    let token = app_token(emulator, tenant, resource, (app.client_id, SERVICE_PRINCIPAL), "1");
    let answer = [
        ("token_type", "Bearer".into()),
        ("expires_in", ACCESS_TOKEN_SECONDS.into()),
        ("ext_expires_in", ACCESS_TOKEN_SECONDS.into()),
        ("access_token", token.into()),
    ];
    Ok(answer.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)).collect())
}
