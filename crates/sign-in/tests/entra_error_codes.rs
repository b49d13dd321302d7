//! REP-07: a known AADSTS number decides the problem that is shown; otherwise the OAuth error does.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use serde_json::{Value, json};
use sign_in::entra_error::EntraError;

/// The code of the problem that an authorization response leads to.
fn by_redirect(error: &str, description: &str) -> &'static str {
    EntraError::new(error.to_owned(), Some(description.to_owned())).problem().code.code()
}

/// The code of the problem that a token response leads to.
fn by_token(error: &str, description: &str, codes: Value) -> &'static str {
    let body = json!({ "error": error, "error_description": description, "error_codes": codes }).to_string();
    EntraError::from_body(&body).unwrap().problem().code.code()
}

#[test]
fn rep_07_access_denied_with_a_known_number_is_not_a_cancel_by_the_person() {
    for (number, code) in [
        (50057, "account_disabled"),
        (500_021, "tenant_restricted"),
        (500_213, "cross_tenant_blocked"),
        (53000, "device_not_allowed"),
        (53003, "access_blocked"),
        (530_035, "access_blocked"),
        (65001, "consent_needed"),
        (65004, "sign_in_declined"),
        (90094, "admin_consent_needed"),
        (500_121, "mfa_failed"),
        (50105, "not_assigned"),
    ] {
        let description = format!("AADSTS{number}: words that change.");
        assert_eq!(by_redirect("access_denied", &description), code, "{number}");
        assert_eq!(by_token("access_denied", &description, json!([number])), code, "{number}");
    }
}

#[test]
fn rep_07_a_service_that_is_unknown_in_the_tenant_is_explained_like_650052() {
    let unknown = "AADSTS500011: The resource principal named x was not found in the tenant named y.";
    assert_eq!(by_redirect("invalid_resource", unknown), "service_principal_missing");
    assert_eq!(by_redirect("invalid_client", "AADSTS650052: no such service"), "service_principal_missing");
    assert_eq!(by_redirect("invalid_resource", ""), "service_principal_missing");
}

#[test]
fn rep_07_the_number_decides_before_the_error() {
    for error in
        ["access_denied", "consent_required", "invalid_grant", "server_error", "temporarily_unavailable", "new"]
    {
        assert_eq!(by_redirect(error, "AADSTS50055: the password expired"), "password_change_needed", "{error}");
        assert_eq!(
            by_token(error, "AADSTS50055: the password expired", Value::Null),
            "password_change_needed",
            "{error}"
        );
    }
}

#[test]
fn rep_07_the_error_decides_if_no_number_is_known() {
    for (error, code) in [
        ("access_denied", "sign_in_declined"),
        ("consent_required", "consent_needed"),
        ("interaction_required", "interaction_needed"),
        ("invalid_grant", "sign_in_stale"),
        ("invalid_request", "entra_refused"),
        ("invalid_resource", "service_principal_missing"),
        ("invalid_scope", "scope_wrong"),
        ("invalid_tenant", "tenant_unknown"),
        ("login_required", "interaction_needed"),
        ("server_error", "entra_unavailable"),
        ("temporarily_unavailable", "entra_unavailable"),
        ("unauthorized_client", "application_unknown"),
        ("something_of_next_year", "entra_refused"),
    ] {
        for description in
            ["", "AADSTS", "AADSTS: none", "AADSTS7654321: new", "AADSTS99999999999999999999: too long", "50057"]
        {
            assert_eq!(by_redirect(error, description), code, "{error} {description}");
            assert_eq!(by_token(error, description, json!([7_654_321])), code, "{error} {description}");
        }
    }
}

