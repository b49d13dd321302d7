use serde::Serialize;

use crate::{
    AcsToken, Branding, Problem, RedactedText,
    branding::link,
    json::{self, Json, Malformed, Object},
};

/// A message from the vault to the page, as JSON text.
///
/// ```json
/// {"ready":{"build":"0123456789abcdef"}}
/// {"site":{"site":{"signInMethods":[],"byWindow":false,"portals":[],"branding":{"name":"Contoso Calling"},"continueUrl":null,"developerTools":false}}}
/// {"viewState":{"viewState":{"signedOut":{"problem":null,"notice":null}}}}
/// {"leave":{"url":"https://login.microsoftonline.com/…/authorize?…","transaction":"…"}}
/// {"greet":{"greeting":{"url":"https://login.microsoftonline.com/…/authorize?…","state":"…","mailbox":null}}}
/// "taken"
/// {"remember":{"remembered":null}}
/// ```
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FromVault {
    /// The first message: the vault runs under its own policy. The page sends nothing before it.
    Ready {
        /// The vault's [`BUILD`](crate::BUILD).
        build: String,
    },
    /// The configuration, as far as the page needs it. Sent when it was read, and on [`Show`](crate::ToVault::Show).
    Site {
        /// The configuration.
        site: Site,
    },
    /// What the page shows. Sent when it changed, and on [`Show`](crate::ToVault::Show).
    #[serde(rename_all = "camelCase")]
    ViewState {
        /// The new view state.
        view_state: ViewState,
    },
    /// Asks the page to go to an address in this tab.
    Leave {
        /// Entra's authorization, consent or end-session endpoint, with its parameters.
        url: String,
        /// The transaction, which the page stores in `sessionStorage` until the person is back. The redirect flow
        /// stores nothing else.
        transaction: Option<RedactedText>,
    },
    /// Asks the page to greet the sign-in window that it opened on the click.
    Greet {
        /// The greeting to forward.
        greeting: Greeting,
    },
    /// The vault accepted the authorization response that the sign-in window sent: the window can close.
    Taken,
    /// Asks the page to store an account in `sessionStorage` for its next load in this tab, or to delete the stored
    /// one.
    Remember {
        /// The account to store, without a token. `None` deletes.
        remembered: Option<RedactedText>,
    },
}

impl FromVault {
    /// Reads a message. Unknown members are ignored, because the vault can come from another build.
    ///
    /// # Errors
    /// If the text is not one of these messages.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let (name, content) = json::read(text.as_bytes())?.variant()?;
        if name == "taken" {
            return Ok(Self::Taken);
        }
        let mut content = content.into_object();
        let message = match name.as_str() {
            "ready" => Self::Ready { build: content.text("build") },
            "site" => Self::Site { site: required(&mut content, "site", Site::from_json)? },
            "viewState" => Self::ViewState { view_state: required(&mut content, "viewState", ViewState::from_json)? },
            "leave" => Self::Leave {
                url: content.text("url"),
                transaction: content.optional_text("transaction").map(RedactedText::new),
            },
            "greet" => Self::Greet { greeting: required(&mut content, "greeting", Greeting::from_json)? },
            "remember" => Self::Remember { remembered: content.optional_text("remembered").map(RedactedText::new) },
            _ => return Err(Malformed),
        };
        content.finish().map(|()| message)
    }
}

/// Takes a member that is a value of another type.
fn required<T>(content: &mut Object, name: &str, read: fn(Json) -> Option<T>) -> Result<T, Malformed> {
    read(content.take(name)).ok_or(Malformed)
}

/// Takes a member that is a value of another type, or `null`.
fn optional<T>(content: &mut Object, name: &str, read: fn(Json) -> Option<T>) -> Option<T> {
    match content.take(name) {
        Json::Missing | Json::Null => None,
        value => content.require(read(value)),
    }
}

/// Takes a member that is an array.
fn list<T>(content: &mut Object, name: &str, read: fn(Json) -> Option<T>) -> Vec<T> {
    let items = match content.take(name) {
        Json::List(items) => items.into_iter().map(read).collect(),
        _ => None,
    };
    content.require(items).unwrap_or_default()
}

/// The configuration, as far as the page needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// The sign-in methods that the page offers.
    pub sign_in_methods: Vec<SignInMethod>,
    /// Whether the page opens a window on the click that begins a sign-in.
    pub by_window: bool,
    /// The portals that may embed the page.
    pub portals: Vec<Portal>,
    /// Whose page it is.
    pub branding: Branding,
    /// Where a person continues after a sign-in at top level.
    pub continue_url: Option<String>,
    /// Whether the page shows how long the token lives, and lets the person copy it.
    pub developer_tools: bool,
}

