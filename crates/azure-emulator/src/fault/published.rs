//! Errors of Microsoft's published list, which a fault names by their number.
//!
//! Their causes are settings of a tenant, states of an account or months without use, which the emulator does not have.

use serde::{Deserialize, Serialize};

/// A published error, with its OAuth errors at both endpoints.
#[derive(Debug, PartialEq)]
pub struct PublishedError {
    /// The number after `AADSTS`.
    pub number: u32,
    /// The OAuth error in an authorization response. `None` if Entra returns the error only from the token endpoint, or
    /// shows it on a page.
    pub authorization: Option<&'static str>,
    /// The OAuth error in a token response. `None` if the token endpoint does not return the error.
    pub token: Option<&'static str>,
    /// The `suberror` of a token response, or an empty text.
    pub(crate) suberror: &'static str,
    /// The text, in the emulator's words.
    pub(crate) message: &'static str,
}

/// A type for the errors of one endpoint, which is read from and written as the number.
macro_rules! endpoint {
    ($(#[$doc:meta])* $name:ident of $member:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(try_from = "u32", into = "u32")]
        pub struct $name(&'static PublishedError);

        impl $name {
            /// All errors of this endpoint.
            pub(crate) fn all() -> impl Iterator<Item = Self> {
                PUBLISHED_ERRORS.iter().filter(|error| error.$member.is_some()).map(Self)
            }

            /// The error with this number, or `None` if this endpoint does not return it.
            #[must_use]
            pub fn of(number: u32) -> Option<Self> {
                Self::all().find(|error| error.0.number == number)
            }

            pub(crate) fn published(self) -> &'static PublishedError {
                self.0
            }

            /// The OAuth error at this endpoint.
            pub(crate) fn error(self) -> &'static str {
                self.0.$member.unwrap_or_default()
            }
        }

        impl TryFrom<u32> for $name {
            type Error = String;

            fn try_from(number: u32) -> Result<Self, String> {
                Self::of(number).ok_or_else(|| format!("this endpoint does not return the error {number}"))
            }
        }

        impl From<$name> for u32 {
            fn from(error: $name) -> Self {
                error.0.number
            }
        }
    };
}

endpoint! {
    /// An error that the authorization endpoint returns to the application.
    AuthorizationError of authorization
}
endpoint! {
    /// An error that the token endpoint returns.
    TokenError of token
}

/// The number, the OAuth errors of the authorization and of the token endpoint, the suberror and the message.
type Columns = (u32, Option<&'static str>, Option<&'static str>, &'static str, &'static str);

const fn row((number, authorization, token, suberror, message): Columns) -> PublishedError {
    PublishedError { number, authorization, token, suberror, message }
}

/// The errors in ascending order. The README has the same table, and a test compares them.
pub static PUBLISHED_ERRORS: [PublishedError; ROWS.len()] = {
    let mut errors = [const { row((0, None, None, "", "")) }; ROWS.len()];
    let mut index = 0;
    while index < ROWS.len() {
        errors[index] = row(ROWS[index]);
        index += 1;
    }
    errors
};

