use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header::RETRY_AFTER},
    middleware::{Next, from_fn},
    response::IntoResponse,
};
use azure_emulator::{FABRIKAM, Faults, Outage, account};
use serde_json::{Value, json};
use setup::{Adoption, Change, Failure, Graph, GraphToken, Plan, Record, Rights, Settings, apply};
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
        let failure = match tenant.opened(&settings, username, scopes).await {
            Ok(graph) => applied(&graph, &settings, &mut Record::default()).await.unwrap_err(),
            Err(failure) => failure,
        };
        let Failure::Rights { missing: found, .. } = &failure else { panic!("{failure}") };
        assert!(found.iter().any(|found| found == missing), "{scopes}: {found:?}");
        assert_eq!(tenant.objects("applications").await, Vec::<Value>::new());
        assert_eq!(tenant.objects("servicePrincipals").await.len(), 1);
    }
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    assert_eq!(Rights::read(&graph).await.unwrap().missing, Vec::<String>::new());
}

#[tokio::test]
async fn refuses_a_token_of_another_tenant() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let failure = tenant.opened(&settings, "bob@contoso.example", ALL).await.unwrap_err();
    assert!(matches!(failure, Failure::TenantDiffers { .. }), "{failure}");
}

#[tokio::test]
async fn continues_a_run_that_ended_half_made() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    // Each run reads the record of the last one, and can write it once: before the first change.
    let mut disk = Record::default();
    for _ in 0..4 {
        let mut record = disk.clone();
        let plan = Plan::read(&graph, &settings, &record).await.unwrap();
        let mut saved = 0;
        let full = |record: &Record| {
            saved += 1;
            if saved > 1 {
                return Err(Failure::File { path: "record".to_owned(), reason: "the disk is full".to_owned() });
            }
            disk = record.clone();
            Ok(())
        };
        let failure = apply(&graph, &settings, &mut record, &plan, full, |_| ()).await.unwrap_err();
        // A creation that no file has is named, and continues only if a person names it.
        if let Failure::Unrecorded { app_id, option, .. } = &failure {
            let taken = Plan::read(&graph, &settings, &disk).await.unwrap_err();
            assert!(matches!(taken, Failure::NameTaken { .. }), "{taken}");
            let named = format!("{app_id} was created, but not recorded (record: the disk is full)");
            assert!(failure.to_string().starts_with(&named), "{failure}");
            let chosen = Some(app_id.as_str());
            let chosen = match *option {
                "--adopt-page" => Adoption { page: chosen, ..Adoption::default() },
                _ => Adoption { api: chosen, ..Adoption::default() },
            };
            disk.adopt(&graph, chosen).await.unwrap();
        } else {
            assert!(matches!(failure, Failure::File { .. }), "{failure}");
        }
    }
    assert_eq!(tenant.objects("applications").await.len(), 2);
    let mut record = disk;
    applied(&graph, &settings, &mut record).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
    assert_eq!(planned(&graph, &settings, &record).await, Vec::<String>::new());
    for registration in [record.page, record.api] {
        assert!(!registration.unwrap().created, "it was adopted");
    }
}

#[tokio::test]
async fn records_a_creation_before_it_is_visible() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let (mut record, mut disk) = (Record::default(), Record::default());
    let plan = Plan::read(&graph, &settings, &record).await.unwrap();
    let save = |record: &Record| {
        disk = record.clone();
        Ok(())
    };
    // The service principal of ACS is there, and the page's registration stays invisible for longer than the wait.
    let lag = |_: &Change| tenant.emulator.set_faults(Faults { graph_lag: 20, ..Faults::default() });
    let failure = apply(&graph, &settings, &mut record, &plan, save, lag).await.unwrap_err();
    assert!(matches!(failure, Failure::NoEffect(_)), "{failure}");
    assert!(disk.page.as_ref().unwrap().created);

    tenant.emulator.set_faults(Faults::default());
    while tenant.objects("applications").await.is_empty() {}
    applied(&graph, &settings, &mut disk).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
}

#[tokio::test]
async fn makes_the_changes_of_the_plan_and_no_others() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();
    // A right that is missing in the plan is missing, though this token has it: no person confirmed the plan.
    let mut plan = Plan::read(&graph, &settings, &record).await.unwrap();
    plan.rights.missing.push("a right".to_owned());
    let failure = apply(&graph, &settings, &mut record, &plan, |_| Ok(()), |_| ()).await.unwrap_err();
    assert!(matches!(failure, Failure::Rights { .. }), "{failure}");

    let plan = Plan::read(&graph, &settings, &record).await.unwrap();
    let other = tenant.settings(|text| text.replace("\"Calls\"", "\"Other\""));
    applied(&graph, &other, &mut Record::default()).await.unwrap();
    let failure = apply(&graph, &settings, &mut record, &plan, |_| Ok(()), |_| ()).await.unwrap_err();
    assert!(matches!(failure, Failure::PlanDiffers), "{failure}");
    assert_eq!(tenant.objects("applications").await.len(), 2);
    assert_eq!(record, Record::default());
}

