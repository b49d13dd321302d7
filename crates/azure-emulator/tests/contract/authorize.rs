use axum::http::StatusCode;
use azure_emulator::{CONTOSO, Clock, Emulator, FABRIKAM, Options};

use crate::browser::{Browser, ENTRA, FABRIKAM_SPA, Form, NOW, PAGE, request};

const ALICE: &str = "alice@fabrikam.example";

#[tokio::test]
async fn shows_the_sign_in_page_and_redirects_with_a_code() {
    let mut browser = Browser::new();
    let page = browser.authorize("organizations", &request()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("<p class=\"banner\">Azure emulator — not Microsoft</p>"), "{}", page.body);
    assert!(page.body.contains(">Sign in as alice@fabrikam.example</button>"));

    let response = browser.pick(ALICE, "organizations", &request()).await;
    assert_eq!(response.status, StatusCode::FOUND);
    assert!(response.header("location").unwrap().starts_with(&format!("{PAGE}#code=")));
    assert_eq!(response.returned("state").as_deref(), Some("the state"));
    assert!(response.returned("session_state").is_some());
    assert_eq!(response.returned("client_info"), None);
}

#[tokio::test]
async fn the_form_of_the_page_contains_the_interrupted_request() {
    let page = Browser::new().authorize(FABRIKAM.id, &request()).await;
    let action = format!("action=\"/{}/login?{}\"", FABRIKAM.id, request().encode().replace('&', "&amp;"));
    assert!(page.body.contains(&action), "{}", page.body);
}

#[tokio::test]
async fn returns_the_response_in_the_query_by_default() {
    for request in [request().without("response_mode"), request().with("response_mode", "query")] {
        let response = Browser::new().pick(ALICE, "organizations", &request).await;
        assert!(response.header("location").unwrap().starts_with(&format!("{PAGE}?code=")));
    }
}

#[tokio::test]
async fn uses_an_existing_session_without_a_page() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    for request in [request(), request().with("prompt", "none"), request().with("login_hint", "ALICE@fabrikam.example")]
    {
        assert!(browser.authorize("organizations", &request).await.returned("code").is_some());
    }
}

#[tokio::test]
async fn the_session_cookie_is_http_only_and_same_site() {
    let response = Browser::new().pick(ALICE, "organizations", &request()).await;
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{cookie}");
}

#[tokio::test]
async fn shows_the_sign_in_page_despite_a_session_for_prompt_and_another_hint() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    for prompt in ["login", "select_account"] {
        let page = browser.authorize("organizations", &request().with("prompt", prompt)).await;
        page.assert_shows("Pick an account");
    }
    let page = browser.authorize("organizations", &request().with("login_hint", "dave@fabrikam.example")).await;
    page.assert_shows("Pick an account");
}

#[tokio::test]
async fn lists_the_hinted_account_first() {
    let page = Browser::new().authorize("organizations", &request().with("login_hint", "heidi@fabrikam.example")).await;
    let position = |username: &str| page.body.find(&format!("Sign in as {username}")).unwrap();
    assert!(position("heidi@fabrikam.example") < position(ALICE));
}

#[tokio::test]
async fn accepts_a_request_as_a_form() {
    let mut browser = Browser::new();
    let page = browser.post("/organizations/oauth2/v2.0/authorize", &request()).await;
    page.assert_shows("Pick an account");
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
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        // Chromium applies `form-action` to the redirect after a form, so it would block the return to the application.
        assert!(!policy.contains("form-action"), "{policy}");
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
}

// SEC-141
#[tokio::test]
async fn sends_the_opener_policy_with_the_option_coop() {
    let options =
        Options { entra_url: ENTRA.to_owned(), acs_url: String::new(), clock: Clock::stopped_at(NOW), coop: true };
    let page = Browser::of(Emulator::new(options)).authorize("organizations", &request()).await;
    assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
}

