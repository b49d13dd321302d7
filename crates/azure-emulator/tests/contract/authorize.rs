use axum::http::StatusCode;
use azure_emulator::{CONTOSO, Clock, Emulator, FABRIKAM, Options};

use crate::browser::{Browser, ENTRA, FABRIKAM_SPA, Form, NOW, PAGE, request};

const ALICE: &str = "alice@fabrikam.example";

#[tokio::test]
async fn a_person_is_asked_who_they_are_and_returns_with_a_code() {
    let mut browser = Browser::new();
    let page = browser.authorize("organizations", &request()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Azure emulator — not Microsoft"));
    assert!(page.body.contains(">Sign in as alice@fabrikam.example</button>"));

    let answer = browser.pick(ALICE, "organizations", &request()).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert!(answer.header("location").unwrap().starts_with(&format!("{PAGE}#code=")));
    assert_eq!(answer.returned("state").as_deref(), Some("the state"));
    assert!(answer.returned("session_state").is_some());
    assert_eq!(answer.returned("client_info"), None);
}

#[tokio::test]
async fn the_form_of_the_page_repeats_the_request_it_interrupts() {
    let page = Browser::new().authorize(FABRIKAM.id, &request()).await;
    let action = format!("action=\"/{}/login?{}\"", FABRIKAM.id, request().encode().replace('&', "&amp;"));
    assert!(page.body.contains(&action), "{}", page.body);
}

#[tokio::test]
async fn the_answer_is_in_the_query_unless_the_fragment_is_asked_for() {
    for request in [request().without("response_mode"), request().with("response_mode", "query")] {
        let answer = Browser::new().pick(ALICE, "organizations", &request).await;
        assert!(answer.header("location").unwrap().starts_with(&format!("{PAGE}?code=")));
    }
}

#[tokio::test]
async fn who_has_a_session_is_not_asked_again() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    for request in [request(), request().with("prompt", "none"), request().with("login_hint", "ALICE@fabrikam.example")]
    {
        assert!(browser.authorize("organizations", &request).await.returned("code").is_some());
    }
}

#[tokio::test]
async fn the_session_cookie_is_no_business_of_scripts_or_other_sites() {
    let answer = Browser::new().pick(ALICE, "organizations", &request()).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");
}

#[tokio::test]
async fn who_has_a_session_is_asked_again_if_the_client_wishes() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    for prompt in ["login", "select_account"] {
        let page = browser.authorize("organizations", &request().with("prompt", prompt)).await;
        assert!(page.body.contains("Pick an account"));
    }
    let page = browser.authorize("organizations", &request().with("login_hint", "dave@fabrikam.example")).await;
    assert!(page.body.contains("Pick an account"));
}

#[tokio::test]
async fn the_account_hinted_at_comes_first_and_the_page_is_shown_all_the_same() {
    let page = Browser::new().authorize("organizations", &request().with("login_hint", "heidi@fabrikam.example")).await;
    let position = |username: &str| page.body.find(&format!("Sign in as {username}")).unwrap();
    assert!(position("heidi@fabrikam.example") < position(ALICE));
}

#[tokio::test]
async fn a_request_may_come_as_a_form() {
    let mut browser = Browser::new();
    let page = browser.post("/organizations/oauth2/v2.0/authorize", &request()).await;
    assert!(page.body.contains("Pick an account"));
}

// SEC-141
#[tokio::test]
async fn pages_cannot_be_framed_cached_or_scripted() {
    let mut browser = Browser::new();
    let bad = request().with("redirect_uri", "http://evil.example/");
    for page in [
        browser.authorize("organizations", &request()).await,
        browser.authorize("organizations", &bad).await,
        browser.pick("dave@fabrikam.example", "organizations", &request()).await,
    ] {
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("cross-origin-opener-policy"), None);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        // Chromium applies it to the redirect that answers a form, so the way back would be blocked.
        assert!(!policy.contains("form-action"));
        assert!(!page.body.contains("<script"));
    }
}

