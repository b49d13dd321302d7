//! The client for the assignments of Entra ID users at ACS.

use exchange_service::{Assignment, Assignments, AssignmentsError, Configuration, Principal};
use serde_json::{Value, json};

use crate::{
    authority::{CONTOSO, FABRIKAM, PAGE, PERSON},
    bench::{ACCESS_KEY, Bench},
    peer::{Peer, Reply},
};

const LIST: &str = "GET /access/entra/assignments?api-version=2025-03-02-preview";

async fn assignments() -> (Peer, Assignments) {
    let bench = Bench::start().await;
    let text = include_str!("exchange-service.toml").replace("http://localhost:8402", &bench.acs.address);
    let configuration =
        Configuration::parse(&text, |name| (name == "ACS_ACCESS_KEY").then(|| ACCESS_KEY.to_owned())).unwrap();
    (bench.acs.clone(), Assignments::new(configuration, bench.clock.clone()).unwrap())
}

fn person() -> Assignment {
    Assignment {
        object: PERSON.parse().unwrap(),
        tenant: FABRIKAM.parse().unwrap(),
        principal: Principal::User,
        clients: vec![PAGE.parse().unwrap()],
    }
}

fn listed() -> Value {
    json!({ "objectId": PERSON, "tenantId": FABRIKAM, "principalType": "user", "clientIds": [PAGE] })
}

fn page(next: Option<&str>) -> Reply {
    Reply::new(200, json!({ "value": [listed()], "nextLink": next }).to_string())
}

#[tokio::test]
async fn reads_all_pages_of_the_list() {
    let (acs, assignments) = assignments().await;
    let next = format!("{}/access/entra/assignments?api-version=2025-03-02-preview&page=2", acs.address);
    acs.replies([page(Some(&next)), page(Some("/access/entra/assignments?page=3")), page(Some(""))]);
    assert_eq!(assignments.list().await.unwrap(), vec![person(); 3]);
    let asked = acs.requests();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(lines, [LIST, &format!("{LIST}&page=2"), "GET /access/entra/assignments?page=3"]);
    assert!(asked.iter().all(|asked| asked.signed_with(ACCESS_KEY)));
}

#[tokio::test]
async fn does_not_follow_next_links_to_other_hosts_or_in_circles() {
    // SEC-103
    let (acs, assignments) = assignments().await;
    let canary = Peer::start(Reply::new(200, "{}")).await;
    for next in [canary.address.as_str(), "//evil.example/", "https://evil.example/", "http://["] {
        acs.replies([page(Some(next))]);
        assert_eq!(assignments.list().await, Err(AssignmentsError::EndlessOrElsewhere), "{next}");
    }
    assert_eq!(canary.requests().len(), 0);
    acs.replies([page(Some("/access/entra/assignments"))]);
    assert_eq!(assignments.list().await, Err(AssignmentsError::EndlessOrElsewhere));
}

#[tokio::test]
async fn adds_replaces_and_removes_an_assignment() {
    let (acs, assignments) = assignments().await;
    acs.replies([Reply::new(201, ""), Reply::new(200, ""), Reply::new(204, "")]);
    let whole_tenant = Assignment {
        object: CONTOSO.parse().unwrap(),
        tenant: CONTOSO.parse().unwrap(),
        principal: Principal::Tenant,
        ..person()
    };
    assert_eq!(assignments.add(&person()).await, Ok(true));
    assert_eq!(assignments.add(&whole_tenant).await, Ok(false));
    assert_eq!(assignments.remove(&person().object).await, Ok(()));
    let asked = acs.requests();
    let at = |id: &str| format!("/access/entra/assignments/{id}?api-version=2025-03-02-preview");
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.clone()).collect();
    assert_eq!(
        lines,
        [format!("PUT {}", at(PERSON)), format!("PUT {}", at(CONTOSO)), format!("DELETE {}", at(PERSON))]
    );
    let bodies: Vec<Value> = asked[..2].iter().map(|asked| serde_json::from_slice(&asked.body).unwrap()).collect();
    assert_eq!(bodies[0], json!({ "tenantId": FABRIKAM, "principalType": "user", "clientIds": [PAGE] }));
    assert_eq!(bodies[1]["principalType"], "tenant");
    assert!(asked.iter().all(|asked| asked.signed_with(ACCESS_KEY)));
}

#[tokio::test]
async fn each_refusal_of_acs_has_its_own_error() {
    let (acs, assignments) = assignments().await;
    let error = |status, code: &str| Reply::new(status, json!({ "error": { "code": code } }).to_string());
    for (reply, expected) in [
        (error(401, "Denied"), AssignmentsError::ServiceRefused),
        (Reply::new(403, ""), AssignmentsError::ServiceRefused),
        (Reply::new(429, ""), AssignmentsError::Busy),
        (Reply::new(503, ""), AssignmentsError::Unavailable),
        (Reply::new(404, "<html>"), AssignmentsError::AnswerUnreadable),
        (Reply::new(200, "{}"), AssignmentsError::AnswerUnreadable),
        (Reply::new(200, json!({ "value": [{ "objectId": "x" }] }).to_string()), AssignmentsError::AnswerUnreadable),
        (
            error(400, "Validation\u{1b}[2JError"),
            AssignmentsError::Refused { status: 400, code: "Validation2JError".to_owned() },
        ),
    ] {
        acs.reply(reply);
        assert_eq!(assignments.list().await, Err(expected));
    }
}