impl Site {
    fn from_json(site: Json) -> Option<Self> {
        let mut members = site.into_object();
        let site = Self {
            sign_in_methods: list(&mut members, "signInMethods", SignInMethod::from_json),
            by_window: members.flag("byWindow"),
            portals: list(&mut members, "portals", Portal::from_json),
            branding: Branding::from_json(members.take("branding"))?,
            continue_url: link(&mut members, "continueUrl"),
            developer_tools: members.flag("developerTools"),
        };
        members.finish().ok().map(|()| site)
    }
}

/// A sign-in method: one profile of the configuration.
///
/// ```json
/// {"profile":"teams","label":"Sign in for Teams","picked":false,"consent":null}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInMethod {
    /// The name of the profile, as in [`ToVault::SignIn`](crate::ToVault::SignIn).
    pub profile: String,
    /// The label of the button, where there are several methods.
    pub label: Option<String>,
    /// Whether this method was chosen among several: by a portal, by the last attempt, or by a remembered account.
    pub picked: bool,
    /// What an administrator can consent to. `None` for guests, who do not sign in.
    pub consent: Option<Consent>,
}

impl SignInMethod {
    fn from_json(method: Json) -> Option<Self> {
        let mut members = method.into_object();
        let method = Self {
            profile: members.text("profile"),
            label: members.optional_text("label"),
            picked: members.flag("picked"),
            consent: optional(&mut members, "consent", Consent::from_json),
        };
        members.finish().ok().map(|()| method)
    }

    /// Whether the person signs in at the authority. A guest does not.
    pub fn leads_to_entra(&self) -> bool {
        self.consent.is_some()
    }
}

/// The permissions that an administrator can grant for their organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// The client id of the application (A3).
    pub client_id: String,
    /// The permissions, as Entra names them.
    pub permissions: Vec<String>,
    /// The address at Entra where an administrator grants exactly these permissions.
    pub url: String,
    /// The address at Entra where an administrator grants all permissions of the application's registration.
    pub registered_url: String,
}

impl Consent {
    fn from_json(consent: Json) -> Option<Self> {
        let mut members = consent.into_object();
        let consent = Self {
            client_id: members.text("clientId"),
            permissions: list(&mut members, "permissions", Json::into_text),
            url: members.text("url"),
            registered_url: members.text("registeredUrl"),
        };
        members.finish().ok().map(|()| consent)
    }
}

/// A site that may embed the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    /// The origin, as browsers serialize it: `https://portal.example`.
    pub origin: String,
    /// Whether the portal receives the ACS token.
    pub receives_token: bool,
    /// Whether the person's activity in the portal counts against the idle limit.
    pub counts_activity: bool,
    /// The name that people know the portal by.
    pub name: Option<String>,
    /// Where a person continues to the portal after a sign-in at top level.
    pub url: Option<String>,
}

impl Portal {
    fn from_json(portal: Json) -> Option<Self> {
        let mut members = portal.into_object();
        let portal = Self {
            origin: members.text("origin"),
            receives_token: members.flag("receivesToken"),
            counts_activity: members.flag("countsActivity"),
            name: members.optional_text("name"),
            url: link(&mut members, "url"),
        };
        members.finish().ok().map(|()| portal)
    }
}

/// What the sign-in window needs to go to Entra and to return the response. It is no secret: the verifier stays in the
/// vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Greeting {
    /// Entra's authorization endpoint, with its parameters.
    pub url: String,
    /// The parameter `state`, which binds the authorization response to this sign-in.
    pub state: String,
    /// The address of the return mailbox, if there is one, for a window that cannot reach the page.
    pub mailbox: Option<String>,
}

impl Greeting {
    fn from_json(greeting: Json) -> Option<Self> {
        let mut members = greeting.into_object();
        let greeting =
            Self { url: members.text("url"), state: members.text("state"), mailbox: members.optional_text("mailbox") };
        members.finish().ok().map(|()| greeting)
    }
}

/// What the page shows of the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ViewState {
    /// The configuration is being read.
    Starting,
    /// The page cannot work until the problem is fixed.
    Stopped {
        /// What must be fixed.
        problem: Problem,
    },
    /// The person is signed out.
    SignedOut {
        /// Why the last sign-in or session ended, if it ended with a problem.
        problem: Option<Problem>,
        /// A notice that is no problem.
        notice: Option<Notice>,
    },
    /// The page is about to go to Entra.
    Leaving,
    /// The person signs in, in the window that the page opened.
    AtWindow,
    /// The authorization response is here, and the vault completes the sign-in.
    SigningIn {
        /// The step in progress.
        step: Step,
        /// All steps of this sign-in, in order.
        steps: Vec<Step>,
    },
    /// The person is signed in.
    #[serde(rename_all = "camelCase")]
    SignedIn {
        /// The person's account. `None` for a guest.
        account: Option<Account>,
        /// The identity in ACS (`8:acs:…`), if the exchange service returns it.
        communication_id: Option<String>,
        /// The ACS access token (D). `None` while an expired one is not renewed yet.
        token: Option<AcsToken>,
        /// When the token expires or expired, in seconds since 1970.
        expires_at: u64,
        /// Why the token could not be renewed.
        renewal_problem: Option<Problem>,
    },
}

