//! The routes, and what they share.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use protocol::exchange::ProblemCode;
use tokio::sync::Semaphore;

use crate::{
    acs::AcsClient,
    caller::{KeyRing, Validator},
    clock::Clock,
    configuration::Configuration,
    exchange::exchange,
    front_door::{front_door, method_not_allowed, preflight},
    outbound::{NoTrustAnchors, Outbound},
    problem::Problem,
};

/// Exchanges at once. More are shed rather than queued: a queue only makes all of them late. ACS allows 500 in 30
/// seconds, and one takes well under a second.
const PLACES: usize = 256;

/// What every request needs.
pub(crate) struct Service {
    pub(crate) acs: AcsClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) places: Semaphore,
    pub(crate) validator: Validator,
}

/// The service, ready for a listener or for a test without one.
///
/// Fails only where the machine has no root certificates for TLS.
pub fn router(configuration: Configuration, clock: impl Clock) -> Result<Router, NoTrustAnchors> {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let outbound = Outbound::new()?;
    let Configuration { acs, page, entra, listen: _ } = configuration;
    let keys = KeyRing::new(&entra, &outbound, &clock);
    let service = Arc::new(Service {
        acs: AcsClient::new(acs, page.client_id, outbound, clock.clone()),
        origins: page.origins,
        places: Semaphore::new(PLACES),
        validator: Validator::new(entra, keys, clock.clone()),
        clock,
    });
    Ok(Router::new()
        .route("/exchange", post(exchange).options(preflight).fallback(method_not_allowed))
        .route("/livez", get(StatusCode::OK).fallback(method_not_allowed))
        .fallback(async || Problem::from(ProblemCode::NotFound))
        .layer(from_fn_with_state(service.clone(), front_door))
        .with_state(service))
}
