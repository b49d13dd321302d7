use serde::Serialize;

use crate::{Account, AcsToken, Problem, Who};

/// All that the page says to a portal, over the port of its greeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ToPortal {
    /// The first message. A portal that is not configured hears nothing at all.
    #[serde(rename_all = "camelCase")]
    Welcome {
        /// The greeting's.
        nonce: String,
        /// [`PORTAL_PROTOCOL`](crate::PORTAL_PROTOCOL).
        version: u32,
        /// Whether the configuration lets this portal have the ACS token.
        receives_token: bool,
        /// Whether the portal is to report the person's activity.
        counts_activity: bool,
    },
    /// How far the sign-in is. Sent after the welcome, and whenever it changes.
    Status {
        /// How far.
        status: Status,
        /// Who signed in, for a portal that receives the token.
        account: Option<Account>,
        /// What went wrong last.
        problem: Option<PublicProblem>,
    },
    /// The room that the page needs.
    Height {
        /// In CSS pixels.
        px: u32,
    },
    /// What `getToken` asked for.
    #[serde(rename_all = "camelCase")]
    Token {
        /// The question's.
        id: u32,
        /// Artifact D.
        token: AcsToken,
        /// When it ends, in milliseconds since 1970: the unit of Azure's `AccessToken`.
        expires_on_timestamp: u64,
    },
    /// What was asked for cannot be had.
    Failed {
        /// The question's.
        id: u32,
        /// Why.
        problem: PublicProblem,
    },
    /// Nobody is signed in any more.
    Done {
        /// The question's.
        id: u32,
    },
}

/// How far a sign-in is, as far as it concerns a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// The page is getting ready.
    Starting,
    /// Nobody is signed in.
    SignedOut,
    /// The person is at Entra, or the page completes the sign-in.
    SigningIn,
    /// The ACS token is there.
    SignedIn,
    /// Somebody has to mend something first.
    Stopped,
}

/// A problem as a portal may show it. What a peer said of it stays on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PublicProblem {
    /// The stable code.
    code: &'static str,
    /// One sentence: what happened.
    what: &'static str,
    /// One sentence: what to do.
    remedy: &'static str,
    /// `administrator`, `developer` or `you`: who can do it.
    who: &'static str,
}

impl From<&Problem> for PublicProblem {
    fn from(Problem { code, .. }: &Problem) -> Self {
        let who = match code.who() {
            Who::Administrator => "administrator",
            Who::Developer => "developer",
            Who::You => "you",
        };
        Self { code: code.code(), what: code.what(), remedy: code.remedy(), who }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProblemCode;
    use serde_json::{json, to_value};

    #[test]
    fn the_wire_names_are_those_that_the_sdk_reads() {
        let problem = PublicProblem::from(&Problem::new(ProblemCode::NotSignedIn).detail("of a peer"));
        let wire_problem = json!({
            "code": "not_signed_in",
            "what": problem.what,
            "remedy": problem.remedy,
            "who": "you",
        });
        let account = Account { name: None, username: None, tenant_id: "t".to_owned(), object_id: "o".to_owned() };
        for (message, wire) in [
            (
                ToPortal::Welcome { nonce: "n".to_owned(), version: 1, receives_token: true, counts_activity: false },
                json!({ "welcome":
                    { "nonce": "n", "version": 1, "receivesToken": true, "countsActivity": false } }),
            ),
            (
                ToPortal::Status { status: Status::SignedIn, account: Some(account), problem: None },
                json!({ "status": {
                    "status": "signedIn",
                    "account": { "name": null, "username": null, "tenantId": "t", "objectId": "o" },
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