impl ViewState {
    fn from_json(view_state: Json) -> Option<Self> {
        let (name, content) = view_state.variant().ok()?;
        let mut content = content.into_object();
        let view_state = match name.as_str() {
            "starting" => return Some(Self::Starting),
            "leaving" => return Some(Self::Leaving),
            "atWindow" => return Some(Self::AtWindow),
            "stopped" => Self::Stopped { problem: Problem::from_json(content.take("problem"))? },
            "signedOut" => Self::SignedOut {
                problem: optional(&mut content, "problem", Problem::from_json),
                notice: optional(&mut content, "notice", Notice::from_json),
            },
            "signingIn" => Self::SigningIn {
                step: Step::from_json(content.take("step"))?,
                steps: list(&mut content, "steps", Step::from_json),
            },
            "signedIn" => Self::SignedIn {
                account: optional(&mut content, "account", Account::from_json),
                communication_id: content.optional_text("communicationId"),
                token: content.optional_text("token").map(AcsToken::new),
                expires_at: content.take("expiresAt").as_u64()?,
                renewal_problem: optional(&mut content, "renewalProblem", Problem::from_json),
            },
            _ => return None,
        };
        content.finish().ok().map(|()| view_state)
    }
}

/// A notice for a person who is signed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Notice {
    /// The person clicked the button of `index.html`, but must choose a profile, or click again to open a window.
    ClickAgain,
    /// An administrator returned from Entra's consent page, and the response has no error.
    ConsentGranted,
    /// An administrator returned from Entra's consent page, and the response has an error.
    ConsentRefused,
    /// A consent response arrived that this tab did not request, so it proves nothing.
    ConsentUnknown,
    /// The person signed out in another tab.
    SignedOutElsewhere,
}

impl Notice {
    fn from_json(notice: Json) -> Option<Self> {
        Some(match notice.into_text()?.as_str() {
            "clickAgain" => Self::ClickAgain,
            "consentGranted" => Self::ConsentGranted,
            "consentRefused" => Self::ConsentRefused,
            "consentUnknown" => Self::ConsentUnknown,
            "signedOutElsewhere" => Self::SignedOutElsewhere,
            _ => return None,
        })
    }
}

/// The steps of a sign-in after the authorization response, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// The authorization code is exchanged for tokens.
    Redeeming,
    /// The ID token is checked.
    Checking,
    /// The token for the exchange service is fetched.
    Authorizing,
    /// The exchange service, or ACS itself, issues the ACS token.
    Exchanging,
}

impl Step {
    fn from_json(step: Json) -> Option<Self> {
        Some(match step.into_text()?.as_str() {
            "redeeming" => Self::Redeeming,
            "checking" => Self::Checking,
            "authorizing" => Self::Authorizing,
            "exchanging" => Self::Exchanging,
            _ => return None,
        })
    }
}

/// The account that signed in, for people to read. The exchange service takes the person from the validated caller
/// token (B), never from here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The person's name.
    pub name: Option<String>,
    /// The name that the person signs in with.
    pub username: Option<String>,
    /// The Entra tenant (`tid`).
    pub tenant_id: String,
    /// The object id in that tenant (`oid`).
    pub object_id: String,
}

