use super::*;
use crate::http::Method;

#[test]
fn a_sign_in_goes_from_the_code_to_the_acs_token() {
    let drive = Drive::returned();
    assert_eq!(drive.sent(), [RequestKind::Tokens, RequestKind::Keys, RequestKind::WarmUp]);
    let verifier = URL_SAFE_NO_PAD.encode([1; 32]);
    assert!(drive.body().contains("code=c"));
    assert!(drive.body().contains(&format!("code_verifier={verifier}")));

    let drive = drive.checking();
    assert!(matches!(drive.effects[..], [Effect::VerifySignature { .. }]));

    let drive = drive.outcome(Outcome::SignatureChecked(true));
    assert_eq!(drive.sent(), [RequestKind::CallerToken]);
    assert!(drive.body().contains("grant_type=refresh_token"));
    assert!(drive.body().contains("refresh_token=the-rt"));

    let drive = Drive::returned().exchanging();
    assert_eq!(drive.body(), r#"{"accessToken":"the-a1"}"#);
    match &drive.effects[..] {
        [Effect::Send(_, request)] => {
            assert_eq!(request.url, "https://exchange.example/exchange");
            assert_eq!(request.headers[0].1.expose(), "Bearer the-b");
        }
        _ => panic!("one request"),
    }

    match Drive::returned().signed_in().session.view_state() {
        ViewState::SignedIn {
            account: Some(account), token: Some(token), expires_at, renewal_problem: None, ..
        } => {
            assert_eq!((token.expose(), expires_at, account.tenant_id.as_str()), ("the-d", NOW + 3600, TENANT));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_warm_up_has_nothing_of_the_person_and_is_sent_once_where_the_exchange_follows() {
    // SEC-143
    let drive = Drive::returned();
    let [_, _, Effect::Send(RequestKind::WarmUp, request)] = &drive.effects[..] else { panic!("{drive:?}") };
    assert_eq!((request.method, request.url.as_str()), (Method::Get, "https://exchange.example/exchange"));
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    assert_eq!(headers, [("content-type", "application/json")]);
    assert!(request.body.is_none());

    // The response changes nothing, whatever it is and whenever it comes.
    let drive = drive.respond(RequestKind::WarmUp, response(404, "")).checking();
    let drive = drive.respond(RequestKind::WarmUp, Err(Failure::Unreachable));
    assert_eq!(drive.outcome(Outcome::SignatureChecked(true)).sent(), [RequestKind::CallerToken]);

    // A page that leaves by redirect is loaded again, so it sends none; a page with a window stays.
    assert!(Drive::open(None, None).event(sign_in()).sent().is_empty());
    let by_window = config_with("signInBy", json!("window"));
    let drive = Drive::opened(Opening::default(), &by_window).event(sign_in());
    assert_eq!(drive.sent(), [RequestKind::WarmUp]);
    assert!(drive.event(Event::SignOut).event(sign_in()).sent().is_empty());

    // Microsoft's samples have no such route.
    for contract in ["function", "hero"] {
        let other = by_window.replace("quickstart", contract);
        assert_ne!(other, by_window);
        let drive = Drive::opened(Opening::default(), &other).event(sign_in());
        assert!(drive.sent().is_empty(), "{contract}");
        assert_eq!(drive.session.view_state(), ViewState::AtWindow, "{contract}");
    }
}

#[test]
fn a_click_on_the_button_of_the_document_leaves_by_redirect_or_asks_for_another_click() {
    // SEC-144
    let click = || Event::SignInByRedirect { entropy: entropy() };
    let early = |framed: bool, config: &str| {
        let opening = Opening { address: PAGE.to_owned(), framed, ..Opening::default() };
        let (session, effects) = Session::begin(opening, entropy());
        let drive = Drive { session, effects, now: NOW }.event(click());
        assert!(drive.effects.is_empty());
        drive.respond(RequestKind::Config, response(200, config))
    };
    let late =
        |framed: bool, config: &str| Drive::opened(Opening { framed, ..Opening::default() }, config).event(click());
    for drive in [early(false, &config_json()), late(false, &config_json())] {
        assert!(matches!(drive.effects[..], [Effect::Leave { transaction: Some(_), .. }]));
        assert_eq!(drive.session.view_state(), ViewState::Leaving);
        assert!(drive.event(click()).effects.is_empty());
    }
    let again = ViewState::SignedOut { problem: None, notice: Some(Notice::ClickAgain) };
    for (framed, config) in
        [(true, config_json()), (false, config_with("signInBy", json!("window"))), (false, super::profiles::page())]
    {
        for drive in [early(framed, &config), late(framed, &config)] {
            assert!(drive.effects.is_empty(), "{config}");
            assert_eq!(drive.session.view_state(), again, "{config}");
        }
    }
    // It ends no sign-in.
    let drive = Drive::returned().signed_in().event(click());
    assert!(drive.effects.is_empty());
    assert!(matches!(drive.session.view_state(), ViewState::SignedIn { .. }));
}

#[test]
fn leaving_stores_the_transaction_and_a_second_click_does_nothing() {
    let drive = Drive::open(None, None);
    let drive = drive.event(sign_in());
    match &drive.effects[..] {
        [Effect::Leave { url, transaction: Some(stored) }] => {
            assert!(url.starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"));
            assert_eq!(stored.expose(), transaction());
        }
        other => panic!("{other:?}"),
    }
    let drive = drive.event(sign_in());
    assert!(drive.effects.is_empty());
    assert_eq!(drive.session.view_state(), ViewState::Leaving);
}

#[test]
fn signing_in_again_drops_the_old_token() {
    let drive = Drive::returned().signed_in().event(sign_in());
    assert!(matches!(drive.effects[..], [Effect::Leave { .. }]));
    assert_eq!(drive.session.view_state(), ViewState::Leaving);
}

#[test]
fn a_page_that_cannot_store_the_transaction_does_not_leave() {
    // SEC-052
    let drive = Drive::open(None, None).event(sign_in());
    let drive = drive.event(Event::StorageBlocked);
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::StorageBlocked), 0));
    let drive = Drive::returned().event(Event::StorageBlocked);
    assert!(matches!(drive.session.view_state(), ViewState::SigningIn { step: Step::Redeeming, .. }));
}

#[test]
fn an_unsolicited_response_sends_no_request() {
    // SEC-003, SEC-004; RP-20 to RP-24
    let good = format!("code=c&state={}", state());
    let old = transaction().replace(&NOW.to_string(), &(NOW - 601).to_string());
    for (fragment, transaction, problem) in [
        (good.as_str(), None, ProblemCode::ResponseUnsolicited),
        (&good, Some("{}".to_owned()), ProblemCode::ResponseUnsolicited),
        (&good, Some(old), ProblemCode::ResponseExpired),
        ("code=c&state=other", Some(transaction()), ProblemCode::ResponseWrongState),
        ("code=c", Some(transaction()), ProblemCode::ResponseWrongState),
        ("error=access_denied&state=other", Some(transaction()), ProblemCode::ResponseWrongState),
        ("code=c&code=d&state=x", Some(transaction()), ProblemCode::ResponseMalformed),
        ("code=c&state=x&iss=https://evil.example", Some(transaction()), ProblemCode::ResponseWrongIssuer),
    ] {
        let drive = Drive::open(Some(fragment), transaction);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0), "{fragment}");
    }
}

