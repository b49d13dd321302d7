//! `POST /access/entra/:exchangeAccessToken`: for Entra ID users whom an assignment lets in.

use axum::response::Response;

use crate::{
    acs::{acs_error::AcsError, call::Call, direct, operation::Operation},
    registrations::ACS_CLIENTS,
};

pub(super) async fn exchange(call: Call) -> Response {
    direct::exchange(call, Operation::ExchangeEntraUser, &ACS_CLIENTS, |emulator, person| {
        if !emulator.state().assignments.allow(person.tenant.id, &person.object_id, &person.app_id) {
            return Err(AcsError::NotAssigned);
        }
        // `VoIP.Join` for Entra is `voip.join` for ACS.
        Ok(person.scopes.join(",").to_ascii_lowercase())
    })
    .await
}
