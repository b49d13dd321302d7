use std::fs;

use azure_emulator::{ACCESS_KEY, Faults};
use exchange_service::{Configuration, SystemClock};
use serde_json::{Value, json};
use setup::{Failure, Finding, Plan, Record, check, files};
use tokio::net::TcpListener;

use crate::tenant::{ADMINISTRATOR, ALL, Tenant, adopted, applied, planned, removed};

const NAMES: [&str; 2] = ["Calls", "Calls API"];

#[tokio::test]
async fn plans_applies_checks_and_removes_a_single_tenant_page() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();

    let expected = [
        "create the service principal of Azure Communication Services",
        "create the registration Calls",
        "create the registration Calls API",
        "complete the registration Calls API",
        "create the service principal of Calls",
        "create the service principal of Calls API",
        "consent for all people to permissions of Azure Communication Services",
        "consent for all people to permissions of Microsoft Graph",
    ];
    assert_eq!(planned(&graph, &settings, &record).await, expected);
    assert_eq!(tenant.objects("applications").await, Vec::<Value>::new());

    applied(&graph, &settings, &mut record).await.unwrap();
    assert_eq!(applied(&graph, &settings, &mut record).await.unwrap(), Vec::<String>::new());
    assert_eq!(planned(&graph, &settings, &record).await, Vec::<String>::new());

    let [page, api] = NAMES.map(|name| format!("applications?$filter=displayName%20eq%20'{name}'"));
    let (page, api) = (tenant.objects(&page).await.remove(0), tenant.objects(&api).await.remove(0));
    assert_eq!(page["signInAudience"], "AzureADMyOrg");
    assert_eq!(page["spa"]["redirectUris"], json!(["http://localhost:8080/", "http://localhost:8080/return.html"]));
    assert_eq!(page["web"]["redirectUris"], json!([]));
    assert_eq!(page["requiredResourceAccess"].as_array().unwrap().len(), 2);
    assert_eq!(api["api"]["requestedAccessTokenVersion"], 2);
    assert_eq!(api["identifierUris"], json!([format!("api://{}", api["appId"].as_str().unwrap())]));
    assert_eq!(api["api"]["preAuthorizedApplications"][0]["appId"], page["appId"]);
    assert_eq!(api["api"]["knownClientApplications"], json!([]));

    let findings = check(&graph, &settings, &record).await.unwrap();
    let bad: Vec<&Finding> = findings.iter().filter(|finding| !finding.good).collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(bad[0].what, "the exchange service cannot be reached");

    removed(&graph, &settings, &mut record).await;
    assert_eq!(tenant.objects("applications").await, Vec::<Value>::new());
    let rest = tenant.objects("servicePrincipals?$select=displayName").await;
    let rest: Vec<&str> = rest.iter().map(|principal| principal["displayName"].as_str().unwrap()).collect();
    assert_eq!(rest, ["Microsoft Graph", "Azure Communication Services"]);
    assert_eq!(record, Record { tenant: record.tenant.clone(), ..Record::default() });
}

#[tokio::test]
async fn sets_a_multitenant_page_for_both_kinds_of_users_up() {
    let tenant = Tenant::start().await;
    let settings = tenant.settings(|text| {
        text.replace("single-tenant", "multitenant").replace("[\"teams\"]", "[\"teams\", \"entra-id\"]")
    });
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();
    applied(&graph, &settings, &mut record).await.unwrap();
    assert_eq!(planned(&graph, &settings, &record).await, Vec::<String>::new());
    let applications = tenant.objects("applications").await;
    assert_eq!(applications.len(), 2);
    for application in &applications {
        assert_eq!(application["signInAudience"], "AzureADMultipleOrgs");
    }
    assert_eq!(applications[1]["api"]["knownClientApplications"], json!([applications[0]["appId"]]));
    let config = &files(tenant.folder.path(), &settings, &record).unwrap()[0].new;
    let config: Value = serde_json::from_str(config).unwrap();
    let authority = format!("{}/organizations/", tenant.url);
    assert_eq!(config["profiles"][0]["authority"], authority);
    assert_eq!(config["profiles"][1]["exchange"]["contract"], "quickstart-entra-id");
}

#[tokio::test]
async fn waits_until_new_objects_are_visible() {
    let tenant = Tenant::start().await;
    tenant.emulator.set_faults(Faults { graph_lag: 3, ..Faults::default() });
    let settings = tenant.settings(|text| text);
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();
    applied(&graph, &settings, &mut record).await.unwrap();
    assert_eq!(tenant.objects("applications").await.len(), 2);
    assert_eq!(tenant.objects("servicePrincipals").await.len(), 4);
    assert_eq!(planned(&graph, &settings, &record).await, Vec::<String>::new());
}