impl Account {
    fn from_json(account: Json) -> Option<Self> {
        let mut members = account.into_object();
        let account = Self {
            name: members.optional_text("name"),
            username: members.optional_text("username"),
            tenant_id: members.text("tenantId"),
            object_id: members.text("objectId"),
        };
        members.finish().ok().map(|()| account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProblemCode;

    #[test]
    fn every_message_is_read_as_it_was_written() {
        let name = || Some("teams".to_owned());
        let problem = || Problem::new(ProblemCode::NotSignedIn).detail("a detail").reference(name());
        let consent = Consent {
            client_id: "c".to_owned(),
            permissions: vec!["p".to_owned(), "q".to_owned()],
            url: "u".to_owned(),
            registered_url: "r".to_owned(),
        };
        let method = |consent, label| SignInMethod { profile: "teams".to_owned(), label, picked: true, consent };
        let portal = |name, url| Portal {
            origin: "https://portal.example".to_owned(),
            receives_token: true,
            counts_activity: false,
            name,
            url,
        };
        let address = || Some("https://portal.example/calls".to_owned());
        let account = |name: Option<String>| Account {
            name: name.clone(),
            username: name,
            tenant_id: "t".to_owned(),
            object_id: "o".to_owned(),
        };
        let view_states = [
            ViewState::Starting,
            ViewState::Stopped { problem: problem() },
            ViewState::SignedOut { problem: None, notice: None },
            ViewState::SignedOut { problem: Some(problem()), notice: Some(Notice::ConsentGranted) },
            ViewState::SignedOut { problem: None, notice: Some(Notice::ConsentRefused) },
            ViewState::SignedOut { problem: None, notice: Some(Notice::ConsentUnknown) },
            ViewState::SignedOut { problem: None, notice: Some(Notice::SignedOutElsewhere) },
            ViewState::SignedOut { problem: None, notice: Some(Notice::ClickAgain) },
            ViewState::Leaving,
            ViewState::AtWindow,
            ViewState::SigningIn {
                step: Step::Checking,
                steps: vec![Step::Redeeming, Step::Checking, Step::Authorizing, Step::Exchanging],
            },
            ViewState::SignedIn {
                account: Some(account(name())),
                communication_id: name(),
                token: Some(AcsToken::new("d".to_owned())),
                expires_at: 1_795_248_000,
                renewal_problem: Some(problem()),
            },
            ViewState::SignedIn {
                account: Some(account(None)),
                communication_id: None,
                token: None,
                expires_at: 0,
                renewal_problem: None,
            },
        ];
        let text = || Some(RedactedText::new("a=b".to_owned()));
        let greeting = |mailbox| Greeting { url: "u".to_owned(), state: "s".to_owned(), mailbox };
        let mut messages = vec![
            FromVault::Ready { build: "b".to_owned() },
            FromVault::Site { site: Site::default() },
            FromVault::Site {
                site: Site {
                    sign_in_methods: vec![method(Some(consent), name()), method(None, None)],
                    by_window: true,
                    portals: vec![portal(name(), address()), portal(None, None)],
                    branding: Branding { name: name(), ..Branding::default() },
                    continue_url: address(),
                    developer_tools: true,
                },
            },
            FromVault::Leave { url: "u".to_owned(), transaction: text() },
            FromVault::Leave { url: "u".to_owned(), transaction: None },
            FromVault::Greet { greeting: greeting(name()) },
            FromVault::Greet { greeting: greeting(None) },
            FromVault::Taken,
            FromVault::Remember { remembered: text() },
            FromVault::Remember { remembered: None },
        ];
        messages.extend(view_states.map(|view_state| FromVault::ViewState { view_state }));
        for &code in ProblemCode::ALL {
            messages.push(FromVault::ViewState { view_state: ViewState::Stopped { problem: Problem::new(code) } });
        }
        for message in messages {
            assert_eq!(FromVault::read(&json::write(&message)), Ok(message));
        }
    }

    #[test]
    fn rejects_any_other_text() {
        for text in [
            "",
            "null",
            "{}",
            r#""ready""#,
            r#"{"ready":{}}"#,
            r#"{"ready":{"build":7}}"#,
            r#"{"taken":null,"ready":{"build":"b"}}"#,
            r#"{"viewState":{"viewState":"signedIn"}}"#,
            r#"{"viewState":{"viewState":{"stopped":{"problem":{"code":"other"}}}}}"#,
            r#"{"site":{"site":{"signInMethods":[],"byWindow":false,"portals":[]}}}"#,
        ] {
            assert_eq!(FromVault::read(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn rejects_sites_with_values_of_other_types_and_links_that_are_not_of_the_web() {
        // SEC-014
        let good = json::write(&FromVault::Site { site: Site::default() });
        assert!(FromVault::read(&good).is_ok());
        for (member, other) in [
            (r#""signInMethods":[]"#, r#""signInMethods":null"#),
            (r#""name":null"#, r#""name":1"#),
            (r#""continueUrl":null"#, r#""continueUrl":"javascript:alert(1)""#),
            (r#""developerTools":false"#, r#""developerTools":"no""#),
        ] {
            let text = good.replacen(member, other, 1);
            assert_ne!(text, good, "{member}");
            assert_eq!(FromVault::read(&text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn ignores_members_of_another_build() {
        let ready = FromVault::read(r#"{"ready":{"build":"b","later":[1.5,{"a":null}]}}"#);
        assert_eq!(ready, Ok(FromVault::Ready { build: "b".to_owned() }));
    }
}
