//! The admin consent endpoints, in Entra's two forms: an administrator consents for the whole organization.

use axum::{
    Extension,
    body::Bytes,
    extract::Path,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use form_urlencoded::Serializer;

use crate::{
    Emulator,
    accounts::{ACCOUNTS, Account, Persona, account_by_object_id},
    authority::Authority,
    entra::{
        pages,
        refusal::{Incident, Refusal},
        request::{check_tenancy, unknown_application},
        scopes::Scopes,
    },
    parameters::{Parameters, Repeated},
    registrations::Application,
    response,
};

/// A checked request, whose response may go to its redirect URI.
struct Request {
    form: Form,
    authority: Authority,
    app: &'static Application,
    redirect_uri: Option<String>,
    state: Option<String>,
    scopes: Scopes,
}

/// The form of the endpoint.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// `/{tenant}/adminconsent`: consent to every permission that the registration may request.
    Everything,
    /// `/{tenant}/v2.0/adminconsent`: consent to the scopes of the request.
    Named,
}

/// `/{tenant}/adminconsent` and `/{tenant}/v2.0/adminconsent`: `GET` shows the page, and `POST` submits its form.
pub(super) async fn admin_consent(
    Extension(emulator): Extension<Emulator>,
    Path(tenant): Path<String>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> Response {
    let form = if uri.path().ends_with("/v2.0/adminconsent") { Form::Named } else { Form::Everything };
    let request = Parameters::parse(uri.query().unwrap_or_default().as_bytes())
        .map_err(Refusal::from)
        .and_then(|parameters| Request::read(&emulator, form, &tenant, &parameters));
    let submitted = Parameters::parse(&body).map_err(|Repeated(name)| Refusal::ParameterRepeated(name));
    match request.and_then(|request| submitted.map(|submitted| (request, submitted))) {
        Ok((request, submitted)) if method == Method::POST => request.decide(&emulator, &submitted),
        Ok((request, _)) => {
            let action = uri.path_and_query().map_or("", |whole| whole.as_str());
            let page = pages::admin_consent(request.app, &request.scopes, &request.administrators(), action);
            response::html(StatusCode::OK, page)
        }
        Err(refusal) => {
            let incident = Incident::new(emulator.random(), emulator.entra_now(), None);
            response::html(StatusCode::BAD_REQUEST, pages::refusal(refusal.code(), &refusal.description(&incident)))
        }
    }
}

impl Request {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// A refusal, which is shown to the person on a page.
    fn read(emulator: &Emulator, form: Form, tenant: &str, parameters: &Parameters) -> Result<Self, Refusal> {
        let authority = Authority::parse(tenant)
            .filter(|authority| *authority != Authority::AnyTenant("common"))
            .ok_or_else(|| Refusal::TenantUnknown(tenant.to_owned()))?;
        let client_id = parameters.value("client_id").ok_or(Refusal::ParameterMissing("client_id"))?;
        let app = emulator.application(client_id).ok_or_else(|| unknown_application(client_id, authority))?;
        check_tenancy(app, authority)?;
        let redirect_uri = parameters.value("redirect_uri").map(str::to_owned);
        if let Some(unknown) = redirect_uri.as_deref().filter(|uri| !app.has_redirect_uri(uri)) {
            return Err(Refusal::RedirectUriUnknown(unknown.to_owned()));
        }
        let scopes = match (form, parameters.value("scope")) {
            (Form::Everything, _) => Scopes::everything(&emulator.resources()),
            (Form::Named, _) if redirect_uri.is_none() => return Err(Refusal::ParameterMissing("redirect_uri")),
            (Form::Named, Some(scope)) => Scopes::parse(&emulator.resources(), scope)?,
            (Form::Named, None) => return Err(Refusal::ParameterMissing("scope")),
        };
        let state = parameters.value("state").map(str::to_owned);
        Ok(Self { form, authority, app, redirect_uri, state, scopes })
    }

    /// The accounts that can consent. The page offers one button for each, instead of a sign-in.
    fn administrators(&self) -> Vec<&'static Account> {
        ACCOUNTS.iter().filter(|account| self.may_decide(account)).collect()
    }

    fn may_decide(&self, account: &'static Account) -> bool {
        account.persona == Persona::Administrator
            && self.authority.identity(account).is_some_and(|identity| !identity.is_guest())
    }

    /// Records the decision in the submitted form, and redirects with its outcome.
    fn decide(&self, emulator: &Emulator, submitted: &Parameters) -> Response {
        let administrator =
            submitted.value("account").and_then(account_by_object_id).filter(|account| self.may_decide(account));
        let identity = administrator.and_then(|account| self.authority.identity(account));
        match (identity, self.form) {
            (Some(identity), form) => {
                emulator.state().consents.give(&identity, self.app, &self.scopes, true);
                let granted = self.scopes.as_granted();
                let mut parameters = vec![("admin_consent", "True"), ("tenant", identity.tenant.id)];
                if form == Form::Named {
                    parameters.push(("scope", &granted));
                }
                self.redirect(&parameters)
            }
            (None, Form::Everything) => self
                .redirect(&[("error", "permission_denied"), ("error_description", "The admin canceled the request")]),
            // Like Entra's, this refusal also contains `admin_consent=True`, so clients must look for `error` first.
            (None, Form::Named) => {
                let description =
                    Refusal::ConsentDeclined.description(&Incident::new(emulator.random(), emulator.entra_now(), None));
                self.redirect(&[
                    ("admin_consent", "True"),
                    ("error", "consent_required"),
                    ("error_description", &description),
                ])
            }
        }
    }

    /// Redirects with the parameters and the request's `state`, or shows a page if there is no redirect URI.
    fn redirect(&self, parameters: &[(&str, &str)]) -> Response {
        let Some(redirect_uri) = &self.redirect_uri else {
            return response::html(StatusCode::OK, pages::decided());
        };
        let state = self.state.as_deref().map(|state| ("state", state));
        let query = Serializer::new(String::new()).extend_pairs(parameters.iter().copied().chain(state)).finish();
        response::redirect(&format!("{redirect_uri}?{query}"))
    }
}
