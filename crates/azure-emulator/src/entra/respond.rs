//! Authorization responses: codes and refusals, in the response mode of the request.

use axum::{http::StatusCode, response::Response};
use form_urlencoded::Serializer;

use crate::{
    Emulator,
    authority::Identity,
    entra::{
        pages,
        refusal::Incident,
        request::{Refused, ResponseMode, ReturnAddress},
    },
    fault::ResponseParameters,
    response,
};

/// Redirects to the client with `parameters` and the request's `state`, after the fault that is set, if any.
///
/// `identity` is the person who signed in, if the request came that far.
pub(super) fn redirect(
    emulator: &Emulator,
    address: &ReturnAddress,
    identity: Option<&Identity>,
    mut parameters: ResponseParameters,
) -> Response {
    parameters.extend(address.state.clone().map(|state| ("state", state)));
    let faults = identity.map_or_else(|| emulator.faults(), |identity| emulator.faults_for(identity.account));
    if let Some(fault) = faults.authorization {
        let tenant = identity.map_or(address.authority.issuer_tenant(), |identity| identity.tenant.id);
        parameters = fault.apply(parameters, &emulator.issuer(tenant));
    }
    let separator = match address.mode {
        ResponseMode::FormPost => {
            return response::html(StatusCode::OK, pages::form_post(&address.redirect_uri, &parameters));
        }
        ResponseMode::Fragment => '#',
        ResponseMode::Query => '?',
    };
    let encoded = Serializer::new(String::new()).extend_pairs(parameters).finish();
    response::redirect(&format!("{}{separator}{encoded}", address.redirect_uri))
}

/// Shows a refusal on a page, or returns it to the client where the redirect URI can be trusted.
pub(super) fn refuse(emulator: &Emulator, client_request_id: Option<&str>, refused: Refused) -> Response {
    let incident = Incident::new(emulator.random(), emulator.entra_now(), client_request_id);
    match refused {
        Refused::OnPage(refusal) => {
            response::html(StatusCode::BAD_REQUEST, pages::refusal(refusal.code(), &refusal.description(&incident)))
        }
        Refused::Returned(address, refusal) => {
            let parameters = vec![
                ("error", refusal.error().to_owned()),
                ("error_description", refusal.description(&incident)),
                ("error_uri", refusal.uri(&emulator.options().entra_url)),
            ];
            redirect(emulator, &address, None, parameters)
        }
    }
}