#[tokio::test]
async fn escapes_markup_of_the_request() {
    let mut browser = Browser::new();
    let marked = "\"><script>alert(1)</script>";
    for request in
        [request().with("state", marked), request().with("redirect_uri", marked), request().with("client_id", marked)]
    {
        let page = browser.authorize("organizations", &request).await;
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
}

#[tokio::test]
async fn never_redirects_to_an_unregistered_uri() {
    let mut browser = Browser::new();
    for uri in ["http://evil.example/", "http://localhost:8080", "http://localhost:8080/other", "javascript:alert(1)"] {
        browser.authorize("organizations", &request().with("redirect_uri", uri)).await.assert_page(50011);
        browser.pick(ALICE, "organizations", &request().with("redirect_uri", uri)).await.assert_page(50011);
    }
    browser.authorize("organizations", &request().without("redirect_uri")).await.assert_page(900_144);
}

#[tokio::test]
async fn shows_an_unknown_application_or_tenant_on_a_page() {
    let mut browser = Browser::new();
    let stranger = request().with("client_id", "bad00000-0000-4000-8000-000000000bad");
    browser.authorize("organizations", &stranger).await.assert_page(700_016);
    browser.authorize("organizations", &request().without("client_id")).await.assert_page(900_144);
    browser.authorize("consumers", &request()).await.assert_page(90002);
}

#[tokio::test]
async fn a_single_tenant_application_works_in_its_tenant_only() {
    let mut browser = Browser::new();
    let request = request().with("client_id", FABRIKAM_SPA);
    browser.authorize("organizations", &request).await.assert_page(50194);
    browser.authorize("common", &request).await.assert_page(50194);
    browser.authorize(CONTOSO.id, &request).await.assert_page(700_016);
    assert!(browser.pick(ALICE, "fabrikam.example", &request).await.returned("code").is_some());
}

#[tokio::test]
async fn shows_a_repeated_parameter_on_a_page() {
    let mut browser = Browser::new();
    for name in ["state", "redirect_uri", "client_id", "code_challenge"] {
        browser.authorize("organizations", &request().twice(name)).await.assert_page(9_000_411);
    }
}

#[tokio::test]
async fn returns_the_errors_of_a_malformed_request_to_the_client() {
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
async fn a_silent_request_does_not_use_the_session_of_another_account_than_the_hinted_one() {
    let mut browser = Browser::new();
    browser.pick(ALICE, "organizations", &request()).await;
    let request = request().with("prompt", "none").with("login_hint", "bob@contoso.example");
    browser.authorize("organizations", &request).await.assert_returned(50058, "login_required");
}

#[tokio::test]
async fn lists_only_the_accounts_of_the_tenant() {
    let mut browser = Browser::new();
    for (tenant, lists_alice) in [(CONTOSO.id, false), (FABRIKAM.id, true)] {
        let page = browser.authorize(tenant, &request()).await.body;
        let lists = |name: &str| page.contains(&format!("Sign in as {name}@"));
        assert_eq!((lists("bob"), lists("alice")), (true, lists_alice), "{tenant}");
    }
}

#[tokio::test]
async fn refuses_an_account_that_the_tenant_does_not_contain() {
    let mut browser = Browser::new();
    browser.pick(ALICE, CONTOSO.id, &request()).await.assert_page(50020);

    browser.pick(ALICE, "organizations", &request()).await;
    browser.authorize(CONTOSO.id, &request()).await.assert_shows("Pick an account");
    let silent = request().with("prompt", "none");
    browser.authorize(CONTOSO.id, &silent).await.assert_returned(50020, "interaction_required");
}

#[tokio::test]
async fn refuses_an_unassigned_person() {
    let response = Browser::new().pick("frank@fabrikam.example", "organizations", &request()).await;
    response.assert_returned(50105, "access_denied");
}

#[tokio::test]
async fn refuses_scopes_of_acs_in_a_tenant_without_its_service_principal() {
    let mut browser = Browser::new();
    let response = browser.pick("grace@fabrikam.example", "organizations", &request()).await;
    response.assert_returned(650_052, "invalid_client");
    let without_acs = request().with("scope", "openid");
    assert!(browser.pick("grace@fabrikam.example", "organizations", &without_acs).await.returned("code").is_some());
}

#[tokio::test]
async fn returns_the_client_request_id_as_correlation_id() {
    let id = "7b0a64d5-5f32-4b3e-9a1f-3f2f0c9b7c11";
    let request = request().with("prompt", "none").with("client-request-id", id);
    let response = Browser::new().authorize("organizations", &request).await;
    let description = response.returned("error_description").unwrap();
    assert!(description.contains(&format!(" Correlation ID: {id} Timestamp: ")), "{description}");
}

#[tokio::test]
async fn a_form_post_keeps_the_response_out_of_addresses() {
    let mut browser = Browser::new();
    let request = request().with("response_mode", "form_post").with("state", "a \"state\"");
    let response = browser.pick("alice@fabrikam.example", "organizations", &request).await;
    assert_eq!((response.status, response.header("location")), (StatusCode::OK, None));
    for part in [
        "<form method=\"post\" action=\"http://localhost:8080/\">",
        "<input type=\"hidden\" name=\"code\" value=\"",
        "<input type=\"hidden\" name=\"state\" value=\"a &quot;state&quot;\">",
    ] {
        assert!(response.body.contains(part), "{part} in {}", response.body);
    }

    let refused = browser.authorize("organizations", &request.with("scope", "https://unknown.example/x")).await;
    assert!(refused.body.contains("name=\"error\" value=\"invalid_scope\""), "{}", refused.body);
}

#[tokio::test]
async fn a_domain_hint_selects_accounts_and_sessions_of_its_domain() {
    let mut browser = Browser::new();
    browser.pick("alice@fabrikam.example", "organizations", &request()).await;
    let silent = request().with("prompt", "none");
    for hint in ["fabrikam.example", "FABRIKAM.example", "organizations"] {
        let response = browser.authorize("organizations", &silent.with("domain_hint", hint)).await;
        assert!(response.returned("code").is_some(), "{hint}");
    }
    let other = browser.authorize("organizations", &silent.with("domain_hint", "contoso.example")).await;
    other.assert_returned(50058, "login_required");
    let page = browser.authorize("organizations", &request().with("domain_hint", "contoso.example")).await.body;
    assert!(page.find("bob@contoso.example").unwrap() < page.find("alice@fabrikam.example").unwrap());
}

#[tokio::test]
async fn refuses_prompt_create_because_a_workforce_tenant_has_no_sign_up() {
    let response = Browser::new().authorize("organizations", &request().with("prompt", "create")).await;
    response.assert_returned(90023, "invalid_request");
}
