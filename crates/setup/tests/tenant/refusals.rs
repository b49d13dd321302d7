use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header::RETRY_AFTER},
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use azure_emulator::{FABRIKAM, Faults, Outage, account};
use serde_json::Value;
use setup::{Failure, Graph, GraphToken, Record, Rights, Settings, apply};
use tokio::net::TcpListener;

use crate::tenant::{ADMINISTRATOR, ALL, PATIENCE, Tenant, applied, planned};

#[tokio::test]
async fn names_a_missing_right_before_anything_is_changed() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    for (username, scopes, missing) in [
        (
            "alice@fabrikam.example",
            ALL,
            "the role Cloud Application Administrator, Application Administrator or Global Administrator",
        ),
        (ADMINISTRATOR, "Directory.Read.All", "the permission Application.ReadWrite.All in the token"),
        (
            ADMINISTRATOR,
            "Directory.Read.All Application.ReadWrite.All",
            "the permission DelegatedPermissionGrant.ReadWrite.All in the token",
        ),
        (ADMINISTRATOR, "Application.ReadWrite.All", "the permission User.Read in the token"),
    ] {
        let graph = tenant.graph(&settings, username, scopes);
        let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
        let Failure::Rights { missing: found, .. } = &failure else { panic!("{failure}") };
        assert!(found.iter().any(|found| found == missing), "{scopes}: {found:?}");
        assert_eq!(tenant.objects("applications").await, Vec::<Value>::new());
        assert_eq!(tenant.objects("servicePrincipals").await.len(), 1);
    }
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL);
    assert_eq!(Rights::read(&graph, &settings).await.unwrap().missing, Vec::<String>::new());
}

#[tokio::test]
async fn refuses_a_token_of_another_tenant() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, "bob@contoso.example", ALL);
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::TenantDiffers { .. }), "{failure}");
}

#[tokio::test]
async fn continues_a_run_that_ended_half_made() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL);
    let mut record = Record::default();
    for written in [3, 5] {
        let mut saved = 0;
        let full = |_: &Record| {
            saved += 1;
            let failure = Failure::File { path: "record".to_owned(), reason: "the disk is full".to_owned() };
            if saved < written { Ok(()) } else { Err(failure) }
        };
        let failure = apply(&graph, &settings, &mut record, full, |_| ()).await.unwrap_err();
        assert!(matches!(failure, Failure::File { .. }), "{failure}");
    }
    // The record itself is lost, too: the tags of the registrations are enough.
    let mut record = Record::default();
    applied(&graph, &settings, &mut record).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
    assert_eq!(planned(&graph, &settings, &record).await.len(), 0);
    for registration in [record.page, record.api] {
        assert!(registration.unwrap().created);
    }
}

#[tokio::test]
async fn does_not_choose_between_two_registrations_of_one_name() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL);
    for _ in 0..2 {
        tenant.register("Calls").await;
    }
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::Ambiguous { count: 2, .. }), "{failure}");
    assert_eq!(tenant.objects("applications").await.len(), 2);
    let renamed = tenant.settings(|text| text.replace("\"Calls\"", "\"Calls ' & 100%\""));
    applied(&graph, &renamed, &mut Record::default()).await.unwrap();
    assert_eq!(planned(&graph, &renamed, &Record::default()).await.len(), 0);
}

#[tokio::test]
async fn ends_with_the_wait_that_a_busy_graph_asks_for() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL);
    tenant.emulator.set_faults(Faults { graph: Some(Outage::ThrottledSeconds), ..Faults::default() });
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert_eq!(failure.to_string(), "Microsoft Graph is busy; run the same command again in 2 seconds");
    tenant.emulator.set_faults(Faults { graph: Some(Outage::Oversized), ..Faults::default() });
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::Response(_)), "{failure}");
    tenant.emulator.set_faults(Faults { graph: Some(Outage::Dropped), ..Faults::default() });
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable(_)), "{failure}");
}

/// Serves a router on loopback, and returns settings that name it as the emulator.
async fn served(tenant: &Tenant, router: Router) -> Settings {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(axum::serve(listener, router).into_future());
    tenant.settings(|text| text.replace(&format!("url = \"{}\"", tenant.url), &format!("url = \"{url}\"")))
}

#[tokio::test]
async fn repeats_a_request_that_a_busy_graph_refused() {
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    async fn every_third(request: Request, next: Next) -> axum::response::Response {
        match REQUESTS.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "0")]).into_response(),
            1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => next.run(request).await,
        }
    }
    let tenant = Tenant::start_without_tls().await;
    let settings = served(&tenant, tenant.emulator.entra_router().layer(from_fn(every_third))).await;
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL);
    applied(&graph, &settings, &mut Record::default()).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
}

#[tokio::test]
async fn sends_the_token_to_no_other_host() {
    static STRANGER: AtomicUsize = AtomicUsize::new(0);
    let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/v1.0/applications", stranger.local_addr().unwrap().port());
    let count = Router::new().fallback(|| async {
        STRANGER.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    });
    tokio::spawn(axum::serve(stranger, count).into_future());

    let tenant = Tenant::start_without_tls().await;
    let page = format!(r#"{{ "value": [{{ "id": "{}" }}], "@odata.nextLink": "{address}" }}"#, FABRIKAM.id);
    for (status, body) in [(StatusCode::OK, page), (StatusCode::FOUND, String::new())] {
        let location = address.clone();
        let router = Router::new().fallback(move || async move { (status, [("location", location)], body) });
        let settings = served(&tenant, router).await;
        let token = GraphToken::new(tenant.emulator.graph_token(account(ADMINISTRATOR).unwrap(), ALL)).unwrap();
        let graph = Graph::new(&settings.cloud, token, PATIENCE).unwrap();
        let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
        match failure {
            Failure::ForeignLink => assert_eq!(status, StatusCode::OK),
            Failure::Refused(refusal) => assert_eq!((status, refusal.status), (StatusCode::FOUND, 302)),
            other => panic!("{other}"),
        }
    }
    assert_eq!(STRANGER.load(Ordering::Relaxed), 0);
}
