//! REP-07: compares the emulator's table of Entra's errors with the page's, and runs a sign-in for every error.

use azure_emulator::{AuthorizationError, Faults, Outage, PUBLISHED_ERRORS, TokenError};
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
            Faults { authorization_error: AuthorizationError::of(error.number), ..Faults::NONE },
            Faults { token_error: TokenError::of(error.number), ..Faults::NONE },
        ];
        for fault in faults.into_iter().filter(|fault| *fault != Faults::NONE) {
            backend.emulator.set_faults(fault);
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
        backend.emulator.set_faults(Faults::NONE);
        let (fragment, transaction) = host.go_to_entra(ALICE, "accept").await;
        let session = host.load(Some(fragment), Some(transaction)).await;
        // The token has less than fifteen minutes left, so it is renewed.
        backend.advance(52 * 60);
        backend.emulator.set_faults(Faults { token_error: Some(fault), ..Faults::NONE });
        let session = host.tick(session).await;
        let ViewState::SignedIn { renewal_problem: Some(renewal_problem), token: Some(_), .. } = session.view_state()
        else {
            panic!("{:?}: {:?}", row.problem, session.view_state());
        };
        assert_eq!(renewal_problem.code, row.problem);
        // Ten minutes later, Entra works again.
        backend.emulator.set_faults(Faults::NONE);
        backend.advance(10 * 60);
        let renewed = match host.tick(session).await.view_state() {
            ViewState::SignedIn { renewal_problem, .. } => renewal_problem.is_none(),
            other => panic!("{:?}: {other:?}", row.problem),
        };
        assert_eq!(renewed, row.problem.is_retryable(), "{:?}", row.problem);
    }
}

#[tokio::test]
async fn rep_07_a_failure_without_a_body_is_an_outage() {
    let backend = Backend::start(ORIGIN, Setup::multitenant()).await;
    for outage in [Outage::ThrottledSeconds, Outage::Unavailable] {
        backend.emulator.set_faults(Faults { token: Some(outage), ..Faults::NONE });
        assert_eq!(problem(Host::new(&backend).sign_in(ALICE).await), ProblemCode::EntraUnavailable);
    }
}
