//! The whole journey without a browser: the same machine that the vault runs, against the real emulator and the real
//! exchange service on loopback. What a browser adds is in `tests/e2e`.

mod host;
mod parts;

use azure_emulator::{IdTokenFault, Tampering};
use host::Host;
use messages::{Picture, ProblemCode};
use parts::{CONTOSO_PAGE, FABRIKAM_PAGE, Parts};

fn problem(picture: Picture) -> ProblemCode {
    match picture {
        Picture::SignedOut { problem: Some(problem) } | Picture::Stopped { problem } => problem.code,
        other => panic!("no problem, but {other:?}"),
    }
}

#[tokio::test]
async fn alice_gets_an_acs_token_from_a_multitenant_page() {
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    match Host::new(&parts).sign_in("alice@fabrikam.example").await {
        Picture::SignedIn { account, token, expires_at } => {
            assert_eq!(account.username.as_deref(), Some("alice@fabrikam.example"));
            assert_eq!(account.tenant_id, azure_emulator::FABRIKAM.id);
            assert!(!token.expose().is_empty() && expires_at > parts.now());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn alice_gets_an_acs_token_from_a_single_tenant_page() {
    let parts = Parts::start(FABRIKAM_PAGE, azure_emulator::FABRIKAM.id).await;
    let picture = Host::new(&parts).sign_in("alice@fabrikam.example").await;
    assert!(matches!(picture, Picture::SignedIn { .. }), "{picture:?}");
}

#[tokio::test]
async fn bob_is_himself_at_home_and_a_guest_elsewhere() {
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    match Host::new(&parts).sign_in("bob@contoso.example").await {
        Picture::SignedIn { account, .. } => assert_eq!(account.tenant_id, azure_emulator::CONTOSO.id),
        other => panic!("{other:?}"),
    }
    let parts = Parts::start(FABRIKAM_PAGE, azure_emulator::FABRIKAM.id).await;
    let picture = Host::new(&parts).sign_in("bob@contoso.example").await;
    assert_eq!(problem(picture), ProblemCode::EntraTokenRefused);
}

#[tokio::test]
async fn dave_may_decline_and_may_accept() {
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    let mut host = Host::new(&parts);
    assert_eq!(problem(host.sign_in_answering("dave@fabrikam.example", "cancel").await), ProblemCode::SignInDeclined);
    let picture = host.sign_in_answering("dave@fabrikam.example", "accept").await;
    assert!(matches!(picture, Picture::SignedIn { .. }), "{picture:?}");
}

#[tokio::test]
async fn every_wrong_id_token_is_refused_and_reaches_no_exchange() {
    // security 9, 10, 11; RP-02, RP-03, RP-09 to RP-13
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    for fault in [
        IdTokenFault::AlgNone,
        IdTokenFault::BadSignature,
        IdTokenFault::Expired,
        IdTokenFault::MissingNonce,
        IdTokenFault::WrongAudience,
        IdTokenFault::WrongIssuer,
        IdTokenFault::WrongNonce,
    ] {
        parts.emulator.tamper(Tampering { id_token: Some(fault), ..Tampering::default() });
        let mut host = Host::new(&parts);
        assert_eq!(problem(host.sign_in("alice@fabrikam.example").await), ProblemCode::IdTokenRefused, "{fault:?}");
        assert!(!host.asked().contains(&"Exchange") && !host.asked().contains(&"CallerToken"), "{fault:?}");
    }
}

#[tokio::test]
async fn another_tenants_id_token_is_refused_by_a_single_tenant_page() {
    let parts = Parts::start(FABRIKAM_PAGE, azure_emulator::FABRIKAM.id).await;
    parts.emulator.tamper(Tampering { id_token: Some(IdTokenFault::WrongTenant), ..Tampering::default() });
    let mut host = Host::new(&parts);
    assert_eq!(problem(host.sign_in("alice@fabrikam.example").await), ProblemCode::IdTokenRefused);
}

#[tokio::test]
async fn a_code_without_its_verifier_is_worth_nothing() {
    // security 1: the emulator compares S256(verifier) with the challenge
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    let mut host = Host::new(&parts);
    let (fragment, transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let mut stored: serde_json::Value = serde_json::from_str(&transaction).unwrap();
    stored["verifier"] = "A".repeat(43).into();
    assert_eq!(problem(host.come_back(Some(fragment), Some(stored.to_string())).await), ProblemCode::SignInStale);
}

#[tokio::test]
async fn an_answer_is_good_once() {
    // security 3; RP-22
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    let mut host = Host::new(&parts);
    let (fragment, transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let first = host.come_back(Some(fragment.clone()), Some(transaction.clone())).await;
    assert!(matches!(first, Picture::SignedIn { .. }));
    let second = host.come_back(Some(fragment), Some(transaction)).await;
    assert_eq!(problem(second), ProblemCode::SignInStale);
}

#[tokio::test]
async fn an_answer_to_another_tab_asks_for_no_token() {
    // security 4; RP-24
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    let mut host = Host::new(&parts);
    let (fragment, _) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let (_, other_transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let picture = host.come_back(Some(fragment.clone()), Some(other_transaction)).await;
    assert_eq!(problem(picture), ProblemCode::AnswerWrongState);
    let picture = host.come_back(Some(fragment), None).await;
    assert_eq!(problem(picture), ProblemCode::AnswerUnsolicited);
    assert_eq!(parts.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn rotated_keys_are_found() {
    // RP-16
    let parts = Parts::start(CONTOSO_PAGE, "organizations").await;
    let picture = Host::new(&parts).sign_in("alice@fabrikam.example").await;
    assert!(matches!(picture, Picture::SignedIn { .. }));
    parts.emulator.rotate_signing_keys();
    let picture = Host::new(&parts).sign_in("alice@fabrikam.example").await;
    assert!(matches!(picture, Picture::SignedIn { .. }), "{picture:?}");
}

#[tokio::test]
async fn a_service_for_another_application_refuses() {
    let parts = Parts::start_with_service_for(CONTOSO_PAGE, "organizations", FABRIKAM_PAGE).await;
    let picture = Host::new(&parts).sign_in("alice@fabrikam.example").await;
    assert_eq!(problem(picture), ProblemCode::ApplicationMismatch);
}
