//! Faults: errors that the emulator makes if a test, an account or a header of a request sets them.

mod authorization;
mod end_session;
mod enumeration;
mod id_token;
mod metadata;
mod outage;
mod published;
mod token_response;

use serde::{Deserialize, Serialize, de::Error};
use serde_json::{Map, Value};

pub use authorization::AuthorizationFault;
pub(crate) use authorization::ResponseParameters;
pub use end_session::EndSessionFault;
pub use id_token::IdTokenFault;
pub(crate) use id_token::UnsignedIdToken;
pub use metadata::MetadataFault;
pub use outage::Outage;
pub use published::{AuthorizationError, PUBLISHED_ERRORS, PublishedError, TokenError};
pub use token_response::TokenResponseFault;

use crate::parameters::Parameters;

/// A set of faults. In JSON, members that are left out have no fault.
///
/// ```json
/// { "idToken": "expired", "exchange": "slow", "pkceUnchecked": true, "acsClock": -600 }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Faults {
    /// The fault of every ID token.
    pub id_token: Option<IdTokenFault>,
    /// The fault of every authorization response.
    pub authorization: Option<AuthorizationFault>,
    /// The error that the authorization endpoint returns once an account is chosen.
    pub authorization_error: Option<AuthorizationError>,
    /// The fault of every token response with tokens.
    pub token_response: Option<TokenResponseFault>,
    /// The error that the token endpoint returns for every code and refresh token.
    pub token_error: Option<TokenError>,
    /// The fault of the OpenID Connect metadata.
    pub metadata: Option<MetadataFault>,
    /// The fault of the redirect after signing out.
    pub end_session: Option<EndSessionFault>,
    /// The outage of the token endpoint.
    pub token: Option<Outage>,
    /// The outage of the metadata.
    pub discovery: Option<Outage>,
    /// The outage of the signing keys.
    pub keys: Option<Outage>,
    /// The outage of the exchanges at ACS.
    pub exchange: Option<Outage>,
    /// The outage of Microsoft Graph.
    pub graph: Option<Outage>,
    /// Whether the token endpoint accepts any code verifier, or a missing one.
    pub pkce_unchecked: bool,
    /// Whether the signing keys are published without CORS headers, so that no page can read them.
    pub keys_without_cors: bool,
    /// Whether the sign-in pages send `Cross-Origin-Opener-Policy: same-origin`. `None` leaves it to the options.
    pub coop: Option<bool>,
    /// The number of requests that do not find a new object of Graph yet.
    pub graph_lag: u8,
    /// The seconds by which Entra's clock is ahead, or behind if negative.
    pub entra_clock: i32,
    /// The seconds by which ACS's clock is ahead, or behind if negative.
    pub acs_clock: i32,
}

impl Faults {
    /// A set without faults.
    pub const NONE: Self = Self {
        id_token: None,
        authorization: None,
        authorization_error: None,
        token_response: None,
        token_error: None,
        metadata: None,
        end_session: None,
        token: None,
        discovery: None,
        keys: None,
        exchange: None,
        graph: None,
        pkce_unchecked: false,
        keys_without_cors: false,
        coop: None,
        graph_lag: 0,
        entra_clock: 0,
        acs_clock: 0,
    };

    /// The faults of `self`, and those of `other` where `self` has none.
    pub(crate) fn over(self, other: Self) -> Self {
        let clock = |own, other| if own == 0 { other } else { own };
        Self {
            id_token: self.id_token.or(other.id_token),
            authorization: self.authorization.or(other.authorization),
            authorization_error: self.authorization_error.or(other.authorization_error),
            token_response: self.token_response.or(other.token_response),
            token_error: self.token_error.or(other.token_error),
            metadata: self.metadata.or(other.metadata),
            end_session: self.end_session.or(other.end_session),
            token: self.token.or(other.token),
            discovery: self.discovery.or(other.discovery),
            keys: self.keys.or(other.keys),
            exchange: self.exchange.or(other.exchange),
            graph: self.graph.or(other.graph),
            pkce_unchecked: self.pkce_unchecked || other.pkce_unchecked,
            keys_without_cors: self.keys_without_cors || other.keys_without_cors,
            coop: self.coop.or(other.coop),
            graph_lag: self.graph_lag.max(other.graph_lag),
            entra_clock: clock(self.entra_clock, other.entra_clock),
            acs_clock: clock(self.acs_clock, other.acs_clock),
        }
    }

