use serde::{Serialize, Serializer};

use crate::{json::Json, peer_text};

/// A problem that the page shows to a person.
///
/// ```json
/// {"code":"entra_refused","detail":"AADSTS99999: …","reference":"4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The code of the problem.
    pub code: ProblemCode,
    /// The message of a peer, or the wrong part of the configuration. It is shown as text. The code never follows or
    /// interprets it.
    pub detail: Option<String>,
    /// The id under which the peer logged the request.
    pub reference: Option<String>,
}

impl Problem {
    /// A problem without detail and reference.
    pub fn new(code: ProblemCode) -> Self {
        Self { code, detail: None, reference: None }
    }

    /// Reads a problem in a message of the vault.
    pub(crate) fn from_json(problem: Json) -> Option<Self> {
        let mut members = problem.into_object();
        let code = members.text("code");
        let code = *ProblemCode::ALL.iter().find(|known| known.code() == code)?;
        let problem =
            Self { code, detail: members.optional_text("detail"), reference: members.optional_text("reference") };
        members.finish().ok().map(|()| problem)
    }

    /// Adds the message of a peer, or the wrong part of the configuration: without tokens, and cut after 600
    /// characters.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        // Sanitize before cutting: a token that is cut is not recognized any more.
        let mut detail = peer_text::sanitized(&detail.into());
        if let Some((end, _)) = detail.char_indices().nth(600) {
            detail.truncate(end);
            detail.push('…');
        }
        self.detail = Some(detail);
        self
    }

    /// Adds the id under which the peer logged the request, reduced to 64 letters, digits and hyphens. A text with a
    /// token is dropped.
    #[must_use]
    pub fn reference(mut self, reference: Option<String>) -> Self {
        self.reference = reference
            .filter(|id| !peer_text::has_token(id))
            .map(|id| id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect());
        self
    }
}

/// Who can fix a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// An administrator of the person's organization (Entra).
    Administrator,
    /// The site owner, who configured this page or its exchange service.
    Developer,
    /// The person at the page.
    You,
}