// SEC-141
#[tokio::test]
async fn the_opener_is_cut_off_by_switch() {
    let options =
        Options { entra_url: ENTRA.to_owned(), acs_url: String::new(), clock: Clock::stopped_at(NOW), coop: true };
    let page = Browser::of(Emulator::new(options)).authorize("organizations", &request()).await;
    assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
}

#[tokio::test]
async fn markup_in_the_request_is_only_shown() {
    let mut browser = Browser::new();
    let marked = "\"><script>alert(1)</script>";
    for request in
        [request().with("state", marked), request().with("redirect_uri", marked), request().with("client_id", marked)]
    {
        assert!(!browser.authorize("organizations", &request).await.body.contains("<script"));
    }
}

#[tokio::test]
async fn an_unregistered_redirect_uri_is_never_followed() {
    let mut browser = Browser::new();
    for uri in ["http://evil.example/", "http://localhost:8080", "http://localhost:8080/other", "javascript:alert(1)"] {
        browser.authorize("organizations", &request().with("redirect_uri", uri)).await.assert_page(50011);
        browser.pick(ALICE, "organizations", &request().with("redirect_uri", uri)).await.assert_page(50011);
    }
    browser.authorize("organizations", &request().without("redirect_uri")).await.assert_page(900_144);
}

#[tokio::test]
async fn an_unknown_application_or_tenant_is_told_to_the_person() {
    let mut browser = Browser::new();
    let stranger = request().with("client_id", "bad00000-0000-4000-8000-000000000bad");
    browser.authorize("organizations", &stranger).await.assert_page(700_016);
    browser.authorize("organizations", &request().without("client_id")).await.assert_page(900_144);
    browser.authorize("consumers", &request()).await.assert_page(90002);
}

#[tokio::test]
async fn a_single_tenant_application_stays_in_its_tenant() {
    let mut browser = Browser::new();
    let request = request().with("client_id", FABRIKAM_SPA);
    browser.authorize("organizations", &request).await.assert_page(50194);
    browser.authorize("common", &request).await.assert_page(50194);
    browser.authorize(CONTOSO.id, &request).await.assert_page(700_016);
    assert!(browser.pick(ALICE, "fabrikam.example", &request).await.returned("code").is_some());
}

#[tokio::test]
async fn a_repeated_parameter_is_told_to_the_person() {
    let mut browser = Browser::new();
    for name in ["state", "redirect_uri", "client_id", "code_challenge"] {
        browser.authorize("organizations", &request().twice(name)).await.assert_page(9_000_411);
    }
}

#[tokio::test]
async fn a_malformed_request_is_told_to_the_client() {
    let cases: [(Form, u32, &str); 14] = [
        (request().without("response_type"), 900_144, "invalid_request"),
        (request().with("response_type", "token"), 70005, "unsupported_response_type"),
        (request().with("response_mode", "web_message"), 70007, "invalid_request"),
        (request().without("code_challenge"), 9_002_325, "invalid_request"),
        (request().without("code_challenge_method"), 50149, "invalid_request"),
        (request().with("code_challenge_method", "plain"), 50149, "invalid_request"),
        (request().with("code_challenge", "short"), 501_491, "invalid_request"),
        (request().without("scope"), 900_144, "invalid_request"),
        (request().with("scope", "openid https://unknown.example/x"), 70011, "invalid_scope"),
        (request().with("scope", "https://auth.msft.communication.azure.com/VoIP"), 650_053, "invalid_client"),
        (request().with("scope", "Mail.Read"), 650_053, "invalid_client"),
        (request().with("prompt", "often"), 90023, "invalid_request"),
        (request().with("prompt", "none"), 50058, "login_required"),
        (request().with("prompt", "none").with("login_hint", ALICE), 50058, "login_required"),
    ];
    let mut browser = Browser::new();
    for (request, code, error) in cases {
        browser.authorize("organizations", &request).await.assert_returned(code, error);
    }
}

#[tokio::test]
async fn a_session_of_somebody_else_than_hinted_at_does_not_serve_a_silent_request() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    let request = request().with("prompt", "none").with("login_hint", "bob@contoso.example");
    browser.authorize("organizations", &request).await.assert_returned(50058, "login_required");
}