#[test]
fn rep_07_only_the_leading_number_of_a_text_counts() {
    // The rest of the text may quote a parameter of the request, such as a login hint, which an attacker can choose.
    for (error, description, code) in [
        ("access_denied", "AADSTS50000: No token for 'AADSTS50057: x'.", "entra_unavailable"),
        ("invalid_request", "AADSTS90014: The field 'AADSTS53000: x' is missing.", "request_rejected"),
        ("server_error", "AADSTS7654321: New. AADSTS53000: The device is not compliant.", "entra_unavailable"),
        ("invalid_grant", "AADSTS70000: The grant is invalid. AADSTS50173: It was revoked.", "sign_in_stale"),
        ("invalid_grant", "AADSTS99999999999: too long. AADSTS50057: x", "sign_in_stale"),
        ("invalid_grant", "AADSTS: none. AADSTS50057: x", "sign_in_stale"),
        ("invalid_grant", "AADSTS50105: Not assigned. AADSTS50057: The user is disabled.", "not_assigned"),
        ("invalid_grant", "AADSTS90094: AADSTS90094: An admin has to consent.", "admin_consent_needed"),
        ("invalid_grant", "  AADSTS50057 without a colon", "account_disabled"),
    ] {
        assert_eq!(by_redirect(error, description), code, "{description}");
        assert_eq!(by_token(error, description, Value::Null), code, "{description}");
    }
}

#[test]
fn rep_07_the_most_specific_of_several_numbers_in_error_codes_decides() {
    for (description, codes, code) in [
        // Entra nests numbers: the outer one only says that something failed.
        ("AADSTS70002: Error validating credentials. AADSTS70008: Expired.", json!([70002, 70008]), "sign_in_stale"),
        ("AADSTS70000: The grant is invalid. AADSTS50173: Revoked.", json!([70000, 50173]), "sign_in_revoked"),
        ("AADSTS50000: No token was issued. AADSTS50057: Disabled.", json!([50000, 50057]), "account_disabled"),
        ("AADSTS7654321: New. AADSTS53000: Not compliant.", json!([7_654_321, 53000]), "device_not_allowed"),
        // The numbers of `error_codes` come from Entra, so they need no check against the text.
        ("AADSTS50000: No token for 'AADSTS50057: x'.", json!([50000]), "entra_unavailable"),
    ] {
        assert_eq!(by_token("invalid_grant", description, codes), code, "{description}");
    }
}

#[test]
fn rep_07_numbers_in_error_codes_count_after_those_of_the_text() {
    for (description, codes, code) in [
        ("", json!([50057]), "account_disabled"),
        ("", json!([70002, 50173]), "sign_in_revoked"),
        ("", json!(["50057"]), "account_disabled"),
        ("no number here", json!([7_654_321, 53000]), "device_not_allowed"),
        ("AADSTS50105: not assigned", json!([50057]), "not_assigned"),
        ("AADSTS70000: the grant is invalid", json!([70000, 50173]), "sign_in_revoked"),
        // Other values of `error_codes` are ignored, and the refusal is read.
        ("AADSTS50057: disabled", json!("50105"), "account_disabled"),
        ("AADSTS50057: disabled", json!({ "50105": 50105 }), "account_disabled"),
        ("", json!([-1, 1.5, null, {}, 99_999_999_999_u64, 50057]), "account_disabled"),
    ] {
        assert_eq!(by_token("access_denied", description, codes.clone()), code, "{description} {codes}");
    }
    let without = r#"{"error":"access_denied","error_description":"AADSTS50057: disabled"}"#;
    assert_eq!(EntraError::from_body(without).unwrap().problem().code.code(), "account_disabled");
}

#[test]
fn rep_07_a_number_in_the_middle_of_a_text_decides_nothing() {
    // Descriptions quote parameters of the request, such as a login hint, which an attacker can choose.
    for description in ["The value 'AADSTS50057: x' is not valid.", "see AADSTS65001", "aadsts50057: lower case"] {
        assert_eq!(by_redirect("something_new", description), "entra_refused", "{description}");
    }
    let quoted = "AADSTS50011: The redirect URI 'https://x/?AADSTS50057: y' is not registered.";
    assert_eq!(by_redirect("invalid_request", quoted), "redirect_not_registered");
}