#[tokio::test]
async fn adopts_a_registration_of_the_tenant_that_the_record_does_not_contradict() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();
    applied(&graph, &settings, &mut record).await.unwrap();
    let scope = "5c09e000-0000-4000-8000-000000000001";
    let stranger = "57a96e00-0000-4000-8000-000000000001";
    let other = tenant
        .register(json!({
            "displayName": "Other",
            "api": {
                "oauth2PermissionScopes": [{ "id": scope, "value": "access_as_user" }],
                "preAuthorizedApplications": [{ "appId": stranger, "delegatedPermissionIds": [scope] }],
            },
        }))
        .await;
    let before = record.clone();
    for (app_id, expected) in [
        (other["appId"].as_str().unwrap(), "the record has the registration"),
        ("' or displayName eq 'Calls", "this tenant has no registration"),
    ] {
        let chosen = Adoption { page: Some(app_id), api: None };
        let failure = record.adopt(&graph, chosen).await.unwrap_err();
        assert!(failure.to_string().starts_with(expected), "{failure}");
    }
    let unknown = Adoption { page: None, api: Some("00000000-0000-4000-8000-000000000000") };
    let failure = Record::default().adopt(&graph, unknown).await.unwrap_err();
    assert!(matches!(failure, Failure::AdoptionUnknown(_)), "{failure}");
    let own = before.page.as_ref().unwrap().app_id.to_uppercase();
    record.adopt(&graph, Adoption { page: Some(&own), api: None }).await.unwrap();
    assert_eq!(record, before);

    let mut record = Record::default();
    record.adopt(&graph, Adoption { page: Some(&own), api: other["appId"].as_str() }).await.unwrap();
    let unwanted = Plan::read(&graph, &settings, &record).await.unwrap().unwanted;
    assert_eq!(unwanted, [format!("the registration Calls API pre-authorizes others: {stranger}")]);
}

#[tokio::test]
async fn does_not_choose_between_two_registrations_of_one_name() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    for _ in 0..2 {
        tenant.register(json!({ "displayName": "Calls" })).await;
    }
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    let Failure::NameTaken { candidates, .. } = &failure else { panic!("{failure}") };
    assert_eq!(candidates.len(), 2);
    assert_eq!(tenant.objects("applications").await.len(), 2);
    let renamed = tenant.settings(|text| text.replace("\"Calls\"", "\"Calls ' & 100%\""));
    let mut record = Record::default();
    applied(&graph, &renamed, &mut record).await.unwrap();
    assert_eq!(planned(&graph, &renamed, &record).await, Vec::<String>::new());
    let failure = applied(&graph, &renamed, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::NameTaken { .. }), "{failure}");
}

#[tokio::test]
async fn ends_with_the_wait_that_a_busy_graph_asks_for() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
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
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    applied(&graph, &settings, &mut Record::default()).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
}

#[tokio::test]
async fn names_the_owners_of_a_registration_that_has_its_name() {
    async fn owners(request: Request, next: Next) -> axum::response::Response {
        match request.uri().path().ends_with("/owners") {
            true => r#"{ "value": [{ "userPrincipalName": "mallory@fabrikam.example" }] }"#.into_response(),
            false => next.run(request).await,
        }
    }
    let tenant = Tenant::start_without_tls().await;
    let settings = served(&tenant, tenant.emulator.entra_router().layer(from_fn(owners))).await;
    tenant.register(json!({ "displayName": "Calls API" })).await;
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(failure.to_string().contains("owners: mallory@fabrikam.example; redirect URIs: none"), "{failure}");
    assert_eq!(tenant.objects("applications").await.len(), 1);
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
        let failure = Graph::open(&settings, token, PATIENCE).await.unwrap_err();
        match failure {
            Failure::ForeignLink => assert_eq!(status, StatusCode::OK),
            Failure::Refused(refusal) => assert_eq!((status, refusal.status), (StatusCode::FOUND, 302)),
            other => panic!("{other}"),
        }
    }
    assert_eq!(STRANGER.load(Ordering::Relaxed), 0);
}