#[tokio::test]
async fn keeps_entries_of_others_and_removes_its_own_only() {
    let tenant = Tenant::start().await;
    let other = tenant.settings(|text| text.replace("localhost:8080", "localhost:8081"));
    let graph = tenant.graph(&other, ADMINISTRATOR, ALL).await;
    let mut others = Record::default();
    applied(&graph, &other, &mut others).await.unwrap();
    let before = tenant.objects("applications").await;

    // The registrations exist. Their names are not enough, and adoption does not make them this program's.
    let settings = tenant.settings(|text| text);
    let failure = applied(&graph, &settings, &mut Record::default()).await.unwrap_err();
    assert!(matches!(failure, Failure::NameTaken { .. }), "{failure}");
    assert_eq!(tenant.objects("applications").await, before);
    let mut record = adopted(&graph, &others).await;
    applied(&graph, &settings, &mut record).await.unwrap();
    let page = tenant.objects("applications").await.remove(0);
    assert_eq!(page["spa"]["redirectUris"].as_array().unwrap().len(), 4);
    assert!(!record.page.as_ref().unwrap().created);
    assert!(!record.api.as_ref().unwrap().created);
    let unwanted = Plan::read(&graph, &settings, &record).await.unwrap().unwanted;
    let uris = "http://localhost:8081/, http://localhost:8081/return.html";
    assert_eq!(unwanted, [format!("the registration Calls has other redirect URIs: {uris}")]);

    let third = tenant.settings(|text| text.replace("localhost:8080", "localhost:8082"));
    let mut record = adopted(&graph, &others).await;
    applied(&graph, &third, &mut record).await.unwrap();
    assert_eq!(record.entries.len(), 2);
    let page = tenant.objects("applications").await.remove(0);
    assert_eq!(page["spa"]["redirectUris"].as_array().unwrap().len(), 6);
    removed(&graph, &third, &mut record).await;
    let after = tenant.objects("applications").await;
    assert_eq!(after.len(), before.len());
    assert_eq!(after[0]["spa"]["redirectUris"].as_array().unwrap().len(), 4);
    assert_eq!(after[0]["requiredResourceAccess"], before[0]["requiredResourceAccess"]);
}

#[tokio::test]
async fn the_exchange_service_accepts_its_file_and_the_check_is_good() {
    let tenant = Tenant::start_without_tls().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let exchange = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let settings = tenant.settings(|text| {
        text.replace("http://127.0.0.1:1", &exchange)
            .replace("users =", "portals = [\"http://portal.localhost:9000\"]\nusers =")
    });
    let graph = tenant.graph(&settings, ADMINISTRATOR, ALL).await;
    let mut record = Record::default();
    applied(&graph, &settings, &mut record).await.unwrap();

    let folder = tenant.folder.path();
    for file in files(folder, &settings, &record).unwrap() {
        assert!(!file.is_current(), "{}", file.name);
        file.write(folder).unwrap();
    }
    for file in files(folder, &settings, &record).unwrap() {
        assert!(file.is_current(), "{}", file.name);
    }
    let config = fs::read_to_string(folder.join("config.json")).unwrap();
    page_host::Configuration::parse(&config).unwrap();

    let text = fs::read_to_string(folder.join("exchange-service.toml")).unwrap();
    let key = |name: &str| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned());
    let configuration = Configuration::parse(&text, key).unwrap();
    let router = exchange_service::router(configuration, SystemClock::start()).unwrap();
    let service = tokio::spawn(axum::serve(listener, router).into_future());
    let findings = check(&graph, &settings, &record).await.unwrap();
    for finding in &findings {
        assert!(finding.good, "{finding:?}");
    }
    assert_eq!(findings.len(), 5);

    let foreign = tenant.settings(|text| {
        text.replace("http://127.0.0.1:1", &exchange).replace("localhost:8080", "other.localhost:8080")
    });
    let findings = check(&graph, &foreign, &record).await.unwrap();
    let what: Vec<&str> = findings.iter().filter(|finding| !finding.good).map(|finding| &*finding.what).collect();
    assert_eq!(what.len(), 3, "{what:?}");
    assert!(what[0].contains("other.localhost:8080/return.html"), "{what:?}");
    assert!(what[1].contains("has other redirect URIs: http://localhost:8080/, "), "{what:?}");
    assert_eq!(what[2], "the exchange service does not allow the page's origin http://other.localhost:8080 (CORS)");
    service.abort();
}
