//! Maps paths and methods to handlers.

use std::sync::Arc;

use axum::{
    Router,
    http::header::ALLOW,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use contract::exchange::ExchangeProblemCode;

use super::{
    cors::{PREFLIGHT_OF_EXCHANGE, PREFLIGHT_OF_GET, PREFLIGHT_OF_POST},
    exchange_routes::{
        by_get::of_teams_user_via_get,
        by_post::{for_a_guest, of_entra_id_user, of_teams_user},
        warm_up,
    },
    key_relay::{all_keys, tenant_keys},
    mailbox_routes, middleware,
    probes::{livez, metrics, openapi, readyz},
    problem_details::Problem,
    state::AppState,
};
use crate::acs::Exchanges;

/// The routes for pages and probes.
pub(crate) fn routes(state: Arc<AppState>) -> Router {
    let Exchanges { teams_users, teams_users_via_get, entra_id_users, guests } = state.exchanges;
    let not_allowed = Problem::from(ExchangeProblemCode::MethodNotAllowed);
    // axum would list HEAD, too.
    let get_only = ([(ALLOW, "GET, OPTIONS")], not_allowed);
    // The route of an exchange that is off is missing: 404 rather than 403.
    let mut router = Router::new();
    let exchange = |route: MethodRouter<Arc<AppState>>| route.options(PREFLIGHT_OF_EXCHANGE).fallback(not_allowed);
    for (is_on, path, route) in [
        (teams_users, "/exchange", exchange(post(of_teams_user).get(warm_up::for_teams_users))),
        (entra_id_users, "/exchange/entra-id", exchange(post(of_entra_id_user).get(warm_up::for_entra_id_users))),
        (guests, "/exchange/guest", post(for_a_guest).options(PREFLIGHT_OF_POST).fallback(not_allowed)),
        (
            teams_users_via_get,
            "/api/token/teams",
            // Without this, axum would run the handler of GET for HEAD, and issue a token.
            get(of_teams_user_via_get).head(get_only.clone()).options(PREFLIGHT_OF_GET).fallback(get_only),
        ),
    ] {
        if is_on {
            router = router.route(path, route);
        }
    }
    router
        .route("/keys", get(all_keys).fallback(not_allowed))
        .route("/keys/{tenant}", get(tenant_keys).fallback(not_allowed))
        .route("/openapi.json", get(openapi).fallback(not_allowed))
        .route("/livez", get(livez).fallback(not_allowed))
        .route("/readyz", get(readyz).fallback(not_allowed))
        .merge(mailbox_routes::routes(&state))
        .fallback(async || Problem::from(ExchangeProblemCode::NotFound))
        .layer(from_fn_with_state(state.clone(), middleware::request))
        .with_state(state)
}

/// The routes for Prometheus, and the probes.
pub(crate) fn metrics_routes(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, Response, StatusCode, header},
    };
    use tower::ServiceExt;

    use super::*;
    use crate::{
        clock::SystemClock,
        configuration::Configuration,
        http::{admission::exchange_permit, state::MAX_CONCURRENT_EXCHANGES},
        service::app_state,
    };

    fn state() -> Arc<AppState> {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
        let text = include_str!("../../exchange-service.dev.toml");
        let configuration =
            Configuration::parse(text, |name| (name == "ACS_ACCESS_KEY").then(|| key.to_owned())).unwrap();
        app_state(configuration, SystemClock::start(), None).unwrap()
    }

    async fn send(router: Router, method: &str, path: &str) -> Response<Body> {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn rejects_exchanges_beyond_the_limit_and_still_answers_probes() {
        // SEC-096
        let state = state();
        let _all = state.exchange_permits.try_acquire_many(u32::try_from(MAX_CONCURRENT_EXCHANGES).unwrap()).unwrap();
        let asks = state.clone();
        let router = Router::new()
            .route("/place", get(async move || exchange_permit(&asks).map(drop)))
            .layer(from_fn_with_state(state.clone(), middleware::request));
        let response = send(router, "GET", "/place").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(send(routes(state.clone()), "GET", "/livez").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_panic_fails_one_request_only() {
        // SEC-099, SEC-100
        async fn defect() -> StatusCode {
            panic!("canary")
        }
        let state = state();
        let router =
            Router::new().route("/defect", get(defect)).layer(from_fn_with_state(state.clone(), middleware::request));
        let response = send(router, "GET", "/defect").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains(r#""code":"internal""#), "{body}");
        assert!(!body.contains("canary"), "{body}");
        assert_eq!(send(routes(state), "GET", "/livez").await.status(), StatusCode::OK);
    }
}