#[tokio::test]
async fn a_tenant_lists_only_those_it_knows() {
    let mut browser = Browser::new();
    let contoso = browser.authorize(CONTOSO.id, &request()).await;
    assert!(contoso.body.contains("Sign in as bob@") && !contoso.body.contains("Sign in as alice@"));
    let fabrikam = browser.authorize(FABRIKAM.id, &request()).await;
    assert!(fabrikam.body.contains("Sign in as bob@") && fabrikam.body.contains("Sign in as alice@"));
}

#[tokio::test]
async fn an_account_unknown_to_the_tenant_cannot_be_used_there() {
    let mut browser = Browser::new();
    browser.pick(ALICE, CONTOSO.id, &request()).await.assert_page(50020);

    browser.pick(ALICE, "organizations", &request()).await;
    assert!(browser.authorize(CONTOSO.id, &request()).await.body.contains("Pick an account"));
    let silent = request().with("prompt", "none");
    browser.authorize(CONTOSO.id, &silent).await.assert_returned(50020, "interaction_required");
}

#[tokio::test]
async fn an_unassigned_person_is_refused() {
    let answer = Browser::new().pick("frank@fabrikam.example", "organizations", &request()).await;
    answer.assert_returned(50105, "access_denied");
}

#[tokio::test]
async fn a_tenant_without_acs_is_refused() {
    let mut browser = Browser::new();
    let answer = browser.pick("grace@fabrikam.example", "organizations", &request()).await;
    answer.assert_returned(650_052, "invalid_client");
    let without_acs = request().with("scope", "openid");
    assert!(browser.pick("grace@fabrikam.example", "organizations", &without_acs).await.returned("code").is_some());
}

#[tokio::test]
async fn the_clients_own_request_id_comes_back() {
    let id = "7b0a64d5-5f32-4b3e-9a1f-3f2f0c9b7c11";
    let request = request().with("prompt", "none").with("client-request-id", id);
    let answer = Browser::new().authorize("organizations", &request).await;
    assert!(answer.returned("error_description").unwrap().contains(&format!("Correlation ID: {id} ")));
}

#[tokio::test]
async fn a_form_post_keeps_the_answer_out_of_every_address() {
    let mut browser = Browser::new();
    let request = request().with("response_mode", "form_post").with("state", "a \"state\"");
    let answer = browser.pick("alice@fabrikam.example", "organizations", &request).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::OK, None));
    assert!(answer.body.contains("<form method=\"post\" action=\"http://localhost:8080/\">"));
    assert!(answer.body.contains("name=\"code\"") && answer.body.contains("value=\"a &quot;state&quot;\""));

    let refused = browser.authorize("organizations", &request.with("scope", "https://unknown.example/x")).await;
    assert!(refused.body.contains("name=\"error\" value=\"invalid_scope\""), "{}", refused.body);
}

#[tokio::test]
async fn a_domain_hint_is_for_whom_it_names_and_no_session_of_another() {
    let mut browser = Browser::new();
    browser.pick("alice@fabrikam.example", "organizations", &request()).await;
    let silent = request().with("prompt", "none");
    for hint in ["fabrikam.example", "FABRIKAM.example", "organizations"] {
        let answer = browser.authorize("organizations", &silent.with("domain_hint", hint)).await;
        assert!(answer.returned("code").is_some(), "{hint}");
    }
    let other = browser.authorize("organizations", &silent.with("domain_hint", "contoso.example")).await;
    other.assert_returned(50058, "login_required");
    let page = browser.authorize("organizations", &request().with("domain_hint", "contoso.example")).await.body;
    assert!(page.find("bob@contoso.example").unwrap() < page.find("alice@fabrikam.example").unwrap());
}

#[tokio::test]
async fn creating_an_account_is_nothing_that_a_workforce_tenant_offers() {
    let answer = Browser::new().authorize("organizations", &request().with("prompt", "create")).await;
    answer.assert_returned(90023, "invalid_request");
}