#[rustfmt::skip]
const ROWS: [Columns; 69] = [
    (16000, Some("interaction_required"), None, "",
        "The account doesn't exist in the tenant and can't use the application there."),
    (50000, None, Some("server_error"), "", "No token could be issued because of a problem with the service."),
    (50001, Some("invalid_resource"), Some("invalid_resource"), "",
        "The resource is disabled, or no resource has this name."),
    (50011, None, Some("invalid_client"), "", "The redirect URI is not one of those configured for the application."),
    (50034, None, Some("invalid_grant"), "", "The user account doesn't exist in the directory."),
    (50053, Some("access_denied"), Some("invalid_grant"), "", "The account is locked after too many attempts."),
    (50055, Some("interaction_required"), Some("invalid_grant"), "user_password_expired", "The password has expired."),
    (50057, Some("access_denied"), Some("invalid_grant"), "", "The user account is disabled."),
    (50072, Some("interaction_required"), Some("invalid_grant"), "basic_action",
        "The user has to register for multifactor authentication."),
    (50076, Some("interaction_required"), Some("interaction_required"), "basic_action",
        "Multifactor authentication is required."),
    (50079, Some("interaction_required"), Some("invalid_grant"), "basic_action",
        "The user has to register a method for multifactor authentication."),
    (50085, None, Some("invalid_grant"), "", "The refresh token needs a sign-in at the social identity provider."),
    (50089, None, Some("invalid_grant"), "", "The flow token has expired."),
    (50105, Some("access_denied"), Some("invalid_grant"), "",
        "The user is not assigned to the application, which requires it."),
    (50126, Some("access_denied"), Some("invalid_grant"), "", "The user name or the password is wrong."),
    (50131, Some("access_denied"), Some("invalid_grant"), "message_only",
        "The sign-in was blocked because of suspicious activity."),
    (50133, None, Some("invalid_grant"), "", "The session is no longer valid because the password changed."),
    (50144, Some("interaction_required"), Some("invalid_grant"), "user_password_expired",
        "The password in the on-premises directory has expired."),
    (50146, None, Some("invalid_request"), "", "The application needs a signing key of its own, and has none."),
    (50158, Some("interaction_required"), Some("interaction_required"), "additional_action",
        "The external security challenge was not satisfied."),
    (50161, Some("access_denied"), Some("invalid_grant"), "",
        "The external provider did not send the claims that were requested."),
    (50173, None, Some("invalid_grant"), "bad_token", "The grant was revoked; a fresh one is needed."),
    (50194, None, Some("invalid_request"), "",
        "The application is not configured for several tenants; use the endpoint of its own."),
    (50196, None, Some("invalid_grant"), "", "The same request came too often: a loop of the client."),
    (51004, Some("access_denied"), Some("invalid_grant"), "",
        "The user account doesn't exist in the directory of this tenant."),
    (53000, Some("access_denied"), Some("interaction_required"), "message_only", "The device is not compliant."),
    (53001, Some("access_denied"), Some("interaction_required"), "message_only",
        "The device is not joined to the domain."),
    (53002, Some("access_denied"), Some("interaction_required"), "message_only",
        "The app that was used is not an approved one."),
    (53003, Some("access_denied"), Some("interaction_required"), "message_only",
        "Access was blocked by Conditional Access."),
    (53004, Some("access_denied"), Some("interaction_required"), "message_only",
        "The registration for multifactor authentication is blocked because of a risk."),
    (53011, Some("access_denied"), Some("invalid_grant"), "message_only",
        "The user is blocked because of a risk in the home tenant."),
    (54000, Some("access_denied"), Some("invalid_grant"), "",
        "The user's age group is not allowed to use the application."),
    (54005, None, Some("invalid_grant"), "", "The authorization code was redeemed before."),
    (65001, Some("consent_required"), Some("invalid_grant"), "consent_required",
        "Neither the user nor an administrator has consented to the application."),
    (65004, Some("access_denied"), None, "", "The user declined to consent."),
    (65005, Some("invalid_client"), Some("invalid_client"), "",
        "The application requests a resource that its registration doesn't list."),
    (70000, None, Some("invalid_grant"), "bad_token", "The grant is not valid."),
    (70008, None, Some("invalid_grant"), "bad_token", "The grant has expired because it was not used."),
    (70011, Some("invalid_scope"), Some("invalid_scope"), "", "The requested scope is not valid."),
    (70043, None, Some("invalid_grant"), "bad_token",
        "The refresh token has expired by the sign-in frequency of a policy."),
    (80001, Some("access_denied"), None, "", "The authentication agent can't connect to the on-premises directory."),
    (90002, None, Some("invalid_request"), "", "The tenant was not found."),
    (90023, Some("invalid_request"), Some("invalid_request"), "", "The request is not valid."),
    (90033, Some("temporarily_unavailable"), Some("temporarily_unavailable"), "",
        "The directory service is not available."),
    (90055, None, Some("temporarily_unavailable"), "", "There are too many requests of this tenant."),
    (90072, Some("access_denied"), Some("invalid_grant"), "", "The external account doesn't exist in the tenant."),
    (90094, Some("access_denied"), Some("invalid_grant"), "consent_required", "An administrator has to consent."),
    (90095, Some("access_denied"), None, "", "An administrator has to approve the request for consent."),
    (500_011, Some("invalid_resource"), Some("invalid_resource"), "",
        "The resource principal was not found in the tenant."),
    (500_014, Some("invalid_resource"), Some("invalid_resource"), "",
        "The service principal of the resource is disabled."),
    (500_021, Some("access_denied"), None, "", "Access to the tenant is denied by the restriction of the network."),
    (500_121, Some("access_denied"), Some("invalid_grant"), "",
        "Authentication failed during the request for strong authentication."),
    (500_208, Some("access_denied"), Some("invalid_grant"), "", "The domain is not one for this type of account."),
    (500_212, Some("access_denied"), Some("invalid_grant"), "",
        "The home tenant's outbound policy doesn't allow access to the other tenant."),
    (500_213, Some("access_denied"), Some("invalid_grant"), "",
        "The other tenant's inbound policy doesn't allow access to this user."),
    (500_341, None, Some("invalid_grant"), "", "The user account was deleted from the directory."),
    (501_481, None, Some("invalid_grant"), "", "The code verifier doesn't match the code challenge."),
    (530_003, Some("access_denied"), Some("interaction_required"), "message_only", "The device has to be managed."),
    (530_035, Some("access_denied"), Some("interaction_required"), "message_only",
        "Access was blocked by the security defaults."),
    (650_052, Some("invalid_client"), Some("invalid_client"), "",
        "The organization lacks a service principal for the resource."),
    (650_057, Some("invalid_client"), Some("invalid_client"), "",
        "The resource is not listed in the registration of the application."),
    (700_016, None, Some("unauthorized_client"), "", "The application was not found in the directory."),
    (700_082, None, Some("invalid_grant"), "bad_token", "The refresh token has expired because it was not used."),
    (700_084, None, Some("invalid_grant"), "bad_token",
        "The refresh token of a single-page app has reached its fixed end."),
    (5_000_224, Some("access_denied"), Some("invalid_request"), "", "The tenant is not available."),
    (7_000_112, Some("unauthorized_client"), Some("unauthorized_client"), "", "The application is disabled."),
    (9_002_326, None, Some("invalid_request"), "",
        "Cross-origin redemption is for applications of the type single-page only."),
    (9_002_327, None, Some("invalid_request"), "",
        "Tokens of a single-page application are redeemed by cross-origin requests only."),
    (9_002_332, None, Some("invalid_request"), "", "The application is for Entra users only."),
];