#[test]
fn a_fragment_that_is_not_a_response_is_ignored() {
    let drive = Drive::open(Some("help"), None);
    assert_eq!(drive.session.view_state(), SIGNED_OUT);
}

#[test]
fn a_refusal_by_entra_is_shown() {
    let fragment = format!("error=access_denied&error_description=AADSTS65004%3A+declined&state={}", state());
    let drive = Drive::open(Some(&fragment), Some(transaction()));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::SignInDeclined), 0));
}

#[test]
fn a_bad_signature_reaches_no_backend() {
    // SEC-010, SEC-011
    let drive = Drive::returned().checking().outcome(Outcome::SignatureChecked(false));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::IdTokenRefused), 0));
}

#[test]
fn an_unknown_key_causes_one_more_fetch_and_is_then_refused() {
    // RP-16
    let drive = Drive::returned().respond(RequestKind::Keys, keys("old")).respond(RequestKind::Tokens, tokens("new"));
    assert_eq!(drive.sent(), [RequestKind::Keys]);
    let found = Drive::returned()
        .respond(RequestKind::Tokens, tokens("new"))
        .respond(RequestKind::Keys, keys("old"))
        .respond(RequestKind::Keys, keys("new"));
    assert!(matches!(found.effects[..], [Effect::VerifySignature { .. }]));
    let drive = drive.respond(RequestKind::Keys, keys("old"));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::IdTokenRefused), 0));
}

