//! Every refusal of Microsoft's documentation, and the problem that the page shows for it. The number decides; if it is
//! unknown, the OAuth error does.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use contract::UnixTime;
use messages::{
    Problem,
    ProblemCode::{self, *},
    Who::{self, *},
};
use serde_json::{Value, json};
use sign_in::{
    config::{Config, Exchange, ProfileKind},
    entra_error::EntraError,
    exchange_client,
    http::Response,
};

/// A row of the documentation: Entra's error, and the problem that the page shows.
const ENTRA: [(&str, u32, ProblemCode, Who); 39] = [
    // The organization has no service principal of ACS. The Azure portal says: "does not have a subscription (or
    // service principal)".
    ("invalid_client", 650052, ServicePrincipalMissing, Administrator),
    ("access_denied", 650052, ServicePrincipalMissing, Administrator),
    // Consent is missing or was declined.
    ("consent_required", 65001, ConsentNeeded, Administrator),
    ("invalid_grant", 65001, ConsentNeeded, Administrator),
    ("access_denied", 65004, SignInDeclined, You),
    ("interaction_required", 90094, AdminConsentNeeded, Administrator),
    ("interaction_required", 90095, ApprovalPending, Administrator),
    // The registration does not list the permission.
    ("invalid_client", 650056, PermissionNotListed, Developer),
    ("invalid_client", 650057, PermissionNotListed, Developer),
    ("invalid_client", 65005, PermissionNotListed, Developer),
    // The person is not assigned to the application, or not of its organization.
    ("access_denied", 50105, NotAssigned, Administrator),
    ("unauthorized_client", 700016, ApplicationUnknown, Developer),
    ("invalid_request", 50194, AuthorityUnsupported, Developer),
    ("invalid_request", 50020, AccountNotInTenant, You),
    ("invalid_grant", 90072, AccountNotInTenant, You),
    // The address of the page.
    ("invalid_client", 50011, RedirectNotRegistered, Developer),
    ("invalid_request", 900971, RedirectNotRegistered, Developer),
    ("invalid_request", 9002326, RedirectNotRegistered, Developer),
    ("invalid_request", 9002327, OriginHidden, Developer),
    // The number of every malformed request. Only its text mentions origins, and texts decide nothing.
    ("invalid_request", 90023, RequestRejected, Developer),
    // The sign-in or the refresh token has ended.
    ("invalid_grant", 700084, SignInEnded, You),
    ("invalid_grant", 70008, SignInStale, You),
    ("invalid_grant", 700082, SignInStale, You),
    ("invalid_grant", 50173, SignInRevoked, You),
    ("invalid_grant", 70043, SignInStale, You),
    // Entra requires an interaction.
    ("interaction_required", 50076, MfaNeeded, You),
    ("invalid_grant", 50076, MfaNeeded, You),
    ("interaction_required", 50079, MfaNeeded, You),
    ("interaction_required", 53003, AccessBlocked, Administrator),
    ("interaction_required", 16000, InteractionNeeded, You),
    ("login_required", 50058, InteractionNeeded, You),
    // The code was used already, or the verifier is wrong.
    ("invalid_grant", 501481, CodeExpired, You),
    ("invalid_grant", 54005, CodeExpired, You),
    // The requested scope or resource is wrong.
    ("invalid_scope", 70011, ScopeWrong, Developer),
    ("invalid_request", 700022, ScopeWrong, Developer),
    ("invalid_request", 90009, ScopeWrong, Developer),
    // Entra fails.
    ("server_error", 90033, EntraUnavailable, You),
    ("temporarily_unavailable", 90033, EntraUnavailable, You),
    ("temporarily_unavailable", 7654321, EntraUnavailable, You),
];

fn assert_problem(problem: &Problem, code: ProblemCode, who: Who, row: &str) {
    assert_eq!(problem.code, code, "{row}");
    assert_eq!(code.who(), who, "{row}");
    assert!(
        problem.detail.as_ref().is_some_and(|detail| !detail.is_empty()),
        "{row}: what was said is there to pass on"
    );
}