#[cfg(test)]
mod tests {
    use super::{AuthorizationError, PUBLISHED_ERRORS, TokenError};

    #[test]
    fn numbers_ascend_and_every_error_comes_from_an_endpoint() {
        for pair in PUBLISHED_ERRORS.windows(2) {
            assert!(pair[0].number < pair[1].number, "{} before {}", pair[0].number, pair[1].number);
        }
        for error in &PUBLISHED_ERRORS {
            assert_ne!((error.authorization, error.token), (None, None), "{}", error.number);
        }
    }

    #[test]
    fn rejects_errors_of_the_other_endpoint() {
        for (number, at_authorization, at_token) in [(65004, true, false), (700_084, false, true)] {
            assert_eq!(AuthorizationError::of(number).is_some(), at_authorization, "{number}");
            assert_eq!(TokenError::of(number).is_some(), at_token, "{number}");
        }
        for wrong in ["1", "-1", "\"50057\"", "null"] {
            assert!(serde_json::from_str::<TokenError>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_readme_lists_every_error() {
        let readme = include_str!("../../README.md");
        let cell = |error: Option<&str>| error.map_or_else(String::new, |error| format!("`{error}`"));
        for error in &PUBLISHED_ERRORS {
            let (authorization, token) = (cell(error.authorization), cell(error.token));
            let row = format!("| {} | {authorization} | {token} | {} |", error.number, error.message);
            assert!(readme.contains(&row.replace("|  |", "| |")), "{row}");
        }
    }
}