#[test]
fn a_key_of_another_issuer_does_not_verify_an_id_token() {
    // A key is bound to its issuer, also in a key set from the authority itself
    let of = |issuer: String| {
        let key = json!({"kty": "RSA", "use": "sig", "kid": "k1", "e": "AQAB", "n": "a".repeat(342), "issuer": issuer});
        response(200, json!({"keys": [key]}).to_string())
    };
    let iss = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
    for own in [iss(TENANT), iss("{tenantid}")] {
        let drive = Drive::returned().respond(RequestKind::Keys, of(own)).respond(RequestKind::Tokens, tokens("k1"));
        assert!(matches!(drive.effects[..], [Effect::VerifySignature { .. }]));
    }
    for other in
        [iss("9188040d-6c67-4c5b-b112-36a304b66dad"), iss("c0700000-0000-4000-8000-000000000002"), String::new()]
    {
        let drive =
            Drive::returned().respond(RequestKind::Keys, of(other.clone())).respond(RequestKind::Tokens, tokens("k1"));
        let drive = drive.respond(RequestKind::Keys, of(other));
        assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::IdTokenRefused), 0));
    }
}

#[test]
fn the_claims_of_an_id_token_are_checked_after_its_signature_and_its_times_last() {
    // The order of the checks
    let problem_of = |claims: serde_json::Value, good: bool| {
        let drive = Drive::returned()
            .respond(RequestKind::Keys, keys("k1"))
            .respond(RequestKind::Tokens, tokens_with("k1", &claims));
        let drive = drive.outcome(Outcome::SignatureChecked(good));
        assert!(drive.effects.is_empty());
        match drive.session.view_state() {
            ViewState::SignedOut { problem: Some(problem), .. } => (problem.code, problem.detail.unwrap()),
            other => panic!("{other:?}"),
        }
    };
    let (old, stranger) = (json!(NOW - 3600), json!("00000000-1111-4222-8333-444444444444"));
    for (claims, good, code, word) in [
        (json!({"aud": stranger, "exp": old}), false, ProblemCode::IdTokenRefused, "signature"),
        (json!({"aud": stranger, "exp": old}), true, ProblemCode::IdTokenRefused, "aud"),
        (json!({"nonce": "another", "exp": old}), true, ProblemCode::IdTokenRefused, "nonce"),
        (json!({"exp": old}), true, ProblemCode::ClockWrong, "exp"),
    ] {
        let (found, detail) = problem_of(claims, good);
        assert_eq!(found, code, "{word}: {detail}");
        assert!(detail.contains(word), "{word}: {detail}");
    }
}