macro_rules! problems {
    ($(
        $(#[$doc:meta])*
        $name:ident, $code:literal, $who:ident;
    )*) => {
        /// The closed set of problems. Their codes are stable, and their texts are in `public/languages/`. On the wire a
        /// code is a string: `"not_signed_in"`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $( $(#[$doc])* $name, )* }

        impl ProblemCode {
            /// All problems.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code, as on the wire.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code),* } }

            /// Who can fix it.
            pub const fn who(self) -> Who { match self { $(Self::$name => Who::$who),* } }
        }
    };
}

problems! {
    /// Entra returned AADSTS53003 or 530035: Conditional Access or security defaults block the sign-in.
    AccessBlocked, "access_blocked", Administrator;
    /// Entra returned AADSTS53011: it rates the account or the sign-in as a risk.
    AccountAtRisk, "account_at_risk", Administrator;
    /// Entra returned AADSTS500341.
    AccountDeleted, "account_deleted", Administrator;
    /// Entra returned AADSTS50057.
    AccountDisabled, "account_disabled", Administrator;
    /// Entra returned AADSTS50053.
    AccountLocked, "account_locked", You;
    /// Entra returned AADSTS50020 or 90072.
    AccountNotInTenant, "account_not_in_tenant", You;
    /// Entra returned AADSTS500208: a personal account where a work account is needed, or the reverse.
    AccountTypeUnsupported, "account_type_unsupported", You;
    /// The exchange service returned 503 `acs_busy`.
    AcsBusy, "acs_busy", You;
    /// The exchange service returned 502 `acs_refused_service`.
    AcsRefusedService, "acs_refused_service", Developer;
    /// ACS, or the exchange service on its behalf, returned 502, 503 or 504.
    AcsUnavailable, "acs_unavailable", You;
    /// Entra returned AADSTS90094.
    AdminConsentNeeded, "admin_consent_needed", Administrator;
    /// Entra returned AADSTS54000 or 50015.
    AgeRestricted, "age_restricted", Administrator;
    /// Entra returned AADSTS53002 or 53009: an approved or protected app is required.
    AppNotApproved, "app_not_approved", Administrator;
    /// Entra returned AADSTS7000112 or 70001.
    ApplicationDisabled, "application_disabled", Administrator;
    /// Entra returned AADSTS50146 or 501461: the signing keys or the claims mapping of the application are wrong.
    ApplicationMisconfigured, "application_misconfigured", Developer;
    /// The exchange service returned 422 `application_mismatch`.
    ApplicationMismatch, "application_mismatch", Developer;
    /// Entra returned AADSTS700016.
    ApplicationUnknown, "application_unknown", Developer;
    /// Entra returned AADSTS90095: an administrator must approve a request (admin consent workflow).
    ApprovalPending, "approval_pending", Administrator;
    /// ACS returned 403 for `access/entra`, to the page or to the exchange service.
    AssignmentMissing, "assignment_missing", Administrator;
    /// The discovery document of the authority is not acceptable.
    AuthorityInvalid, "authority_invalid", Developer;
    /// The authority does not respond.
    AuthorityUnreachable, "authority_unreachable", You;
    /// Entra returned AADSTS50194 or 9002332: the kind of authority does not match the application.
    AuthorityUnsupported, "authority_unsupported", Developer;
    /// The page and the vault come from different builds.
    BuildMismatch, "build_mismatch", You;
    /// The exchange service returned 401 `caller_token_refused`.
    CallerRefused, "caller_refused", Developer;
    /// An ID token or an ACS token that was issued just now has expired, or is not valid yet.
    ClockWrong, "clock_wrong", You;
    /// Entra returned AADSTS54005 or 501481: the code was redeemed before, is too old, or has another verifier.
    CodeExpired, "code_expired", You;
    /// `config.json` is not valid JSON, or one of its keys is missing, unknown or wrong.
    ConfigInvalid, "config_invalid", Developer;
    /// HTML instead of `config.json`.
    ConfigIsHtml, "config_is_html", Developer;
    /// A redirect instead of `config.json`.
    ConfigRedirected, "config_redirected", Developer;
    /// The page's host returned 401 or 403 instead of `config.json`.
    ConfigRefused, "config_refused", Developer;
    /// `config.json` cannot be fetched.
    ConfigUnreachable, "config_unreachable", Developer;
    /// Entra returned AADSTS65001.
    ConsentNeeded, "consent_needed", Administrator;
    /// Entra returned AADSTS50126.
    CredentialsRefused, "credentials_refused", You;
    /// Entra returned AADSTS500212 or 500213: cross-tenant access settings block the sign-in.
    CrossTenantBlocked, "cross_tenant_blocked", Administrator;
    /// Entra returned AADSTS53000 or 53001: a compliant or joined device is required.
    DeviceNotAllowed, "device_not_allowed", Administrator;
    /// Entra returned AADSTS50196 or 90055: it requires a pause.
    EntraPause, "entra_pause", You;
    /// An Entra error that the table of error codes does not have.
    EntraRefused, "entra_refused", Administrator;
    /// The exchange service returned 422 `entra_token_refused`.
    EntraTokenRefused, "entra_token_refused", Administrator;
    /// `server_error`, `temporarily_unavailable`, 429, 5xx.
    EntraUnavailable, "entra_unavailable", You;
    /// 503 `overloaded`, 408 `request_timeout`, 429 of any backend.
    ExchangeBusy, "exchange_busy", You;
    /// 500 `internal`, 503 `keys_unavailable`, any other 5xx.
    ExchangeFailed, "exchange_failed", Developer;
    /// The response of the exchange service does not match the contract.
    ExchangeResponseUnreadable, "exchange_response_unreadable", Developer;
    /// No response, or one without CORS headers. A proxy that rejects a large header sends such a response, too.
    ExchangeUnreachable, "exchange_unreachable", Developer;
    /// The exchange service has no guest exchange.
    GuestsNotServed, "guests_not_served", Developer;
    /// A check of the ID token failed (OpenID Connect Core, section 3.1.3.7).
    IdTokenRefused, "id_token_refused", Developer;
    /// Entra returned AADSTS20001 or 80001: the federated or on-premises identity provider failed.
    IdentityProviderFailed, "identity_provider_failed", Administrator;
    /// The page was idle for longer than the configuration allows.
    IdleTooLong, "idle_too_long", You;
    /// The authority returned `interaction_required` or `login_required`.
    InteractionNeeded, "interaction_needed", You;
    /// The authority's key set cannot be fetched.
    KeysUnavailable, "keys_unavailable", Developer;
    /// Entra returned AADSTS500121.
    MfaFailed, "mfa_failed", You;
    /// Entra returned AADSTS50076, 50079 or 50158.
    MfaNeeded, "mfa_needed", You;
    /// Entra returned AADSTS53004 or 53010.
    MfaSetupBlocked, "mfa_setup_blocked", Administrator;
    /// Entra returned AADSTS50161 or 50170: an external authentication method is misconfigured or busy.
    MfaUnavailable, "mfa_unavailable", Administrator;
    /// Entra returned AADSTS50105.
    NotAssigned, "not_assigned", Administrator;
    /// A portal requests the token before the person is signed in.
    NotSignedIn, "not_signed_in", You;
    /// Entra returned AADSTS9002327.
    OriginHidden, "origin_hidden", Developer;
    /// A portal sends more requests than the rate limit allows.
    PageBusy, "page_busy", Developer;
    /// Entra returned AADSTS50055 or 50144.
    PasswordChangeNeeded, "password_change_needed", You;
    /// Entra returned AADSTS650056, 650057 or 65005.
    PermissionNotListed, "permission_not_listed", Developer;
    /// The portal isolates itself, so the sign-in window cannot reach the page in its frame.
    PortalIsolated, "portal_isolated", Developer;
    /// The portal did not send a caller token (B).
    PortalSilent, "portal_silent", Developer;
    /// The page is in the frame of a site that is no configured portal.
    PortalUnknown, "portal_unknown", Developer;
    /// Entra returned AADSTS50011 or 9002326, or 900971 from the token endpoint.
    RedirectNotRegistered, "redirect_not_registered", Developer;
    /// Entra returned AADSTS90023 or 9002313: the request is malformed.
    RequestRejected, "request_rejected", Developer;
    /// The authorization response arrived more than ten minutes after the request.
    ResponseExpired, "response_expired", You;
    /// The authorization response has a parameter twice, a parameter that is too long, or tokens instead of a code.
    ResponseMalformed, "response_malformed", Developer;
    /// The address has an authorization response that this tab did not request.
    ResponseUnsolicited, "response_unsolicited", You;
    /// The parameter `iss` (RFC 9207) of the authorization response names another issuer.
    ResponseWrongIssuer, "response_wrong_issuer", Developer;
    /// The parameter `state` of the authorization response differs from the stored one.
    ResponseWrongState, "response_wrong_state", You;
    /// The granted scopes do not cover the requested ones.
    ScopeMissing, "scope_missing", Administrator;
    /// Entra returned AADSTS650053, 70011, 700022 or 90009.
    ScopeWrong, "scope_wrong", Developer;
    /// Entra returned AADSTS500014: the service principal is disabled, or its subscription or license has lapsed.
    ServiceDisabled, "service_disabled", Administrator;
    /// Entra returned AADSTS650052 or 500011.
    ServicePrincipalMissing, "service_principal_missing", Administrator;
    /// Entra returned AADSTS65004, or the authority `access_denied`.
    SignInDeclined, "sign_in_declined", You;
    /// AADSTS700084: the refresh token of a single-page application expires after 24 hours. The page uses the tokens of
    /// other authorities no longer than that either.
    SignInEnded, "sign_in_ended", You;
    /// Entra returned AADSTS50173 or 50133.
    SignInRevoked, "sign_in_revoked", You;
    /// The authority rejected the code or the refresh token.
    SignInStale, "sign_in_stale", You;
    /// The sign-in lasted as long as the configuration allows.
    SignInTooLong, "sign_in_too_long", You;
    /// The person signed out while there was no network.
    SignOutOffline, "sign_out_offline", You;
    /// The browser blocks `sessionStorage`.
    StorageBlocked, "storage_blocked", You;
    /// Entra returned AADSTS5000224 or 5000225.
    TenantBlocked, "tenant_blocked", Administrator;
    /// Entra returned AADSTS500021 or 500022: tenant restrictions block the sign-in.
    TenantRestricted, "tenant_restricted", Administrator;
    /// Entra returned AADSTS90002.
    TenantUnknown, "tenant_unknown", Developer;
    /// A portal requests a token, and the renewal takes longer than 30 seconds.
    TokenLate, "token_late", You;
    /// The response of the token endpoint does not follow RFC 6749.
    TokenResponseUnreadable, "token_response_unreadable", Developer;
    /// A portal requests the token, and `receivesToken` is not set for it.
    TokenWithheld, "token_withheld", Developer;
    /// The exchange service returned 422 `user_mismatch`.
    UserMismatch, "user_mismatch", You;
    /// The vault did not start.
    VaultUnavailable, "vault_unavailable", Developer;
    /// The vault was served without its Content-Security-Policy.
    VaultUnprotected, "vault_unprotected", Developer;
    /// `window.open` returned null.
    WindowBlocked, "window_blocked", You;
    /// The window ended before it went to Entra.
    WindowClosed, "window_closed", You;
    /// `window.html` rejects the address in the greeting, because it does not match the configuration.
    WindowRefused, "window_refused", Developer;
    /// `allow-popups-to-escape-sandbox` is missing.
    WindowSandboxed, "window_sandboxed", Developer;
    /// The window did not come back within five minutes.
    WindowTimedOut, "window_timed_out", You;
    /// The page was opened at another address than the configured one.
    WrongAddress, "wrong_address", You;
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl ProblemCode {
    /// Whether a later request for a token can succeed although the person does nothing. This is the only rule for
    /// retries: the vault repeats a renewal by it, and the embed SDK repeats a request by
    /// [`PublicProblem`](crate::PublicProblem), which contains its result. There are two kinds of such problems:
    ///
    /// * The vault repeats the renewal that failed, because the cause can end without the person: a peer is busy, broken
    ///   or unreachable, an operator corrects the service, or the clock is corrected.
    /// * Only the one request failed: the portal sent too many, or the renewal took longer than the request could wait.
    ///
    /// A page that stopped reads neither its configuration nor its files again, so a problem that stops it is never
    /// retryable. Neither is one that occurs only while a person signs in, because the sign-in then needs a click.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::AcsBusy
                | Self::AcsRefusedService
                | Self::AcsUnavailable
                | Self::AuthorityUnreachable
                | Self::ClockWrong
                | Self::EntraPause
                | Self::EntraUnavailable
                | Self::ExchangeBusy
                | Self::ExchangeFailed
                | Self::ExchangeUnreachable
                | Self::PageBusy
                | Self::PortalSilent
                | Self::TokenLate
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_problem_that_stops_the_page_is_retryable() {
        for problem in [
            ProblemCode::BuildMismatch,
            ProblemCode::ConfigInvalid,
            ProblemCode::ConfigIsHtml,
            ProblemCode::ConfigRedirected,
            ProblemCode::ConfigRefused,
            ProblemCode::ConfigUnreachable,
            ProblemCode::PortalUnknown,
            ProblemCode::VaultUnavailable,
            ProblemCode::VaultUnprotected,
            ProblemCode::WrongAddress,
        ] {
            assert!(!problem.is_retryable(), "{}", problem.code());
        }
    }

    #[test]
    fn the_codes_are_unique() {
        let codes: Vec<_> = ProblemCode::ALL.iter().map(|p| p.code()).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes.len(), sorted.len());
    }

    #[test]
    fn a_token_is_removed_before_the_text_is_cut_and_is_no_reference() {
        // REP-21
        let token = "eyJhbGciOiJSUzI1NiJ9.".repeat(20);
        let problem = Problem::new(ProblemCode::ExchangeFailed)
            .detail(format!("{}{token}", "quoted: ".repeat(70)))
            .reference(Some(token));
        assert!(!problem.detail.unwrap().contains("eyJ"));
        assert_eq!(problem.reference, None);
    }

    #[test]
    fn hostile_text_is_cut_and_a_reference_is_reduced_to_an_id() {
        let problem =
            Problem::new(ProblemCode::EntraRefused).detail("ö".repeat(5000)).reference(Some("<b>a-1</b>\n".to_owned()));
        assert_eq!(problem.detail.unwrap().chars().count(), 601);
        assert_eq!(problem.reference.unwrap(), "ba-1b");
    }
}
