//! Why a command ends without its result.

use thiserror::Error;

use crate::candidate::Candidate;

/// The failure of a command. No text has a token.
#[derive(Debug, Error)]
pub enum Failure {
    /// The record has another registration, which exists.
    #[error("the record has the registration {recorded}, not {chosen}; use another folder, or run `remove` first")]
    AdoptionDiffers {
        /// The application id in the record.
        recorded: String,
        /// The application id that was chosen.
        chosen: String,
    },
    /// No registration has the application id that was chosen.
    #[error("this tenant has no registration with the application id {0}")]
    AdoptionUnknown(String),
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The path as it was given.
        path: String,
        /// The reason of the system, or what is wrong with the content.
        reason: String,
    },
    /// Graph sent a link to another host. The token does not go there.
    #[error("Microsoft Graph sent a link to another host, which is not followed")]
    ForeignLink,
    /// Registrations have the name, and the record has none of them.
    #[error(
        "the record has no registration \"{name}\", but the tenant has: {}. Any member can register this name. Check \
         owners, redirect URIs and credentials. Then use one with `{option} <application id>`, or choose another name",
        .candidates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    NameTaken {
        /// The display name.
        name: String,
        /// The option that names a registration to use.
        option: &'static str,
        /// The registrations.
        candidates: Vec<Candidate>,
    },
    /// The same change was made several times and is still needed.
    #[error("\"{0}\" had no effect yet; wait a few minutes and run the same command again")]
    NoEffect(String),
    /// No source has a token.
    #[error(
        "there is no token for Microsoft Graph: sign in with `az login --tenant <tenant>`, or set ACS_SIGN_IN_GRAPH_TOKEN"
    )]
    NoToken,
    /// A permission is not in the list of the service principal.
    #[error("{resource} does not list the permission {permission} in this tenant")]
    PermissionUnknown {
        /// The name of the resource.
        resource: String,
        /// The name of the permission.
        permission: String,
    },
    /// The tenant was changed after the plan was shown.
    #[error(
        "nothing was changed: the tenant needs other changes than those that were shown; run the same command again"
    )]
    PlanDiffers,
    /// The record is of another tenant.
    #[error("the record {0} is of another tenant; keep one folder for each tenant")]
    RecordOfAnotherTenant(String),
    /// Graph refused a request.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The response is not the expected JSON, or too long.
    #[error("Microsoft Graph sent an unexpected response to {0}")]
    Response(String),
    /// Rights are missing.
    #[error("nothing was changed; {account} needs: {}", missing.join("; "))]
    Rights {
        /// The signed-in person.
        account: String,
        /// Each missing right.
        missing: Vec<String>,
    },
    /// A value of the settings is invalid.
    #[error("{key}: {reason}")]
    Settings {
        /// The key of the settings.
        key: String,
        /// What was expected.
        reason: String,
    },
    /// The token belongs to another tenant than that of the settings.
    #[error("the token is for the tenant {found}, and the settings name {expected}")]
    TenantDiffers {
        /// The tenant of the settings.
        expected: String,
        /// The tenant of the token.
        found: String,
    },
    /// Graph is busy for longer than the command waits.
    #[error("Microsoft Graph is busy; run the same command again in {seconds} seconds")]
    Throttled {
        /// How long Graph asks to wait.
        seconds: u64,
    },
    /// The text is not a token.
    #[error("the token for Microsoft Graph is not a token")]
    TokenMalformed,
    /// A registration was created, and the record could not be written.
    #[error("{app_id} was created, but not recorded ({reason}); continue with `apply {option} {app_id}`")]
    Unrecorded {
        /// The application id.
        app_id: String,
        /// The option that names it to the next run.
        option: &'static str,
        /// Why the record was not written.
        reason: String,
    },
    /// No response.
    #[error("Microsoft Graph cannot be reached: {0}")]
    Unreachable(String),
}

/// A refusal of Graph's.
#[derive(Debug, Error)]
#[error("Microsoft Graph refused {method} {path}: {status} {code}: {message} (request-id {request_id})")]
pub struct Refusal {
    /// The method of the request.
    pub method: String,
    /// The path of the request, without its query.
    pub path: String,
    /// The status of the response.
    pub status: u16,
    /// Graph's code.
    pub code: String,
    /// Graph's text.
    pub message: String,
    /// The id by which Microsoft's support finds the request.
    pub request_id: String,
}

impl Failure {
    /// Whether Graph refused the request with this status.
    pub(crate) fn has_status(&self, expected: u16) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == expected)
    }

    /// Whether Graph refused the request with this code.
    pub(crate) fn has_code(&self, expected: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == expected)
    }
}