#[test]
fn every_failing_peer_has_its_own_problem() {
    use Failure::*;
    use ProblemCode::*;
    let cases: [(Drive, RequestKind, Result<Response, Failure>, ProblemCode); 10] = [
        (Drive::returned(), RequestKind::Tokens, Err(Unreachable), AuthorityUnreachable),
        (Drive::returned(), RequestKind::Tokens, Err(Unreadable), TokenResponseUnreadable),
        (Drive::returned(), RequestKind::Tokens, response(503, ""), EntraUnavailable),
        (Drive::returned(), RequestKind::Keys, Err(Unreachable), KeysUnavailable),
        (Drive::returned(), RequestKind::Keys, response(200, "<html>"), KeysUnavailable),
        (Drive::returned().authorizing(), RequestKind::CallerToken, Err(Unreachable), AuthorityUnreachable),
        (
            Drive::returned().authorizing(),
            RequestKind::CallerToken,
            response(400, r#"{"error":"invalid_grant","error_description":"AADSTS65001: no"}"#),
            ConsentNeeded,
        ),
        (Drive::returned().exchanging(), RequestKind::Exchange, Err(Unreachable), ExchangeUnreachable),
        (Drive::returned().exchanging(), RequestKind::Exchange, Err(Unreadable), ExchangeResponseUnreadable),
        (Drive::returned().exchanging(), RequestKind::Exchange, response(502, "<html>"), ExchangeFailed),
    ];
    for (drive, kind, result, problem) in cases {
        let drive = drive.respond(kind, result);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
    }
}

#[test]
fn a_token_response_without_id_token_or_refresh_token_is_refused() {
    let missing_id = json!({"token_type": "Bearer", "access_token": "a", "refresh_token": "r"}).to_string();
    let drive = Drive::returned().respond(RequestKind::Tokens, response(200, missing_id));
    assert_eq!(drive.problem(), Some(ProblemCode::IdTokenRefused));
    let Ok(Response { body, .. }) = tokens("k1") else { panic!() };
    let no_refresh = body.expose().replace("refresh_token", "x");
    let drive = Drive::returned().respond(RequestKind::Tokens, response(200, no_refresh));
    assert_eq!(drive.problem(), Some(ProblemCode::TokenResponseUnreadable));
}

#[test]
fn a_page_without_a_usable_configuration_stops() {
    for (result, problem) in [
        (response(404, ""), ProblemCode::ConfigUnreachable),
        (response(404, "<html>"), ProblemCode::ConfigUnreachable),
        (Err(Failure::Unreachable), ProblemCode::ConfigUnreachable),
        // REP-02
        (Err(Failure::Redirected), ProblemCode::ConfigRedirected),
        (response(401, ""), ProblemCode::ConfigRefused),
        (response(403, "<html>"), ProblemCode::ConfigRefused),
        (response(200, "\n <!doctype html>"), ProblemCode::ConfigIsHtml),
        // REP-03
        (Err(Failure::Utf16), ProblemCode::ConfigInvalid),
        (Err(Failure::Unreadable), ProblemCode::ConfigInvalid),
        (response(200, "{}"), ProblemCode::ConfigInvalid),
        // SEC-014
        (response(200, config_json().replace(PAGE, "https://elsewhere.example/")), ProblemCode::WrongAddress),
    ] {
        let (session, effects) = Session::begin(Opening { address: PAGE.to_owned(), ..Opening::default() }, entropy());
        let drive = Drive { session, effects, now: NOW }.respond(RequestKind::Config, result);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
        let drive = drive.event(sign_in());
        assert!(drive.effects.is_empty(), "a stopped page leads nowhere");
    }
}

#[test]
fn rep_02_only_the_request_for_the_configuration_has_cookies() {
    let request = |effects: &[Effect]| match effects {
        [Effect::Send(_, request), ..] => (request.url.clone(), request.is_to_own_host()),
        other => panic!("{other:?}"),
    };
    let (_, effects) = Session::begin(Opening::default(), entropy());
    assert_eq!(request(&effects), ("config.json".to_owned(), true));
    for drive in [Drive::returned(), Drive::returned().authorizing(), Drive::returned().exchanging()] {
        let (url, is_to_own_host) = request(&drive.effects);
        assert!(!is_to_own_host, "{url}");
    }
}

fn discovery(base: &str) -> Result<Response, Failure> {
    let document = json!({
        "issuer": "https://login.example/{tenantid}/v2.0",
        "authorization_endpoint": format!("{base}/a"), "token_endpoint": format!("{base}/t"), "jwks_uri": format!("{base}/k"),
    });
    response(200, document.to_string())
}

#[test]
fn another_authority_is_discovered_before_leaving_and_after_returning() {
    let base = "https://login.example/organizations";
    let good = crate::config::tests::GOOD;
    let drive = Drive::opened(Opening::default(), good).event(sign_in());
    assert_eq!((drive.sent(), drive.session.view_state()), (vec![RequestKind::Discovery], ViewState::Leaving));
    let attempt = drive.session.attempt();
    // A second click does not end the sign-in in flight.
    let drive = drive.event(sign_in());
    let outcome = Outcome::Responded(RequestKind::Discovery, discovery(base));
    let drive = drive.event(Event::Done { attempt, outcome });
    let [Effect::Leave { url, transaction: Some(stored) }] = &drive.effects[..] else { panic!("{drive:?}") };
    assert!(url.starts_with("https://login.example/organizations/a?"));

    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(stored.expose().to_owned())),
        ..Opening::default()
    };
    let back = Drive::opened(opening, good);
    assert_eq!(back.sent(), [RequestKind::Discovery, RequestKind::WarmUp]);
    let back = back.respond(RequestKind::Discovery, discovery(base));
    assert_eq!(back.sent(), [RequestKind::Tokens, RequestKind::Keys]);
}