#[test]
fn every_refusal_of_entra_has_its_problem_at_either_endpoint() {
    for (error, number, code, who) in ENTRA {
        let description = format!("AADSTS{number}: words that change. Trace ID: t Correlation ID: c-1 Timestamp: now");
        let by_redirect = EntraError::new(error.to_owned(), Some(description.clone())).problem();
        let body = json!({ "error": error, "error_description": description, "correlation_id": "c-1" }).to_string();
        let by_token = EntraError::from_body(&body).unwrap().problem();
        for problem in [by_redirect, by_token] {
            assert_problem(&problem, code, who, &format!("{error} {number}"));
            assert_eq!(problem.reference.as_deref(), Some("c-1"));
        }
    }
}

#[test]
fn an_unknown_number_falls_back_to_the_error() {
    for (error, code) in [
        ("access_denied", SignInDeclined),
        ("consent_required", ConsentNeeded),
        ("interaction_required", InteractionNeeded),
        ("invalid_grant", SignInStale),
        ("invalid_request", EntraRefused),
        ("login_required", InteractionNeeded),
        ("server_error", EntraUnavailable),
        ("something_of_next_year", EntraRefused),
    ] {
        for description in ["AADSTS7654321: who knows", "AADSTS: no number", "no number at all, though AADSTS65001", ""]
        {
            let problem = EntraError::new(error.to_owned(), Some(description.to_owned())).problem();
            assert_problem(&problem, code, code.who(), &format!("{error} {description}"));
            assert!(problem.detail.unwrap().starts_with(error), "its own words are passed on");
        }
    }
}

fn exchange_of(exchange: Value) -> Exchange {
    let config = json!({
        "clientId": "acc00000-0000-4000-8000-000000000010",
        "authority": "https://login.microsoftonline.com/organizations/",
        "redirectUri": "https://page.example/",
        "exchange": exchange,
    });
    match Config::parse(&config.to_string()).unwrap().profiles.swap_remove(0).kind {
        ProfileKind::Entra(application) => application.exchange,
        ProfileKind::Guest { .. } => panic!("people sign in to it"),
    }
}

fn refusal(exchange: &Exchange, status: u16, body: &str) -> Problem {
    exchange_client::read(exchange, &Response::plain(status, body), UnixTime::from_seconds(1_795_248_000)).unwrap_err()
}

#[test]
fn every_refusal_of_acs_has_its_problem_by_the_exchange_service() {
    // The exchange service maps ACS's messages to codes, and tests that.
    let scope = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";
    let service =
        exchange_of(json!({ "contract": "quickstart", "url": "https://exchange.example/exchange", "scope": scope }));
    for (status, code, expected, who) in [
        // "AAD application is not the expected one."
        (422, "application_mismatch", ApplicationMismatch, Developer),
        // "Provided AAD token issued for unexpected user."
        (422, "user_mismatch", UserMismatch, You),
        // InvalidAccessToken, and people without a Teams license.
        (422, "entra_token_refused", EntraTokenRefused, Administrator),
        // Denied: key, host or clock.
        (502, "acs_refused_service", AcsRefusedService, Developer),
        (403, "assignment_missing", AssignmentMissing, Administrator),
        (503, "acs_busy", AcsBusy, You),
        (503, "acs_unavailable", AcsUnavailable, You),
        (504, "acs_timeout", AcsUnavailable, You),
    ] {
        let body = json!({ "type": "urn:x", "title": "t", "status": status, "code": code, "correlationId": "c-1" });
        let problem = refusal(&service, status, &body.to_string());
        assert_problem(&problem, expected, who, code);
        assert_eq!(problem.reference.as_deref(), Some("c-1"));
    }
    assert_problem(&refusal(&service, 418, "<html>"), ExchangeResponseUnreadable, Developer, "an unknown status");
}

#[test]
fn every_refusal_of_acs_itself_has_its_problem() {
    for contract in ["acs-entra", "acs-teams-extension"] {
        let acs = exchange_of(json!({ "contract": contract, "url": "https://contoso.communication.azure.com/" }));
        for (status, code, who) in [
            (401, EntraTokenRefused, Administrator),
            (403, AssignmentMissing, Administrator),
            (429, AcsBusy, You),
            (503, AcsUnavailable, You),
            (418, AcsUnavailable, You),
        ] {
            for body in ["", "<html>", r#"{"error":{"code":"Forbidden","message":"words that change"}}"#] {
                assert_problem(&refusal(&acs, status, body), code, who, &format!("{contract} {status} {body}"));
            }
        }
    }
}