    /// Reads a form: `idToken=expired&token=slow&pkceUnchecked=on&acsClock=600`.
    ///
    /// # Errors
    /// The first name or value that is unknown, or a name that occurs twice.
    pub(crate) fn from_form(form: &[u8]) -> Result<Self, serde_json::Error> {
        let Ok(form) = Parameters::parse(form) else {
            return Err(Error::custom("a fault occurs twice"));
        };
        let members: Map<String, Value> =
            form.pairs().map(|(name, value)| (name.to_owned(), json_value(value))).collect();
        serde_json::from_value(members.into())
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::NONE
    }
}

/// The JSON value of a form field, which can be a Boolean, a number or a text.
fn json_value(text: &str) -> Value {
    match text {
        "on" | "true" => true.into(),
        "false" => false.into(),
        text => text.parse::<i32>().map_or_else(|_| text.into(), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthorizationFault, EndSessionFault, Faults, IdTokenFault, MetadataFault, Outage, TokenResponseFault};

    #[test]
    fn reads_a_form_like_json() {
        let form = b"idToken=expired&token=&pkceUnchecked=on&coop=false&acsClock=-600";
        let json = r#"{ "idToken": "expired", "pkceUnchecked": true, "coop": false, "acsClock": -600 }"#;
        assert_eq!(Faults::from_form(form).unwrap(), serde_json::from_str(json).unwrap());
        assert_eq!(Faults::from_form(b"").unwrap(), Faults::NONE);
    }

    #[test]
    fn rejects_unknown_faults() {
        for form in
            ["idToken=tired", "color=blue", "token=slow&token=slow", "acsClock=soon", "coop=perhaps", "tokenError=1"]
        {
            assert!(Faults::from_form(form.as_bytes()).is_err(), "{form}");
        }
    }

    #[test]
    fn own_faults_take_precedence() {
        let own = Faults { token: Some(Outage::Slow), acs_clock: 5, ..Faults::NONE };
        let other = Faults { token: Some(Outage::Dropped), keys: Some(Outage::Slow), acs_clock: 9, ..Faults::NONE };
        let both = own.over(other);
        assert_eq!((both.token, both.keys, both.acs_clock), (Some(Outage::Slow), Some(Outage::Slow), 5));
    }

    #[test]
    fn the_readme_lists_every_fault_with_its_line() {
        let readme = include_str!("../../README.md");
        let name = |fault: serde_json::Value| fault.as_str().unwrap().to_owned();
        let lines = IdTokenFault::ALL.iter().map(|(fault, line)| (name(serde_json::json!(fault)), line));
        let lines = lines.chain(AuthorizationFault::ALL.iter().map(|(f, line)| (name(serde_json::json!(f)), line)));
        let lines = lines.chain(TokenResponseFault::ALL.iter().map(|(f, line)| (name(serde_json::json!(f)), line)));
        let lines = lines.chain(MetadataFault::ALL.iter().map(|(f, line)| (name(serde_json::json!(f)), line)));
        let lines = lines.chain(EndSessionFault::ALL.iter().map(|(f, line)| (name(serde_json::json!(f)), line)));
        let lines = lines.chain(Outage::ALL.iter().map(|(f, line)| (name(serde_json::json!(f)), line)));
        for (name, line) in lines {
            assert!(readme.contains(&format!("| `{name}` | {line} |")), "| `{name}` | {line} |");
        }
        let members = serde_json::json!(Faults::NONE);
        for member in members.as_object().unwrap().keys() {
            assert!(readme.contains(&format!("`{member}`")), "{member}");
        }
    }
}
