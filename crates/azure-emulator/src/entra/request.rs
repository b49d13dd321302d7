//! The checks of an authorization request. Errors before the redirect URI is checked are shown on a page, later ones
//! are returned to the client.

use crate::{
    Emulator,
    accounts::Account,
    authority::Authority,
    entra::{refusal::Refusal, scopes::Scopes},
    parameters::Parameters,
    pkce,
    registrations::{Application, Resource},
};

/// An authorization request that passed every check that does not depend on the person.
#[derive(Debug)]
pub(super) struct AuthorizeRequest {
    pub(super) authority: Authority,
    pub(super) app: &'static Application,
    pub(super) return_address: ReturnAddress,
    /// The PKCE challenge of the request.
    pub(super) challenge: String,
    pub(super) scopes: Scopes,
    pub(super) prompt: Prompt,
    pub(super) nonce: Option<String>,
    login_hint: Option<String>,
    domain_hint: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) wants_client_info: bool,
    /// The query of the request, for the forms of the pages that interrupt it.
    pub(super) query: String,
}

/// Where an authorization response goes. It exists for registered redirect URIs only.
#[derive(Clone, Debug)]
pub(super) struct ReturnAddress {
    pub(super) authority: Authority,
    pub(super) redirect_uri: String,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

/// How the response reaches the client: the `response_mode` of OAuth 2.0 Multiple Response Types and Form Post.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ResponseMode {
    /// The response is in a form that the browser posts, so that nothing stays in an address or a log.
    FormPost,
    /// The response is in the fragment of the redirect URI.
    Fragment,
    /// The response is in the query of the redirect URI.
    Query,
}

/// The `prompt` of the request: which pages the client requests or forbids.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Prompt {
    /// No `prompt`: only the pages that are needed.
    AsNeeded,
    /// `consent`: the consent page, even with consent.
    Consent,
    /// `none`: no page at all.
    Nothing,
    /// `login` and `select_account`: the sign-in page, even with a session.
    SignIn,
}

/// A refused request, by the recipient of the error.
#[derive(Debug)]
pub(super) enum Refused {
    /// The error is shown on a page, because the redirect URI cannot be trusted. A redirect would make the endpoint an
    /// open redirector.
    OnPage(Refusal),
    /// The error is returned to the client, at its redirect URI.
    Returned(ReturnAddress, Refusal),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::OnPage(refusal)
    }
}

impl AuthorizeRequest {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// The first check that fails.
    pub(super) fn read(emulator: &Emulator, tenant: &str, parameters: &Parameters) -> Result<Self, Refused> {
        let authority = Authority::parse(tenant).ok_or_else(|| Refusal::TenantUnknown(tenant.to_owned()))?;
        let client_id = parameters.value("client_id").ok_or(Refusal::ParameterMissing("client_id"))?;
        let app = emulator.application(client_id).ok_or_else(|| unknown_application(client_id, authority))?;
        let redirect_uri = parameters.value("redirect_uri").ok_or(Refusal::ParameterMissing("redirect_uri"))?;
        if !app.has_redirect_uri(redirect_uri) {
            return Err(Refusal::RedirectUriUnknown(redirect_uri.to_owned()).into());
        }
        check_tenancy(app, authority)?;

        let state = parameters.value("state").map(str::to_owned);
        let mode = match parameters.value("response_mode") {
            Some("form_post") => ResponseMode::FormPost,
            Some("fragment") => ResponseMode::Fragment,
            _ => ResponseMode::Query,
        };
        let return_address = ReturnAddress { authority, redirect_uri: redirect_uri.to_owned(), mode, state };
        match Self::read_rest(&emulator.resources(), authority, app, return_address.clone(), parameters) {
            Ok(request) => Ok(request),
            Err(refusal) => Err(Refused::Returned(return_address, refusal)),
        }
    }

    /// The checks whose refusals go to the client.
    ///
    /// # Errors
    /// The first check that fails.
    fn read_rest(
        resources: &[&'static Resource],
        authority: Authority,
        app: &'static Application,
        return_address: ReturnAddress,
        parameters: &Parameters,
    ) -> Result<Self, Refusal> {
        match parameters.value("response_type") {
            Some("code") => {}
            Some(_) => return Err(Refusal::ResponseTypeUnsupported),
            None => return Err(Refusal::ParameterMissing("response_type")),
        }
        if !matches!(parameters.value("response_mode"), None | Some("query" | "fragment" | "form_post")) {
            return Err(Refusal::ResponseModeUnsupported);
        }
        let challenge = parameters.value("code_challenge").ok_or(Refusal::ChallengeMissing)?;
        // RFC 7636 section 4.3: without a method the default is `plain`, where the challenge is the verifier itself.
        if parameters.value("code_challenge_method") != Some("S256") {
            return Err(Refusal::ChallengeMethodUnsupported);
        }
        if !pkce::is_challenge(challenge) {
            return Err(Refusal::ChallengeMalformed);
        }
        let scopes = Scopes::parse(resources, parameters.value("scope").ok_or(Refusal::ParameterMissing("scope"))?)?;
        let prompt = match parameters.value("prompt") {
            None => Prompt::AsNeeded,
            Some("consent") => Prompt::Consent,
            Some("none") => Prompt::Nothing,
            Some("login" | "select_account") => Prompt::SignIn,
            Some(_) => return Err(Refusal::PromptUnsupported),
        };
        let owned = |name| parameters.value(name).map(str::to_owned);
        Ok(Self {
            authority,
            app,
            return_address,
            challenge: challenge.to_owned(),
            scopes,
            prompt,
            nonce: owned("nonce"),
            login_hint: owned("login_hint"),
            domain_hint: owned("domain_hint"),
            claims: owned("claims"),
            wants_client_info: parameters.value("client_info") == Some("1"),
            query: parameters.to_query(),
        })
    }

    /// Whether the hints of the request, if any, match this account.
    pub(super) fn accepts(&self, account: &Account) -> bool {
        let is_home =
            |domain: &str| domain == "organizations" || account.home.tenant.domain.eq_ignore_ascii_case(domain);
        self.login_hint.as_deref().is_none_or(|hint| account.matches_hint(hint))
            && self.domain_hint.as_deref().is_none_or(is_home)
    }

    /// Whether the request has a hint that matches this account.
    pub(super) fn suggests(&self, account: &Account) -> bool {
        (self.login_hint.is_some() || self.domain_hint.is_some()) && self.accepts(account)
    }
}

/// Checks that the application may be used at this authority.
///
/// # Errors
/// [`Refusal::TenantNotAllowed`] for a single-tenant application at a shared authority, and
/// [`Refusal::ApplicationUnknown`] in another tenant than its own.
pub(super) fn check_tenancy(app: &'static Application, authority: Authority) -> Result<(), Refusal> {
    match (app.single_tenant, authority) {
        (Some(_), Authority::AnyTenant(_)) => Err(Refusal::TenantNotAllowed { client_id: app.client_id }),
        (Some(own), Authority::One(tenant)) if own != tenant => Err(unknown_application(app.client_id, authority)),
        _ => Ok(()),
    }
}

pub(super) fn unknown_application(client_id: &str, authority: Authority) -> Refusal {
    Refusal::ApplicationUnknown { client_id: client_id.to_owned(), tenant: authority.segment() }
}
