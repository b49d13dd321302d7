//! What the emulator does wrong: by a switch, for an account, or because a request asks for it in a header.

mod authorization;
mod end_session;
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

/// What the emulator does wrong until told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Tampering {
    /// What is wrong with every ID token.
    pub id_token: Option<IdTokenFault>,
    /// What is wrong with every answer of the authorization endpoint to the application.
    pub authorization: Option<AuthorizationFault>,
    /// The error that the authorization endpoint returns as soon as it is known who signs in.
    pub authorization_error: Option<AuthorizationError>,
    /// What is wrong with every answer of the token endpoint that carries tokens.
    pub token_response: Option<TokenResponseFault>,
    /// The error that the token endpoint returns for every code and refresh token.
    pub token_error: Option<TokenError>,
    /// What is wrong with the OpenID Connect metadata.
    pub metadata: Option<MetadataFault>,
    /// What is wrong with the way back from signing out.
    pub end_session: Option<EndSessionFault>,
    /// What the token endpoint does instead of answering.
    pub token: Option<Outage>,
    /// What the metadata's address does instead of answering.
    pub discovery: Option<Outage>,
    /// What the address of the signing keys does instead of answering.
    pub keys: Option<Outage>,
    /// What the exchanges of ACS do instead of answering.
    pub exchange: Option<Outage>,
    /// Whether any well-formed or missing code verifier is accepted.
    pub pkce_unchecked: bool,
    /// Whether the signing keys are published without CORS, so that no page can read them.
    pub keys_without_cors: bool,
    /// Whether the sign-in pages send `Cross-Origin-Opener-Policy: same-origin`, if not as the options say.
    pub coop: Option<bool>,
    /// By how many seconds Entra's clock is ahead, or behind if negative.
    pub entra_clock: i32,
    /// By how many seconds ACS's clock is ahead, or behind if negative.
    pub acs_clock: i32,
}

/// An enumeration of faults, each with the one line that documents it here, on the control page and in the README.
macro_rules! faults {
    ($(#[$doc:meta])* $name:ident { $($fault:ident $line:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[doc = $line] $fault,)+
        }

        impl $name {
            /// All of them, each with its line.
            pub(crate) const ALL: &[(Self, &str)] = &[$((Self::$fault, $line)),+];
        }
    };
}
use faults;

impl Tampering {
    /// Nothing is wrong.
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
        pkce_unchecked: false,
        keys_without_cors: false,
        coop: None,
        entra_clock: 0,
        acs_clock: 0,
    };

    /// Everything that is wrong here, and what else is wrong there.
    pub(crate) fn over(self, other: Self) -> Self {
        let clock = |here, there| if here == 0 { there } else { here };
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
            pkce_unchecked: self.pkce_unchecked || other.pkce_unchecked,
            keys_without_cors: self.keys_without_cors || other.keys_without_cors,
            coop: self.coop.or(other.coop),
            entra_clock: clock(self.entra_clock, other.entra_clock),
            acs_clock: clock(self.acs_clock, other.acs_clock),
        }
    }

    /// Reads what a form says: `idToken=expired&token=slow&pkceUnchecked=on&acsClock=600`.
    pub(crate) fn from_form(form: &[u8]) -> Result<Self, serde_json::Error> {
        let Ok(form) = Parameters::parse(form) else {
            return Err(Error::custom("a fault came twice"));
        };
        let members: Map<String, Value> = form.pairs().map(|(name, value)| (name.to_owned(), plain(value))).collect();
        serde_json::from_value(members.into())
    }
}

impl Default for Tampering {
    fn default() -> Self {
        Self::NONE
    }
}

/// A form knows only texts: which of them mean something else.
fn plain(text: &str) -> Value {
    match text {
        "on" | "true" => true.into(),
        "false" => false.into(),
        text => text.parse::<i32>().map_or_else(|_| text.into(), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AuthorizationFault, EndSessionFault, IdTokenFault, MetadataFault, Outage, Tampering, TokenResponseFault,
    };

    #[test]
    fn a_form_says_what_json_would() {
        let form = b"idToken=expired&token=&pkceUnchecked=on&coop=false&acsClock=-600";
        let json = r#"{ "idToken": "expired", "pkceUnchecked": true, "coop": false, "acsClock": -600 }"#;
        assert_eq!(Tampering::from_form(form).unwrap(), serde_json::from_str(json).unwrap());
        assert_eq!(Tampering::from_form(b"").unwrap(), Tampering::NONE);
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for form in
            ["idToken=tired", "colour=blue", "token=slow&token=slow", "acsClock=soon", "coop=perhaps", "tokenError=1"]
        {
            assert!(Tampering::from_form(form.as_bytes()).is_err(), "{form}");
        }
    }

    #[test]
    fn the_nearer_fault_covers_the_farther() {
        let near = Tampering { token: Some(Outage::Slow), acs_clock: 5, ..Tampering::NONE };
        let far = Tampering { token: Some(Outage::Dropped), keys: Some(Outage::Slow), acs_clock: 9, ..Tampering::NONE };
        let both = near.over(far);
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
        let members = serde_json::json!(Tampering::NONE);
        for member in members.as_object().unwrap().keys() {
            assert!(readme.contains(&format!("`{member}`")), "{member}");
        }
    }
}
