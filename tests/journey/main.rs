//! The whole sign-in without a browser: the session that the vault runs, with the real emulator and the real exchange
//! service on loopback. Tests in a browser are in `tests/e2e`.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue panics")]

mod entra_errors;
mod host;

use azure_emulator::{CONTOSO, FABRIKAM, Faults, IdTokenFault};
use cross_tests::{Backend, FABRIKAM_PAGE, Setup};
use host::{Host, ORIGIN};
use messages::{ProblemCode, ViewState};

fn problem(view_state: ViewState) -> ProblemCode {
    match view_state {
        ViewState::SignedOut { problem: Some(problem), .. } | ViewState::Stopped { problem } => problem.code,
        other => panic!("no problem, but {other:?}"),
    }
}

#[tokio::test]
async fn alice_gets_an_acs_token_from_a_multitenant_page() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    match Host::new(&backend).sign_in("alice@fabrikam.example").await {
        ViewState::SignedIn {
            account: Some(account), token: Some(token), expires_at, renewal_problem: None, ..
        } => {
            assert_eq!(account.username.as_deref(), Some("alice@fabrikam.example"));
            assert_eq!(account.tenant_id, FABRIKAM.id);
            assert_ne!(token.expose(), "");
            assert!(expires_at > backend.now(), "{expires_at}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn alice_gets_an_acs_token_from_a_single_tenant_page() {
    let backend = Backend::start(ORIGIN, Setup::single_tenant()).await;
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert!(matches!(view_state, ViewState::SignedIn { .. }), "{view_state:?}");
}

#[tokio::test]
async fn bob_signs_in_in_his_own_tenant_and_is_refused_as_a_guest() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    match Host::new(&backend).sign_in("bob@contoso.example").await {
        ViewState::SignedIn { account: Some(account), .. } => assert_eq!(account.tenant_id, CONTOSO.id),
        other => panic!("{other:?}"),
    }
    let backend = Backend::start(ORIGIN, Setup::single_tenant()).await;
    let view_state = Host::new(&backend).sign_in("bob@contoso.example").await;
    assert_eq!(problem(view_state), ProblemCode::EntraTokenRefused);
}

#[tokio::test]
async fn dave_can_decline_and_accept_consent() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    assert_eq!(
        problem(host.sign_in_with_consent("dave@fabrikam.example", "cancel").await),
        ProblemCode::SignInDeclined
    );
    let view_state = host.sign_in_with_consent("dave@fabrikam.example", "accept").await;
    assert!(matches!(view_state, ViewState::SignedIn { .. }), "{view_state:?}");
}

