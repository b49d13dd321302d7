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
        $name:ident, $code:literal, $who:ident, $what:literal, $remedy:literal $(, $for_owner:literal)?;
    )*) => {
        /// The closed set of problems. Their codes are stable. On the wire a code is a string: `"not_signed_in"`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $( $(#[$doc])* $name, )* }

        impl ProblemCode {
            /// All problems.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable code, as on the wire.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code),* } }

            /// Who can fix it.
            pub const fn who(self) -> Who { match self { $(Self::$name => Who::$who),* } }

            /// One sentence: what happened.
            pub const fn what(self) -> &'static str { match self { $(Self::$name => $what),* } }

            /// One sentence: what to do.
            pub const fn remedy(self) -> &'static str { match self { $(Self::$name => $remedy),* } }

            /// What the site owner or an administrator needs to know, for the folded details.
            pub const fn for_owner(self) -> Option<&'static str> {
                match self { $($(Self::$name => Some($for_owner),)?)* _ => None }
            }
        }
    };
}

problems! {
    /// Entra returned AADSTS53003 or 530035: Conditional Access or security defaults block the sign-in.
    AccessBlocked, "access_blocked", Administrator,
        "Your organization's policy blocked this sign-in.",
        "Ask your admin for access.",
        "Conditional Access or the security defaults blocked it. Entra's sign-in logs name the policy.";
    /// Entra returned AADSTS53011: it rates the account or the sign-in as a risk.
    AccountAtRisk, "account_at_risk", Administrator,
        "Your account was blocked because it might be at risk.",
        "Ask your admin to check your account.",
        "A risk policy blocked the user. Entra's reports on risky users and sign-ins give the reason.";
    /// Entra returned AADSTS500341.
    AccountDeleted, "account_deleted", Administrator,
        "Your account was deleted from your organization.",
        "Ask your admin to restore it.",
        "For 30 days, an admin can restore the user under Deleted users in the Entra admin center.";
    /// Entra returned AADSTS50057.
    AccountDisabled, "account_disabled", Administrator,
        "Your account is turned off.",
        "Ask your admin to turn it on.",
        "The user is disabled in Entra, or in the on-premises directory that it is synchronized from.";
    /// Entra returned AADSTS50053.
    AccountLocked, "account_locked", You,
        "Your account is locked for now.",
        "Wait a few minutes, and then sign in again.",
        "Too many failed attempts, a blocked IP address, or not the allowed hours: see Entra's sign-in logs.";
    /// Entra returned AADSTS50020 or 90072.
    AccountNotInTenant, "account_not_in_tenant", You,
        "This account does not belong to the organization that this page serves.",
        "Sign in with an account of that organization, or ask its administrator to add you as a guest.";
    /// Entra returned AADSTS500208: a personal account where a work account is needed, or the reverse.
    AccountTypeUnsupported, "account_type_unsupported", You,
        "This kind of account can't be used here.",
        "Sign in with your work or school account.",
        "The app or the tenant doesn't accept it: see the supported account types of the app registration.";
    /// The exchange service returned 503 `acs_busy`.
    AcsBusy, "acs_busy", You,
        "Azure Communication Services is busy and asked for a pause.",
        "Wait a minute, then sign in again.";
    /// The exchange service returned 502 `acs_refused_service`.
    AcsRefusedService, "acs_refused_service", Developer,
        "Azure Communication Services refused the exchange service itself.",
        "The operator of the exchange service checks its access key, its resource endpoint and its clock.";
    /// ACS, or the exchange service on its behalf, returned 502, 503 or 504.
    AcsUnavailable, "acs_unavailable", You,
        "Azure Communication Services did not give a usable answer.",
        "Try again in a few minutes. If it goes on, tell the operator of the exchange service.";
    /// Entra returned AADSTS90094.
    AdminConsentNeeded, "admin_consent_needed", Administrator,
        "Your admin needs to approve this app.",
        "Ask your admin to approve it for your organization.",
        "The permissions that this page requests need an admin's consent: see For administrators.";
    /// Entra returned AADSTS54000 or 50015.
    AgeRestricted, "age_restricted", Administrator,
        "Your account's age group can't use this app.",
        "Ask your admin for help.",
        "The age group or the consent for minors in the user's properties doesn't allow it.";
    /// The address has an authorization response that this tab did not request.
    AnswerUnsolicited, "answer_unsolicited", You,
        "A sign-in came back that was not started in this tab, or that was left half-way.",
        "Start the sign-in again from here. Nothing was done with the answer.";
    /// The authorization response arrived more than ten minutes after the request.
    AnswerExpired, "answer_expired", You,
        "The sign-in took longer than ten minutes, so its answer is no longer accepted.",
        "Sign in again.";
    /// The authorization response has a parameter twice, a parameter that is too long, or tokens instead of a code.
    AnswerMalformed, "answer_malformed", Developer,
        "The sign-in came back with an answer that is not in the expected form.",
        "Sign in again. If it goes on, tell whoever runs this page.";
    /// The parameter `iss` (RFC 9207) of the authorization response names another issuer.
    AnswerWrongIssuer, "answer_wrong_issuer", Developer,
        "The answer came from another authority than the one this page asked.",
        "Do not go on with this sign-in. Tell whoever runs this page: it may be an attack.";
    /// The parameter `state` of the authorization response differs from the stored one.
    AnswerWrongState, "answer_wrong_state", You,
        "The answer does not belong to the sign-in that was started in this tab.",
        "Sign in again, in one tab only. Nothing was done with the answer.";
    /// Entra returned AADSTS53002 or 53009: an approved or protected app is required.
    AppNotApproved, "app_not_approved", Administrator,
        "Your organization doesn't allow this browser or app.",
        "Open this page in a browser that your organization approves.",
        "Conditional Access requires an approved client app or an app protection policy.";
    /// Entra returned AADSTS7000112 or 70001.
    ApplicationDisabled, "application_disabled", Administrator,
        "This app is turned off in your organization.",
        "Ask your admin to turn it on.",
        "Sign-in is turned off in the enterprise application's properties, or Microsoft disabled the app.";
    /// Entra returned AADSTS50146 or 501461: the signing keys or the claims mapping of the application are wrong.
    ApplicationMisconfigured, "application_misconfigured", Developer,
        "This page's app isn't set up correctly in Entra.",
        "Contact the site owner.",
        "Check the app registration's signing keys, claims mapping and acceptMappedClaims.";
    /// The exchange service returned 422 `application_mismatch`.
    ApplicationMismatch, "application_mismatch", Developer,
        "The exchange service expects sign-ins of another application than this page's.",
        "Configure the same client id (application id) in the page and in the exchange service.";
    /// Entra returned AADSTS90095: an administrator must approve a request (admin consent workflow).
    ApprovalPending, "approval_pending", Administrator,
        "This app is waiting for your admin's approval.",
        "Sign in again after your admin has approved it.",
        "Reviewers find the request under Admin consent requests of the enterprise applications.";
    /// ACS returned 403 for `access/entra`, to the page or to the exchange service.
    AssignmentMissing, "assignment_missing", Administrator,
        "Nobody has given you access to this communication resource.",
        "The administrator of the Azure Communication Services resource adds you, your group or your organization under \"User access for Entra ID\".";
    /// Entra returned AADSTS700016.
    ApplicationUnknown, "application_unknown", Developer,
        "Entra does not know this page's application in this organization.",
        "Check the client id and the authority in config.json; an organization's administrator may have to consent first.";
    /// The discovery document of the authority is not acceptable.
    AuthorityInvalid, "authority_invalid", Developer,
        "The authority's description of itself does not fit the configuration.",
        "Check the key authority in config.json; what does not fit stands under Details to pass on.";
    /// The authority does not respond.
    AuthorityUnreachable, "authority_unreachable", You,
        "The sign-in service could not be reached.",
        "Check your connection, then try again.";
    /// Entra returned AADSTS50194 or 9002332: the kind of authority does not match the application.
    AuthorityUnsupported, "authority_unsupported", Developer,
        "This page's sign-in address doesn't match its app.",
        "Contact the site owner.",
        "The key authority in config.json: a single-tenant app needs its tenant ID, organizations a multitenant app.";
    /// The page and the vault come from different builds.
    BuildMismatch, "build_mismatch", You,
        "This page was updated while it was loading.",
        "Reload the page.";
    /// The exchange service returned 401 `caller_token_refused`.
    CallerRefused, "caller_refused", Developer,
        "The exchange service did not accept this sign-in.",
        "Its operator finds the reason in its log, by the reference under Details to pass on where there is one: most often the audience, the scope or the tenant is not in its configuration. Some services say the same of people without a Teams licence.";
    /// An ID token or an ACS token that was issued just now has expired, or is not valid yet.
    ClockWrong, "clock_wrong", You,
        "This computer's clock seems to be wrong.",
        "Have its date and time set automatically; if that changes nothing, reload this page. If they were right, give whoever runs this page the Details to pass on.";
    /// Entra returned AADSTS54005 or 501481: the code was redeemed before, is too old, or has another verifier.
    CodeExpired, "code_expired", You,
        "This sign-in was already used, or it took too long.",
        "Sign in again.",
        "The authorization code expired, was redeemed before, or its code verifier didn't match.";
    /// `config.json` is not valid JSON, or one of its keys is missing, unknown or wrong.
    ConfigInvalid, "config_invalid", Developer,
        "This page is not configured correctly.",
        "Mend config.json; the key stands under Details to pass on.";
    /// The page's host returned 401 or 403 instead of `config.json`.
    ConfigRefused, "config_refused", Developer,
        "The web server refused to send this page's configuration.",
        "Reload the page. If that doesn't help, the site owner has to allow this page to read config.json.";
    /// A redirect instead of `config.json`.
    ConfigRedirected, "config_redirected", Developer,
        "The web server answered with a redirect instead of this page's configuration. Most often that leads to a sign-in of its own.",
        "Reload the page to sign in there. If that doesn't help, the site owner has to let this page read config.json without a redirect.";
    /// HTML instead of `config.json`.
    ConfigIsHtml, "config_is_html", Developer,
        "The web server sent an HTML page instead of this page's configuration.",
        "Reload the page. If that doesn't help: config.json is missing and the server sends index.html for it, or a sign-in in front of the site sends its own page.";
    /// `config.json` cannot be fetched.
    ConfigUnreachable, "config_unreachable", Developer,
        "This page could not read its configuration.",
        "Reload the page. If it goes on, config.json is missing beside index.html.";
    /// Entra returned AADSTS65001.
    ConsentNeeded, "consent_needed", Administrator,
        "Nobody has yet allowed this page to make calls for you.",
        "Sign in again and accept, or ask an administrator of your organization to grant consent to this application.";
    /// Entra returned AADSTS50126.
    CredentialsRefused, "credentials_refused", You,
        "Your sign-in details weren't accepted.",
        "Sign in again and check what you enter.",
        "The password, certificate or key was wrong: see Entra's sign-in logs.";
    /// Entra returned AADSTS500212 or 500213: cross-tenant access settings block the sign-in.
    CrossTenantBlocked, "cross_tenant_blocked", Administrator,
        "Access between the two organizations isn't allowed.",
        "Ask your admin to allow it.",
        "See the cross-tenant access settings: outbound in the person's tenant, inbound in the other one.";
    /// Entra returned AADSTS53000 or 53001: a compliant or joined device is required.
    DeviceNotAllowed, "device_not_allowed", Administrator,
        "Your device doesn't meet your organization's rules.",
        "Use a device that your organization manages.",
        "Conditional Access requires a device that is registered, joined or compliant, and enabled.";
    /// The exchange service returned 422 `entra_token_refused`.
    EntraTokenRefused, "entra_token_refused", Administrator,
        "Azure Communication Services did not accept your sign-in.",
        "Sign in again. If it goes on, an administrator can tell whether you may use it: for Teams calling you need a Teams licence in this organization, and with one, teams.microsoft.com opens Teams for you.";
    /// Entra returned AADSTS50196 or 90055: it requires a pause.
    EntraPause, "entra_pause", You,
        "Entra was asked for this sign-in too often in a short time.",
        "Wait a few minutes, then sign in again. If it goes on, give whoever runs this page the Details to pass on.";
    /// An Entra error that the table of error codes does not have.
    EntraRefused, "entra_refused", Administrator,
        "Entra refused the sign-in.",
        "Sign in again. If it goes on, give an administrator of your organization the Details to pass on.";
    /// `server_error`, `temporarily_unavailable`, 429, 5xx.
    EntraUnavailable, "entra_unavailable", You,
        "Entra cannot answer at the moment.",
        "Try again in a few minutes.";
    /// The response of the exchange service does not match the contract.
    ExchangeAnswerUnreadable, "exchange_answer_unreadable", Developer,
        "The exchange service gave an answer that cannot be read as a token.",
        "Check the keys exchange.url and exchange.contract in config.json, and the exchange service's log.";
    /// 500 `internal`, 503 `keys_unavailable`, any other 5xx.
    ExchangeFailed, "exchange_failed", Developer,
        "The exchange service could not do its part.",
        "Try again in a few minutes. If it goes on, its operator finds the reason in its log, by the reference under Details to pass on where there is one.";
    /// 503 `overloaded`, 408 `request_timeout`, 429 of any backend.
    ExchangeBusy, "exchange_busy", You,
        "The exchange service has more to do than it can take on.",
        "Wait a minute, then sign in again.";
    /// No response, or one without CORS headers. A proxy that rejects a large header sends such a response, too.
    ExchangeUnreachable, "exchange_unreachable", Developer,
        "The exchange service could not be reached.",
        "Try again. If it goes on, check the key exchange.url in config.json, and that the exchange service allows this page's origin. If it happens to some people only, a proxy in front may refuse their long tokens.";
    /// A check of the ID token failed (OpenID Connect Core, section 3.1.3.7).
    IdTokenRefused, "id_token_refused", Developer,
        "The identity in Entra's answer did not pass its checks, so everything was discarded.",
        "Sign in again. If it goes on, give whoever runs this page the Details to pass on.";
    /// The exchange service has no guest exchange.
    GuestsNotServed, "guests_not_served", Developer,
        "The exchange service does not serve guests.",
        "Guests are for development: its operator switches them on there, or takes this profile out of config.json.";
    /// Entra returned AADSTS20001 or 80001: the federated or on-premises identity provider failed.
    IdentityProviderFailed, "identity_provider_failed", Administrator,
        "Your organization's own sign-in system isn't working.",
        "Ask your admin for help.",
        "The federated identity provider or the on-premises authentication agent failed.";
    /// The page was idle for longer than the configuration allows.
    IdleTooLong, "idle_too_long", You,
        "You were signed out, because nobody used this page for a while.",
        "Sign in again to go on.";
    /// The authority returned `interaction_required` or `login_required`.
    InteractionNeeded, "interaction_needed", You,
        "Entra wants to see you once more.",
        "Sign in again and follow what Entra asks. If it refuses you again, an administrator of your organization knows which rule does.";
    /// The authority's key set cannot be fetched.
    KeysUnavailable, "keys_unavailable", Developer,
        "The keys that prove Entra's answer could not be fetched, so everything was discarded.",
        "Try again. If it goes on, whoever runs this page sets keysUrl in config.json to the /keys of the exchange service.";
    /// Entra returned AADSTS500121.
    MfaFailed, "mfa_failed", You,
        "We couldn't confirm that it's you.",
        "Sign in again and follow the steps.",
        "Multifactor authentication was denied, timed out or failed: see Entra's sign-in logs.";
    /// Entra returned AADSTS50076, 50079 or 50158.
    MfaNeeded, "mfa_needed", You,
        "Confirm that it's you.",
        "Sign in again and follow the steps.",
        "A policy requires multifactor authentication, with Entra's methods or an external one.";
    /// Entra returned AADSTS53004 or 53010.
    MfaSetupBlocked, "mfa_setup_blocked", Administrator,
        "You can't set up extra sign-in security from here.",
        "Set it up on your organization's device or network.",
        "A policy for registering security info, or the user's risk, blocks the registration.";
    /// Entra returned AADSTS50161 or 50170: an external authentication method is misconfigured or busy.
    MfaUnavailable, "mfa_unavailable", Administrator,
        "Your organization's extra sign-in check isn't working.",
        "Ask your admin for help.",
        "The external authentication method or custom control failed: check its configuration and its claims.";
    /// Entra returned AADSTS50105.
    NotAssigned, "not_assigned", Administrator,
        "Your account is not assigned to this application.",
        "Ask an administrator of your organization to assign you, or a group you are in, to this enterprise application.";
    /// A portal requests the token before the person is signed in.
    NotSignedIn, "not_signed_in", You,
        "Nobody is signed in.",
        "Sign in first.";
    /// Entra returned AADSTS50055 or 50144.
    PasswordChangeNeeded, "password_change_needed", You,
        "Your password needs to be changed.",
        "Sign in again and choose a new password.",
        "The password expired, was reset, or must be changed because of a risk.";
    /// Entra returned AADSTS650056, 650057 or 65005.
    PermissionNotListed, "permission_not_listed", Developer,
        "The registration of this page's application does not list what the page asks for.",
        "Under API permissions of the app registration, add those that the page asks for (see For administrators), then grant consent again.";
    /// The page is in the frame of a site that is no configured portal.
    PortalUnknown, "portal_unknown", Developer,
        "This page stands in a site that it does not know, so nobody can sign in here.",
        "Open the page in a tab of its own. Whoever runs it can name this site under portals in config.json.";
    /// The portal isolates itself, so the sign-in window cannot reach the page in its frame.
    PortalIsolated, "portal_isolated", Developer,
        "This site cuts itself off from the windows that it opens, so the sign-in cannot come back to it.",
        "Open the page in a tab of its own. Whoever runs this site can send Cross-Origin-Opener-Policy: same-origin-allow-popups instead of same-origin, and leave the attribute credentialless off the frame.";
    /// The portal did not send a caller token (B).
    PortalSilent, "portal_silent", Developer,
        "The site around this page did not say who you are to the exchange service.",
        "Reload the site and sign in again. If it goes on, whoever runs it checks its callerToken function.";
    /// Entra returned AADSTS9002327.
    OriginHidden, "origin_hidden", Developer,
        "Entra did not see that it was a browser which asked for the token.",
        "Something on the way takes the header Origin out of requests: whoever runs this page looks for a proxy or a browser extension that does.";
    /// Entra returned AADSTS50011 or 9002326, or 900971 from the token endpoint.
    RedirectNotRegistered, "redirect_not_registered", Developer,
        "This page's address is not registered for single-page sign-in.",
        "Register the redirect URI of config.json under the platform \"Single-page application\" of the app registration.";
    /// Entra returned AADSTS90023 or 9002313: the request is malformed.
    RequestRejected, "request_rejected", Developer,
        "Entra didn't accept this page's request.",
        "Contact the site owner.",
        "The request is malformed, or was changed on its way. What Entra said names the parameter.";
    /// The granted scopes do not cover the requested ones.
    ScopeMissing, "scope_missing", Administrator,
        "Entra did not grant all permissions that Azure Communication Services asks for.",
        "An administrator grants the permissions that are listed under For administrators to this application.";
    /// Entra returned AADSTS650053, 70011, 700022 or 90009.
    ScopeWrong, "scope_wrong", Developer,
        "This page asks Entra for a permission that Entra does not know in this form.",
        "Check the key exchange.scope in config.json: one scope, by the application id URI of the exchange service's own registration.";
    /// Entra returned AADSTS500014: the service principal is disabled, or its subscription or license has lapsed.
    ServiceDisabled, "service_disabled", Administrator,
        "A service that this page needs is turned off.",
        "Ask your admin to turn it on.",
        "The resource's service principal is disabled, or the tenant's subscription or license has lapsed.";
    /// Entra returned AADSTS650052 or 500011.
    ServicePrincipalMissing, "service_principal_missing", Administrator,
        "Your organization does not know a service that this page needs.",
        "An administrator makes it known, once: New-MgServicePrincipal -AppId, with the id that the details below name.";
    /// Entra returned AADSTS65004, or the authority `access_denied`.
    SignInDeclined, "sign_in_declined", You,
        "The sign-in was cancelled, or the permissions were declined.",
        "Sign in again and accept, if you want to go on.";
    /// Entra returned AADSTS50173 or 50133.
    SignInRevoked, "sign_in_revoked", You,
        "Your earlier sign-in is no longer valid.",
        "Sign in again.",
        "The password changed, or the user's sessions were revoked.";
    /// The person signed out while there was no network.
    SignOutOffline, "sign_out_offline", You,
        "You are signed out here, but Entra could not be told, because there is no connection.",
        "On a shared computer, close all windows of the browser, or sign out at Entra once you are online again.";
    /// AADSTS700084: the refresh token of a single-page application expires after 24 hours. The page uses the tokens of
    /// other authorities no longer than that either.
    SignInEnded, "sign_in_ended", You,
        "Your sign-in has ended: it lasts for 24 hours at most.",
        "Sign in again to get a new token.";
    /// The authority rejected the code or the refresh token.
    SignInStale, "sign_in_stale", You,
        "Entra does not accept this sign-in any longer.",
        "Sign in again.";
    /// The browser blocks `sessionStorage`.
    StorageBlocked, "storage_blocked", You,
        "Your browser does not let this page remember the sign-in while you are at Entra.",
        "Allow site data for this page, then sign in again.";
    /// Entra returned AADSTS5000224 or 5000225.
    TenantBlocked, "tenant_blocked", Administrator,
        "Your organization can't use Entra right now.",
        "Ask your admin for help.",
        "The tenant is blocked, being removed, or not set up yet.";
    /// Entra returned AADSTS500021 or 500022: tenant restrictions block the sign-in.
    TenantRestricted, "tenant_restricted", Administrator,
        "Your network blocks sign-in to this organization.",
        "Ask your admin to allow this organization.",
        "The network's tenant restrictions (Restrict-Access-To-Tenants) don't list this tenant.";
    /// Entra returned AADSTS90002.
    TenantUnknown, "tenant_unknown", Developer,
        "We couldn't find this organization in Entra.",
        "Contact the site owner.",
        "Check the key authority in config.json: the tenant doesn't exist, or it belongs to another cloud.";
    /// The response of the token endpoint does not follow RFC 6749.
    TokenAnswerUnreadable, "token_answer_unreadable", Developer,
        "Entra's answer could not be read, so everything was discarded.",
        "Sign in again. If it goes on, check the key authority in config.json.";
    /// A portal sends more requests than the rate limit allows.
    PageBusy, "page_busy", Developer,
        "The sign-in page got too many questions at once.",
        "Ask again in a minute.";
    /// A portal requests a token, and the renewal takes longer than 30 seconds.
    TokenLate, "token_late", You,
        "A fresh token did not arrive in time.",
        "Try again in a minute.";
    /// A portal requests the token, and `receivesToken` is not set for it.
    TokenWithheld, "token_withheld", Developer,
        "The sign-in page does not give the token to this portal.",
        "Whoever runs the sign-in page sets receivesToken for this portal in config.json.";
    /// The sign-in lasted as long as the configuration allows.
    SignInTooLong, "sign_in_too_long", You,
        "You were signed out, because this page lets a sign-in last only so long.",
        "Sign in again to go on.";
    /// The exchange service returned 422 `user_mismatch`.
    UserMismatch, "user_mismatch", You,
        "Two accounts were mixed up in this sign-in.",
        "Sign in again with one account; inside another site, with the one that you use there.";
    /// The vault did not start.
    VaultUnavailable, "vault_unavailable", Developer,
        "The protected part of this page could not start.",
        "Reload the page. If it goes on, your browser is too old for it, or the page's files are incomplete.";
    /// The vault was served without its Content-Security-Policy.
    VaultUnprotected, "vault_unprotected", Developer,
        "The protected part of this page was served without its protection, so it refuses to work.",
        "The host has to send the Content-Security-Policy header for the vault's files that docs/hosting.md lists.";
    /// `window.open` returned null.
    WindowBlocked, "window_blocked", You,
        "The browser did not open a window to sign in in.",
        "Allow pop-up windows for this site, then sign in again; or open the page in a tab of its own.";
    /// The window ended before it went to Entra.
    WindowClosed, "window_closed", You,
        "The window was closed before you could sign in.",
        "Sign in again, and leave the window open.";
    /// `window.html` rejects the address in the greeting, because it does not match the configuration.
    WindowRefused, "window_refused", Developer,
        "The sign-in window and this page do not agree about where to sign in.",
        "Reload the page. If it goes on, config.json changed for one of them only, or its files are incomplete.";
    /// `allow-popups-to-escape-sandbox` is missing.
    WindowSandboxed, "window_sandboxed", Developer,
        "The site around this page gives it too few rights to sign in.",
        "Open the page in a tab of its own. Whoever runs the site adds allow-popups-to-escape-sandbox to the sandbox attribute of the frame.";
    /// The window did not come back within five minutes.
    WindowTimedOut, "window_timed_out", You,
        "The sign-in did not come back within five minutes.",
        "Sign in again. If you did finish it in the window, this browser keeps the two apart: open the page in a tab of its own.";
    /// The page was opened at another address than the configured one.
    WrongAddress, "wrong_address", You,
        "This page was opened at another address than the one it is registered for.",
        "Open it at the address below.";
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

    /// One or more complete sentences: capitals at the beginning, a full stop at the end, words between.
    fn is_sentences(text: &str) -> bool {
        let mut sentences = text.strip_suffix('.').unwrap_or_default().split(". ");
        sentences.all(|sentence| sentence.starts_with(char::is_uppercase) && sentence.contains(' '))
    }

    #[test]
    fn every_problem_says_what_happened_and_what_to_do() {
        for problem in ProblemCode::ALL {
            for text in [problem.what(), problem.remedy()] {
                assert!(is_sentences(text), "{}: {text:?}", problem.code());
            }
            assert_eq!(serde_json::to_value(problem).unwrap(), problem.code());
        }
    }

    #[test]
    fn a_title_with_details_for_the_owner_fits_on_one_line() {
        // REP-07
        for problem in ProblemCode::ALL.iter().filter(|problem| problem.for_owner().is_some()) {
            assert!(problem.what().len() <= 60, "{}", problem.code());
        }
    }

    #[test]
    fn the_remedy_of_an_unreachable_exchange_service_names_the_proxy_that_refuses_long_tokens() {
        // REP-19
        assert!(ProblemCode::ExchangeUnreachable.remedy().contains("a proxy in front may refuse their long tokens"));
    }

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