#[test]
fn an_unreachable_authority_is_a_problem_and_the_person_can_sign_in_again() {
    for (result, problem) in [
        (Err(Failure::Unreachable), ProblemCode::AuthorityUnreachable),
        (response(503, ""), ProblemCode::AuthorityUnreachable),
        (discovery("https://evil.example"), ProblemCode::AuthorityInvalid),
    ] {
        let drive = Drive::opened(Opening::default(), crate::config::tests::GOOD).event(sign_in());
        let drive = drive.respond(RequestKind::Discovery, result);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
        assert_eq!(drive.event(sign_in()).sent(), [RequestKind::Discovery]);
    }
}

#[test]
fn a_sign_out_erases_first_and_late_responses_are_ignored() {
    // SEC-024
    let drive = Drive::returned().signed_in().event(Event::SignOut);
    assert_eq!(drive.session.view_state(), SIGNED_OUT);
    assert!(matches!(&drive.effects[..], [Effect::Leave { url, transaction: None }] if url.contains("/logout?")));

    let drive = Drive::returned().exchanging();
    let before = drive.session.attempt();
    let drive = drive.event(Event::SignOut);
    let body = json!({"token": "the-d", "expiresOn": "2026-11-21T09:00:00Z"}).to_string();
    let drive = drive.event(Event::Done {
        attempt: before,
        outcome: Outcome::Responded(RequestKind::Exchange, response(200, body)),
    });
    assert_eq!(drive.session.view_state(), SIGNED_OUT);
}

#[test]
fn rep_12_a_sign_out_names_the_account_in_the_authoritys_form() {
    let logout = |config: &str, claims: serde_json::Value| {
        let opening = Opening {
            response: Some(RedactedText::new(format!("code=c&state={}", state()))),
            transaction: Some(RedactedText::new(transaction_of(config))),
            ..Opening::default()
        };
        let drive = Drive::opened(opening, config).respond(RequestKind::Keys, keys("k1"));
        let drive =
            drive.respond(RequestKind::Tokens, tokens_with("k1", &claims)).outcome(Outcome::SignatureChecked(true));
        let drive = drive.with_b().with_d().event(Event::SignOut);
        let [Effect::Leave { url, transaction: None }] = &drive.effects[..] else { panic!("{drive:?}") };
        let (address, query) = url.split_once('?').unwrap();
        assert_eq!(address, "https://login.microsoftonline.com/organizations/oauth2/v2.0/logout");
        form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let plain = vec![
        pair("client_id", "acc00000-0000-4000-8000-000000000010"),
        pair("post_logout_redirect_uri", PAGE),
        pair("state", "signed-out"),
    ];
    let hint = "O.CiQxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTU+/=";
    let mut hinted = plain.clone();
    hinted.push(pair("logout_hint", hint));
    assert_eq!(logout(&config_json(), json!({ "login_hint": hint })), hinted);
    // Entra does not accept a username as the hint; an invalid hint is not sent.
    for odd in
        [json!(null), json!(""), json!("a b"), json!("é"), json!("a".repeat(1025)), json!("eyJhbGciOiJSUzI1NiJ9.e30.x")]
    {
        assert_eq!(logout(&config_json(), json!({ "login_hint": odd })), plain, "{odd}");
    }
}

#[test]
fn debug_output_of_a_session_contains_no_secret() {
    // SEC-034
    for drive in [
        Drive::returned(),
        Drive::returned().checking(),
        Drive::returned().authorizing(),
        Drive::returned().exchanging(),
        Drive::returned().signed_in(),
    ] {
        let printed = format!("{:?} {:?}", drive.session, drive.effects);
        for secret in ["the-a1", "the-rt", "the-b", "the-d", &URL_SAFE_NO_PAD.encode([1; 32])] {
            assert!(!printed.contains(secret), "{secret}");
        }
    }
}

#[test]
fn the_next_sign_in_satisfies_a_claims_challenge_once() {
    // SEC-019
    let challenge = r#"{"error":"interaction_required","error_description":"AADSTS50076: MFA","claims":"{\"access_token\":{\"capolids\":{}}}"}"#;
    let drive = Drive::returned().respond(RequestKind::Tokens, response(400, challenge));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::MfaNeeded), 0), "nothing by itself");
    let url = |drive: &Drive| match &drive.effects[..] {
        [Effect::Leave { url, .. }] => url.clone(),
        other => panic!("{other:?}"),
    };
    let drive = drive.event(sign_in());
    assert!(url(&drive).contains("claims=%7B%22access_token%22%3A%7B%22capolids"), "{}", url(&drive));
    let drive = drive.event(Event::SignOut).event(sign_in());
    assert!(!url(&drive).contains("claims="));
}