#[tokio::test]
async fn refuses_every_wrong_id_token_before_the_exchange() {
    // SEC-009, SEC-010, SEC-011; RP-02, RP-03, RP-09 to RP-13
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    for fault in [
        IdTokenFault::AlgNone,
        IdTokenFault::BadSignature,
        IdTokenFault::Expired,
        IdTokenFault::MissingNonce,
        IdTokenFault::WrongAudience,
        IdTokenFault::WrongIssuer,
        IdTokenFault::WrongNonce,
    ] {
        backend.emulator.set_faults(Faults { id_token: Some(fault), ..Faults::default() });
        let mut host = Host::new(&backend);
        let expected = match fault {
            IdTokenFault::Expired => ProblemCode::ClockWrong,
            _ => ProblemCode::IdTokenRefused,
        };
        assert_eq!(problem(host.sign_in("alice@fabrikam.example").await), expected, "{fault:?}");
        let mut requests = host.requests();
        // For a token with an unknown key id, keys are fetched twice. The two requests count as one here.
        requests.dedup();
        assert_eq!(requests, ["Config", "Discovery", "WarmUp", "Tokens", "Keys"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_single_tenant_page_refuses_an_id_token_of_another_tenant() {
    let backend = Backend::start(ORIGIN, Setup::single_tenant()).await;
    backend.emulator.set_faults(Faults { id_token: Some(IdTokenFault::WrongTenant), ..Faults::default() });
    let mut host = Host::new(&backend);
    assert_eq!(problem(host.sign_in("alice@fabrikam.example").await), ProblemCode::IdTokenRefused);
}

#[tokio::test]
async fn a_code_without_its_verifier_is_not_redeemed() {
    // SEC-001: the emulator compares S256(verifier) with the challenge
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    let (fragment, transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let mut stored: serde_json::Value = serde_json::from_str(&transaction).unwrap();
    stored["signIn"]["verifier"] = "A".repeat(43).into();
    assert_eq!(problem(host.come_back(Some(fragment), Some(stored.to_string())).await), ProblemCode::CodeExpired);
}

#[tokio::test]
async fn a_response_works_once() {
    // SEC-003; RP-22
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    let (fragment, transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let first = host.come_back(Some(fragment.clone()), Some(transaction.clone())).await;
    assert!(matches!(first, ViewState::SignedIn { .. }));
    let second = host.come_back(Some(fragment), Some(transaction)).await;
    assert_eq!(problem(second), ProblemCode::CodeExpired);
}

#[tokio::test]
async fn a_response_in_another_tab_causes_no_token_request() {
    // SEC-004; RP-24
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    let (fragment, _) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let (_, other_transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let view_state = host.come_back(Some(fragment.clone()), Some(other_transaction)).await;
    assert_eq!(problem(view_state), ProblemCode::ResponseWrongState);
    let view_state = host.come_back(Some(fragment), None).await;
    assert_eq!(problem(view_state), ProblemCode::ResponseUnsolicited);
    assert_eq!(backend.emulator.token_requests().len(), 0);
}

#[tokio::test]
async fn the_service_fetches_keys_again_for_a_token_with_a_new_key_id() {
    // The page of the second sign-in is a new one and fetches keys in any case. RP-16 for a page that has keys already
    // is in `e2e/vectors.rs`.
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert!(matches!(view_state, ViewState::SignedIn { .. }), "{view_state:?}");
    let before = backend.emulator.key_requests();
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert!(matches!(view_state, ViewState::SignedIn { .. }), "{view_state:?}");
    assert_eq!(backend.emulator.key_requests(), before + 1, "the page's request, since the service has the keys");
    backend.emulator.rotate_signing_keys();
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert!(matches!(view_state, ViewState::SignedIn { .. }), "{view_state:?}");
    assert_eq!(backend.emulator.key_requests(), before + 3, "the requests of page and service");
}

#[tokio::test]
async fn a_service_for_another_application_refuses_the_token() {
    let backend = Backend::start(ORIGIN, Setup { service_client: FABRIKAM_PAGE, ..Setup::multitenant() }).await;
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert_eq!(problem(view_state), ProblemCode::ApplicationMismatch);
}

#[tokio::test]
async fn renews_the_token_before_it_expires_until_the_sign_in_ends() {
    // SEC-017: 24 hours is the life of a single-page app's refresh token
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    let (fragment, transaction) = host.go_to_entra("alice@fabrikam.example", "accept").await;
    let mut session = host.load(Some(fragment), Some(transaction)).await;
    let mut ends = Vec::new();
    for hour in 1..=23 {
        backend.advance(3600);
        session = host.tick(session).await;
        match session.view_state() {
            ViewState::SignedIn { expires_at, renewal_problem: None, .. } => ends.push(expires_at),
            other => panic!("hour {hour}: {other:?}"),
        }
    }
    assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
    backend.advance(3600);
    session = host.tick(session).await;
    assert!(matches!(session.view_state(), ViewState::SignedIn { renewal_problem: Some(_), .. }));
    backend.advance(3600);
    assert_eq!(problem(host.tick(session).await.view_state()), ProblemCode::SignInEnded);
}

#[tokio::test]
async fn an_entra_id_user_with_an_assignment_gets_a_token_from_acs_itself() {
    let direct = || Setup { direct: true, ..Setup::multitenant() };
    let backend = Backend::start(ORIGIN, direct()).await;
    let view_state = Host::new(&backend).sign_in("alice@fabrikam.example").await;
    assert_eq!(problem(view_state), ProblemCode::AssignmentMissing);

    let backend = Backend::start(ORIGIN, direct().assigning("alice@fabrikam.example")).await;
    let mut host = Host::new(&backend);
    let view_state = host.sign_in("alice@fabrikam.example").await;
    assert!(matches!(view_state, ViewState::SignedIn { renewal_problem: None, .. }), "{view_state:?}");
    assert!(!host.requests().contains(&"CallerToken"));
}
