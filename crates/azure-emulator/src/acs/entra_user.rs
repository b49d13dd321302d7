//! `POST /access/entra/:exchangeAccessToken`: for Entra ID users with an assignment.

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
        // Entra's `VoIP.Join` is `voip.join` at ACS.
        Ok(person.scopes.join(",").to_ascii_lowercase())
    })
    .await
}
