use serde::Serialize;

use crate::{Account, AcsToken, ProblemCode, Who};

/// A message from the page to a portal, over the port of the portal's greeting.
///
/// ```json
/// {"welcome":{"nonce":"0123456789abcdef012345","version":1,"receivesToken":true,"countsActivity":false}}
/// {"status":{"status":"signedOut","account":null,"communicationId":null,"problem":null}}
/// {"height":{"px":420}}
/// {"token":{"id":7,"token":"eyJhbGciOi…","expiresOnTimestamp":1795248000000}}
/// {"failed":{"id":7,"problem":{"code":"not_signed_in","title":"…","action":"…","who":"you","retryable":false}}}
/// {"done":{"id":8}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToPortal {
    /// The first message, the response to a greeting. A portal that is not configured receives no message.
    #[serde(rename_all = "camelCase")]
    Welcome {
        /// The nonce of the greeting.
        nonce: String,
        /// [`PORTAL_PROTOCOL`](crate::PORTAL_PROTOCOL).
        version: u32,
        /// Whether the portal receives the ACS token (`receivesToken` of the configuration).
        receives_token: bool,
        /// Whether the portal should report the person's activity.
        counts_activity: bool,
    },
    /// The status of the sign-in. Sent after the welcome, and when it changed.
    #[serde(rename_all = "camelCase")]
    Status {
        /// The new status.
        status: Status,
        /// The account that signed in. `None` for a portal that does not receive the token.
        account: Option<Account>,
        /// The identity in ACS (`8:acs:…`), if the exchange service returns it. `None` for a portal that does not
        /// receive the token.
        communication_id: Option<String>,
        /// The last problem.
        problem: Option<PublicProblem>,
    },
    /// The height of the page's content.
    Height {
        /// The height in CSS pixels.
        px: u32,
    },
    /// The response to `getToken`.
    #[serde(rename_all = "camelCase")]
    Token {
        /// The id of the request.
        id: u32,
        /// The ACS access token (D).
        token: AcsToken,
        /// When the token expires, in milliseconds since 1970: the unit of Azure's `AccessToken`.
        expires_on_timestamp: u64,
    },
    /// The response to a request that failed.
    Failed {
        /// The id of the request.
        id: u32,
        /// Why the request failed.
        problem: PublicProblem,
    },
    /// The response to `signOut`: the person is signed out.
    Done {
        /// The id of the request.
        id: u32,
    },
}

/// The status of a sign-in, as a portal sees it. On the wire it is a string: `"signedIn"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// The page reads its configuration.
    Starting,
    /// The person is signed out.
    SignedOut,
    /// The person is at Entra, or the page completes the sign-in.
    SigningIn,
    /// The person is signed in.
    SignedIn,
    /// The page cannot work until a problem is fixed.
    Stopped,
}

/// A problem as a portal may show it. The text that a peer wrote stays on the page.
///
/// ```json
/// {"code":"not_signed_in","title":"…","action":"…","who":"you","retryable":false}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicProblem {
    /// The stable code of the problem.
    code: ProblemCode,
    /// What happened, in the person's language.
    title: String,
    /// What the person can do, in the person's language.
    action: String,
    /// Who can fix it: `administrator`, `developer` or `you`.
    who: &'static str,
    /// [`ProblemCode::is_retryable`](crate::ProblemCode::is_retryable). The embed SDK decides by this field alone.
    retryable: bool,
}

impl PublicProblem {
    /// A problem with its texts.
    pub fn new(code: ProblemCode, title: String, action: String) -> Self {
        let who = match code.who() {
            Who::Administrator => "administrator",
            Who::Developer => "developer",
            Who::You => "you",
        };
        Self { code, title, action, who, retryable: code.is_retryable() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, to_value};

    #[test]
    fn the_wire_names_are_those_that_the_sdk_reads() {
        let problem = PublicProblem::new(ProblemCode::NotSignedIn, "No.".to_owned(), "Sign in.".to_owned());
        let wire_problem = json!({
            "code": "not_signed_in",
            "title": "No.",
            "action": "Sign in.",
            "who": "you",
            "retryable": false,
        });
        let account = Account { name: None, username: None, tenant_id: "t".to_owned(), object_id: "o".to_owned() };
        for (message, wire) in [
            (
                ToPortal::Welcome { nonce: "n".to_owned(), version: 1, receives_token: true, counts_activity: false },
                json!({ "welcome":
                    { "nonce": "n", "version": 1, "receivesToken": true, "countsActivity": false } }),
            ),
            (
                ToPortal::Status {
                    status: Status::SignedIn,
                    account: Some(account),
                    communication_id: Some("8:acs:a".to_owned()),
                    problem: None,
                },
                json!({ "status": {
                    "status": "signedIn",
                    "account": { "name": null, "username": null, "tenantId": "t", "objectId": "o" },
                    "communicationId": "8:acs:a",
                    "problem": null,
                } }),
            ),
            (ToPortal::Height { px: 420 }, json!({ "height": { "px": 420 } })),
            (
                ToPortal::Token { id: 1, token: AcsToken::new("d".to_owned()), expires_on_timestamp: 1_000 },
                json!({ "token": { "id": 1, "token": "d", "expiresOnTimestamp": 1_000 } }),
            ),
            (ToPortal::Failed { id: 1, problem }, json!({ "failed": { "id": 1, "problem": wire_problem } })),
            (ToPortal::Done { id: 2 }, json!({ "done": { "id": 2 } })),
        ] {
            assert_eq!(to_value(message).unwrap(), wire);
        }
    }
}