#[test]
fn the_next_sign_in_satisfies_a_claims_challenge_of_a_backend() {
    // SEC-019, SEC-079
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let challenge = |text: &str| {
        let code = r#"{"type":"urn:x","title":"t","status":401,"code":"step_up_required","correlationId":"c"}"#;
        let challenge = Some(text.replace("CLAIMS", &base64::engine::general_purpose::STANDARD.encode(claims)));
        Ok(Response { challenge, ..Response::plain(401, code) })
    };
    let url = |drive: Drive| match &drive.event(sign_in()).effects[..] {
        [Effect::Leave { url, .. }] => url.clone(),
        other => panic!("{other:?}"),
    };
    let good = r#"Bearer error="insufficient_claims", claims="CLAIMS""#;
    let drive = Drive::returned().exchanging().respond(RequestKind::Exchange, challenge(good));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::InteractionNeeded), 0));
    assert!(url(drive).contains("claims=%7B%22access_token%22%3A%7B%22acrs"));
    for odd in ["", "Bearer", r#"Bearer claims="CLAIMS""#, r#"Bearer error="insufficient_claims", claims="%%""#] {
        let drive = Drive::returned().exchanging().respond(RequestKind::Exchange, challenge(odd));
        assert!(!url(drive).contains("claims="), "{odd}");
    }
}

#[test]
fn after_a_sign_out_the_person_chooses_an_account() {
    let drive = Drive::returned().signed_in().event(Event::SignOut);
    let drive = drive.event(sign_in());
    assert!(matches!(&drive.effects[..], [Effect::Leave { url, .. }] if url.contains("prompt=select_account")));
}

/// A page for Entra ID users, after the return from Entra.
fn direct() -> Drive {
    let mut config: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    config["exchange"] = json!({"contract": "acs-entra", "url": "https://contoso.communication.azure.com/"});
    let config = config.to_string();
    let opening = Opening {
        response: Some(RedactedText::new(format!("code=c&state={}", state()))),
        transaction: Some(RedactedText::new(transaction_of(&config))),
        ..Opening::default()
    };
    Drive::opened(opening, &config)
}

#[test]
fn an_entra_id_user_needs_no_backend() {
    let Ok(Response { body, .. }) = tokens("k1") else { panic!() };
    let teams = "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";
    let entra = body.expose().replace(teams, "https://communication.azure.com/clients/VoIP");
    let ViewState::SigningIn { steps, .. } = direct().session.view_state() else { panic!() };
    assert!(!steps.contains(&Step::Authorizing));
    assert!(direct().body().contains("clients%2FVoIP"));
    assert!(!direct().body().contains("Teams"));
    let drive = direct().respond(RequestKind::Keys, keys("k1")).respond(RequestKind::Tokens, response(200, entra));
    let drive = drive.outcome(Outcome::SignatureChecked(true));
    assert_eq!((drive.sent(), drive.body()), (vec![RequestKind::Exchange], "{}"));
    let body = r#"{"identity":{"id":"8:acs:x"},"accessToken":{"token":"d","expiresOn":"2026-11-21T09:00:00Z"}}"#;
    let drive = drive.respond(RequestKind::Exchange, response(200, body));
    assert_eq!(drive.shown_token(), (3600, None));
    let drive = drive.at(2700);
    assert!(drive.body().contains("clients%2FVoIP"));
    let drive = drive.respond(RequestKind::Tokens, response(200, r#"{"token_type":"Bearer","access_token":"a2"}"#));
    assert_eq!(drive.sent(), [RequestKind::Exchange], "no token for a backend that is not there");
}
