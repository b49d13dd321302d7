//! REP-07: compares the emulator's table of Entra's errors with the page's, and runs a sign-in for every error.

use azure_emulator::{AuthorizationError, Outage, PUBLISHED_ERRORS, Tampering, TokenError};
use cross_tests::{Backend, Setup};
use messages::{ProblemCode, ViewState};
use sign_in::entra_error::table::ROWS;

use crate::{
    host::{Host, ORIGIN},
    problem,
};

const ALICE: &str = "alice@fabrikam.example";

fn expected(number: u32) -> ProblemCode {
    let row = ROWS.iter().find(|row| row.numbers.contains(&number));
    row.unwrap_or_else(|| panic!("the table of the page does not have {number}, which the emulator returns")).problem
}

#[test]
fn rep_07_the_emulator_can_return_an_error_of_every_row_of_the_table() {
    for row in ROWS {
        let returned = PUBLISHED_ERRORS.iter().any(|error| row.numbers.contains(&error.number));
        assert!(returned, "{:?}", row.problem);
    }
}

#[tokio::test]
async fn rep_07_a_sign_in_reports_the_problem_of_every_error_of_both_endpoints() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    for error in &PUBLISHED_ERRORS {
        let faults = [
            Tampering { authorization_error: AuthorizationError::of(error.number), ..Tampering::NONE },
            Tampering { token_error: TokenError::of(error.number), ..Tampering::NONE },
        ];
        for fault in faults.into_iter().filter(|fault| *fault != Tampering::NONE) {
            backend.emulator.tamper(fault);
            let met = problem(Host::new(&backend).sign_in(ALICE).await);
            assert_eq!(met, expected(error.number), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn rep_07_a_renewal_ends_or_is_retried_as_the_table_says() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    let mut host = Host::new(&backend);
    for row in ROWS {
        let Some(fault) = row.numbers.iter().find_map(|number| TokenError::of(*number)) else { continue };
        backend.emulator.tamper(Tampering::NONE);
        let (fragment, transaction) = host.go_to_entra(ALICE, "accept").await;
        let session = host.load(Some(fragment), Some(transaction)).await;
        // The token has less than fifteen minutes left, so it is renewed.
        backend.advance(52 * 60);
        backend.emulator.tamper(Tampering { token_error: Some(fault), ..Tampering::NONE });
        let session = host.tick(session).await;
        let ViewState::SignedIn { trouble: Some(trouble), token: Some(_), .. } = session.view_state() else {
            panic!("{:?}: {:?}", row.problem, session.view_state());
        };
        assert_eq!(trouble.code, row.problem);
        // Ten minutes later, Entra works again.
        backend.emulator.tamper(Tampering::NONE);
        backend.advance(10 * 60);
        let renewed = match host.tick(session).await.view_state() {
            ViewState::SignedIn { trouble, .. } => trouble.is_none(),
            other => panic!("{:?}: {other:?}", row.problem),
        };
        assert_eq!(renewed, row.problem.is_retryable(), "{:?}", row.problem);
    }
}

#[tokio::test]
async fn rep_07_a_failure_without_a_body_is_an_outage() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    for outage in [Outage::ThrottledSeconds, Outage::Unavailable] {
        backend.emulator.tamper(Tampering { token: Some(outage), ..Tampering::NONE });
        assert_eq!(problem(Host::new(&backend).sign_in(ALICE).await), ProblemCode::EntraUnavailable);
    }
}
