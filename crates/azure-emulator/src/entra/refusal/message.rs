//! The messages of Entra's errors.

use super::Refusal;
use crate::registrations::Resource;

impl Refusal {
    /// The message of the `error_description`, without the number and the ids.
    pub(super) fn message(&self) -> String {
        let fixed = match self {
            Self::AccountForeign { username, tenant } => {
                return format!(
                    "User account '{username}' does not exist in tenant '{tenant}' and cannot be used there."
                );
            }
            Self::ApplicationUnknown { client_id, tenant } => {
                return format!("Application with identifier '{client_id}' was not found in the directory '{tenant}'.");
            }
            Self::ConsentMissing { client_id } | Self::ConsentMissingForToken { client_id } => {
                return format!(
                    "Neither the user nor an administrator has consented to the application '{client_id}'."
                );
            }
            Self::ParameterMissing(name) => {
                return format!("The request must contain the following parameter: '{name}'.");
            }
            Self::ParameterRepeated(name) => {
                return format!("The request is not properly formatted. The parameter '{name}' is duplicated.");
            }
            Self::RedirectUriUnknown(uri) => {
                return format!("The redirect URI '{uri}' is not one of those configured for the application.");
            }
            Self::ScopeInvalid(scope) => {
                return format!("The input parameter 'scope' is not valid: '{scope}' names no known resource.");
            }
            Self::ScopeUnknown { scope, resource } => {
                return format!("The scope '{scope}' doesn't exist on the resource '{resource}'.");
            }
            Self::ServiceMissing { tenant, resource: Resource { app_id, uri, .. } } => {
                return format!("Organization '{tenant}' lacks a service principal for {app_id}, {uri}.");
            }
            Self::ScopeNotDefault(scope) => {
                return format!(
                    "The scope '{scope}' is not valid: a program asks for a resource followed by '/.default'."
                );
            }
            Self::SecretWrong { client_id } => {
                return format!("Invalid client secret provided for the application '{client_id}'.");
            }
            Self::TenantNotAllowed { client_id } => {
                return format!("Application '{client_id}' is not multi-tenant. Use the endpoint of its own tenant.");
            }
            Self::TenantUnknown(tenant) => return format!("Tenant '{tenant}' not found."),
            Self::Unassigned { client_id } => {
                return format!(
                    "The signed-in user is not assigned to the application '{client_id}', which requires it."
                );
            }
            Self::PublishedAtAuthorization(error) => error.published().message,
            Self::PublishedAtToken(error) => error.published().message,
            Self::ChallengeMalformed => "The code_challenge is not 32 bytes in base64url.",
            Self::ChallengeMethodUnsupported => "Invalid code_challenge_method. The emulator takes S256 only.",
            Self::ChallengeMissing => {
                "Proof Key for Code Exchange is required for cross-origin authorization code redemption."
            }
            Self::ClaimsChallenge => "The organization's policy asks for multi-factor authentication.",
            Self::CodeExpired => "The authorization code has expired.",
            Self::CodeOfAnotherTenant => "The authorization code is intended for use against another tenant.",
            Self::CodeRedeemed => "The authorization code was already redeemed.",
            Self::ConsentDeclined => "User declined to consent to access the app.",
            Self::GrantInvalid => "The provided grant is invalid or malformed.",
            Self::GrantTypeUnsupported => "The grant type is not supported.",
            Self::ManyResources => {
                "Provided value for the input parameter scope is not valid because it contains more than one resource."
            }
            Self::MethodNotPost => "The endpoint only accepts POST requests.",
            Self::OriginMissing => {
                "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."
            }
            Self::OriginUnexpected => {
                "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type."
            }
            Self::PromptUnsupported => "Unsupported 'prompt' value.",
            Self::RedirectUriDiffers => "The reply address differs from the one in the authorization request.",
            Self::RefreshTokenExpired => {
                "The refresh token was issued to a single-page app, has a fixed lifetime, and has expired."
            }
            Self::ResponseModeUnsupported => "The emulator's response modes are 'query', 'fragment' and 'form_post'.",
            Self::ResponseTypeUnsupported => "The emulator's response type is 'code'.",
            Self::SecondFactorDenied => "Authentication failed during the strong authentication request.",
            Self::SecretFromPublicClient => "Client is public, so no secret or assertion should be presented.",
            Self::SecretMissing => "The request body must contain the following parameter: 'client_secret'.",
            Self::SessionMissing => "A silent sign-in request was sent but no user is signed in.",
            Self::VerifierMismatch => {
                "The code_verifier does not match the code_challenge supplied in the authorization request."
            }
        };
        fixed.to_owned()
    }
}
