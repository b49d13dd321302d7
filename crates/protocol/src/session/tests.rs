//! Given this state and this event, exactly these effects.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use messages::{Private, ProblemCode};
use serde_json::json;

use super::*;

const NOW: u64 = 1_795_248_000;
const PAGE: &str = "https://page.example/";
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";

/// A config whose authority needs no discovery.
fn config_json() -> String {
    crate::config::tests::GOOD.replace("login.example", "login.microsoftonline.com")
}

fn entropy() -> Entropy {
    Entropy { verifier: [1; 32], state: [2; 32], nonce: [3; 32] }
}

fn state() -> String {
    URL_SAFE_NO_PAD.encode([2; 32])
}

fn transaction() -> String {
    transaction::Pending::new(&entropy()).to_stored(&Config::parse(&config_json()).unwrap(), NOW)
}

fn answer(status: u16, body: impl Into<String>) -> Result<Response, Failure> {
    Ok(Response { status, correlation_id: None, body: SecretText::new(body.into()) })
}

/// A session on its way, with what it asked for last.
struct Drive {
    session: Session,
    effects: Vec<Effect>,
    now: u64,
}

impl Drive {
    fn open(fragment: Option<&str>, transaction: Option<String>) -> Self {
        let opening = Opening {
            address: PAGE.to_owned(),
            answer: fragment.map(|text| Private::new(text.to_owned())),
            transaction: transaction.map(Private::new),
        };
        let (session, effects) = Session::begin(opening);
        assert!(matches!(effects[..], [Effect::Send(Reply::Config, _)]));
        Self { session, effects, now: NOW }.answered(Reply::Config, answer(200, config_json()))
    }

    /// Back from Entra with a code.
    fn returned() -> Self {
        Self::open(Some(&format!("code=c&state={}", state())), Some(transaction()))
    }

    fn event(self, event: Event) -> Self {
        let (session, effects) = self.session.update(event, self.now);
        Self { session, effects, now: self.now }
    }

    fn outcome(self, outcome: Outcome) -> Self {
        let attempt = self.session.attempt();
        self.event(Event::Done { attempt, outcome })
    }

    fn answered(self, reply: Reply, result: Result<Response, Failure>) -> Self {
        self.outcome(Outcome::Answered(reply, result))
    }

    fn checking(self) -> Self {
        self.answered(Reply::Keys, keys("k1")).answered(Reply::Tokens, tokens("k1"))
    }

    fn authorizing(self) -> Self {
        self.checking().outcome(Outcome::SignatureChecked(true))
    }

    fn exchanging(self) -> Self {
        let scope = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";
        let body = json!({"token_type": "Bearer", "access_token": "the-b", "scope": scope});
        self.authorizing().answered(Reply::CallerToken, answer(200, body.to_string()))
    }

    fn signed_in(self) -> Self {
        let body = json!({"token": "the-d", "expiresOn": "2026-11-21T09:00:00Z"});
        self.exchanging().answered(Reply::Exchange, answer(200, body.to_string()))
    }

    /// So many seconds after the sign-in.
    fn at(self, seconds: u64) -> Self {
        Self { now: NOW + seconds, ..self }.event(Event::Tick)
    }

    fn caller_token(self) -> Self {
        self.answered(Reply::CallerToken, answer(200, r#"{"token_type":"Bearer","access_token":"b2"}"#))
    }

    /// When the token that is shown ends, in seconds after the sign-in, and what is wrong with its renewal.
    fn held(&self) -> (u64, Option<ProblemCode>) {
        match self.session.picture() {
            Picture::SignedIn { expires_at, trouble, .. } => (expires_at - NOW, trouble.map(|problem| problem.code)),
            other => panic!("{other:?}"),
        }
    }

    fn sent(&self) -> Vec<Reply> {
        self.effects.iter().filter_map(|e| if let Effect::Send(reply, _) = e { Some(*reply) } else { None }).collect()
    }

    fn body(&self) -> &str {
        match &self.effects[..] {
            [Effect::Send(_, request), ..] => request.body.as_ref().unwrap().expose(),
            _ => panic!("nothing is sent"),
        }
    }

    fn problem(&self) -> Option<ProblemCode> {
        match self.session.picture() {
            Picture::SignedOut { problem } => problem.map(|p| p.code),
            Picture::Stopped { problem } => Some(problem.code),
            _ => None,
        }
    }
}

fn keys(kid: &str) -> Result<Response, Failure> {
    let key = json!({"kty": "RSA", "use": "sig", "kid": kid, "e": "AQAB", "n": "a".repeat(342)});
    answer(200, json!({"keys": [key]}).to_string())
}

fn tokens(kid: &str) -> Result<Response, Failure> {
    let claims = json!({
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "aud": "acc00000-0000-4000-8000-000000000010",
        "iat": NOW, "exp": NOW + 3600, "nonce": URL_SAFE_NO_PAD.encode([3; 32]), "sub": "s",
        "oid": "11111111-2222-3333-4444-555555555555", "tid": TENANT, "ver": "2.0",
    });
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let id_token = format!("{}.{}.c2ln", part(json!({"alg": "RS256", "kid": kid})), part(claims));
    let body = json!({
        "token_type": "Bearer", "access_token": "the-a1", "refresh_token": "the-rt", "id_token": id_token,
        "scope": "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats",
    });
    answer(200, body.to_string())
}

#[test]
fn a_sign_in_goes_from_the_code_to_the_acs_token() {
    let drive = Drive::returned();
    assert_eq!(drive.sent(), [Reply::Tokens, Reply::Keys]);
    let verifier = URL_SAFE_NO_PAD.encode([1; 32]);
    assert!(drive.body().contains("code=c") && drive.body().contains(&format!("code_verifier={verifier}")));

    let drive = drive.checking();
    assert!(matches!(drive.effects[..], [Effect::VerifySignature { .. }]));

    let drive = drive.outcome(Outcome::SignatureChecked(true));
    assert_eq!(drive.sent(), [Reply::CallerToken]);
    assert!(drive.body().contains("grant_type=refresh_token") && drive.body().contains("refresh_token=the-rt"));

    let drive = Drive::returned().exchanging();
    assert_eq!(drive.body(), r#"{"accessToken":"the-a1"}"#);
    match &drive.effects[..] {
        [Effect::Send(_, request)] => {
            assert_eq!(request.url, "https://exchange.example/exchange");
            assert_eq!(request.headers[0].1.expose(), "Bearer the-b");
        }
        _ => panic!("one request"),
    }

    match Drive::returned().signed_in().session.picture() {
        Picture::SignedIn { account, token, expires_at, trouble: None } => {
            assert_eq!((token.expose(), expires_at, account.tenant_id.as_str()), ("the-d", NOW + 3600, TENANT));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn leaving_takes_the_transaction_along_and_a_second_click_does_nothing() {
    let drive = Drive::open(None, None);
    let drive = drive.event(Event::SignIn { choose_account: false, entropy: entropy() });
    match &drive.effects[..] {
        [Effect::Leave { url, transaction: Some(stored) }] => {
            assert!(url.starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"));
            assert_eq!(stored.expose(), transaction());
        }
        other => panic!("{other:?}"),
    }
    let drive = drive.event(Event::SignIn { choose_account: false, entropy: entropy() });
    assert!(drive.effects.is_empty() && drive.session.picture() == Picture::Leaving);
}

#[test]
fn signing_in_again_drops_the_old_token() {
    let drive = Drive::returned().signed_in().event(Event::SignIn { choose_account: false, entropy: entropy() });
    assert!(matches!(drive.effects[..], [Effect::Leave { .. }]) && drive.session.picture() == Picture::Leaving);
}

#[test]
fn a_page_that_cannot_keep_the_transaction_stays() {
    // security 52
    let drive = Drive::open(None, None).event(Event::SignIn { choose_account: false, entropy: entropy() });
    let drive = drive.event(Event::StorageBlocked);
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::StorageBlocked), 0));
    let drive = Drive::returned().event(Event::StorageBlocked);
    assert!(matches!(drive.session.picture(), Picture::SigningIn { step: Step::Redeeming, .. }));
}

#[test]
fn an_answer_that_nobody_asked_for_sends_nothing() {
    // security 3, 4; RP-20 to RP-24
    let good = format!("code=c&state={}", state());
    let old = transaction().replace(&NOW.to_string(), &(NOW - 601).to_string());
    for (fragment, transaction, problem) in [
        (good.as_str(), None, ProblemCode::AnswerUnsolicited),
        (&good, Some("{}".to_owned()), ProblemCode::AnswerUnsolicited),
        (&good, Some(old), ProblemCode::AnswerExpired),
        ("code=c&state=other", Some(transaction()), ProblemCode::AnswerWrongState),
        ("code=c", Some(transaction()), ProblemCode::AnswerWrongState),
        ("error=access_denied&state=other", Some(transaction()), ProblemCode::AnswerWrongState),
        ("code=c&code=d&state=x", Some(transaction()), ProblemCode::AnswerMalformed),
        ("code=c&state=x&iss=https://evil.example", Some(transaction()), ProblemCode::AnswerWrongIssuer),
    ] {
        let drive = Drive::open(Some(fragment), transaction);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0), "{fragment}");
    }
}

#[test]
fn a_fragment_that_is_no_answer_is_no_problem() {
    let drive = Drive::open(Some("help"), None);
    assert_eq!(drive.session.picture(), Picture::SignedOut { problem: None });
}

#[test]
fn a_refusal_of_entra_is_told() {
    let fragment = format!("error=access_denied&error_description=AADSTS65004%3A+declined&state={}", state());
    let drive = Drive::open(Some(&fragment), Some(transaction()));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::SignInDeclined), 0));
}

#[test]
fn a_bad_signature_reaches_no_backend() {
    // security 10, 11
    let drive = Drive::returned().checking().outcome(Outcome::SignatureChecked(false));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::IdTokenRefused), 0));
}

#[test]
fn an_unknown_key_is_asked_for_once_more_and_then_refused() {
    // RP-16
    let drive = Drive::returned().answered(Reply::Keys, keys("old")).answered(Reply::Tokens, tokens("new"));
    assert_eq!(drive.sent(), [Reply::Keys]);
    let found = Drive::returned()
        .answered(Reply::Tokens, tokens("new"))
        .answered(Reply::Keys, keys("old"))
        .answered(Reply::Keys, keys("new"));
    assert!(matches!(found.effects[..], [Effect::VerifySignature { .. }]));
    let drive = drive.answered(Reply::Keys, keys("old"));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::IdTokenRefused), 0));
}

#[test]
fn every_failing_peer_has_its_own_problem() {
    use Failure::*;
    use ProblemCode::*;
    let cases: [(Drive, Reply, Result<Response, Failure>, ProblemCode); 11] = [
        (Drive::returned(), Reply::Tokens, Err(Unreachable), AuthorityUnreachable),
        (Drive::returned(), Reply::Tokens, Err(TimedOut), AuthorityUnreachable),
        (Drive::returned(), Reply::Tokens, Err(TooLarge), TokenAnswerUnreadable),
        (Drive::returned(), Reply::Tokens, answer(503, ""), EntraUnavailable),
        (Drive::returned(), Reply::Keys, Err(Unreachable), KeysUnavailable),
        (Drive::returned(), Reply::Keys, answer(200, "<html>"), KeysUnavailable),
        (Drive::returned().authorizing(), Reply::CallerToken, Err(Unreachable), AuthorityUnreachable),
        (
            Drive::returned().authorizing(),
            Reply::CallerToken,
            answer(400, r#"{"error":"invalid_grant","error_description":"AADSTS65001: no"}"#),
            ConsentNeeded,
        ),
        (Drive::returned().exchanging(), Reply::Exchange, Err(Unreachable), ExchangeUnreachable),
        (Drive::returned().exchanging(), Reply::Exchange, Err(TooLarge), ExchangeAnswerUnreadable),
        (Drive::returned().exchanging(), Reply::Exchange, answer(502, "<html>"), ExchangeFailed),
    ];
    for (drive, reply, result, problem) in cases {
        let drive = drive.answered(reply, result);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
    }
}

#[test]
fn a_token_answer_without_id_token_or_refresh_token_is_refused() {
    let missing_id = json!({"token_type": "Bearer", "access_token": "a", "refresh_token": "r"}).to_string();
    let drive = Drive::returned().answered(Reply::Tokens, answer(200, missing_id));
    assert_eq!(drive.problem(), Some(ProblemCode::IdTokenRefused));
    let Ok(Response { body, .. }) = tokens("k1") else { panic!() };
    let no_refresh = body.expose().replace("refresh_token", "x");
    let drive = Drive::returned().answered(Reply::Tokens, answer(200, no_refresh));
    assert_eq!(drive.problem(), Some(ProblemCode::TokenAnswerUnreadable));
}

#[test]
fn a_page_without_a_usable_configuration_stops() {
    for (result, problem) in [
        (answer(404, ""), ProblemCode::ConfigUnreachable),
        (Err(Failure::Unreachable), ProblemCode::ConfigUnreachable),
        (answer(200, "{}"), ProblemCode::ConfigInvalid),
        (answer(200, config_json().replace(PAGE, "https://elsewhere.example/")), ProblemCode::WrongAddress),
    ] {
        let (session, effects) = Session::begin(Opening { address: PAGE.to_owned(), ..Opening::default() });
        let drive = Drive { session, effects, now: NOW }.answered(Reply::Config, result);
        assert_eq!((drive.problem(), drive.effects.len()), (Some(problem), 0));
        let drive = drive.event(Event::SignIn { choose_account: false, entropy: entropy() });
        assert!(drive.effects.is_empty(), "a stopped page leads nowhere");
    }
}

#[test]
fn another_authority_is_discovered_before_anything_is_offered() {
    let (session, effects) = Session::begin(Opening { address: PAGE.to_owned(), ..Opening::default() });
    let drive = Drive { session, effects, now: NOW }.answered(Reply::Config, answer(200, crate::config::tests::GOOD));
    assert_eq!(drive.sent(), [Reply::Discovery]);
    let attempt = drive.session.attempt();
    let drive = drive.event(Event::SignIn { choose_account: false, entropy: entropy() });
    assert!(drive.effects.is_empty() && drive.session.picture() == Picture::Starting);
    let base = "https://login.example/organizations";
    let document = json!({
        "issuer": "https://login.example/{tenantid}/v2.0",
        "authorization_endpoint": format!("{base}/a"), "token_endpoint": format!("{base}/t"), "jwks_uri": format!("{base}/k"),
    });
    // The early click did not end what was under way.
    let outcome = Outcome::Answered(Reply::Discovery, answer(200, document.to_string()));
    let drive = drive.event(Event::Done { attempt, outcome });
    assert_eq!(drive.session.picture(), Picture::SignedOut { problem: None });
}

#[test]
fn signing_out_forgets_first_and_late_answers_come_too_late() {
    // security 24
    let drive = Drive::returned().signed_in().event(Event::SignOut);
    assert_eq!(drive.session.picture(), Picture::SignedOut { problem: None });
    assert!(matches!(&drive.effects[..], [Effect::Leave { url, transaction: None }] if url.contains("/logout?")));

    let drive = Drive::returned().exchanging();
    let before = drive.session.attempt();
    let drive = drive.event(Event::SignOut);
    let body = json!({"token": "the-d", "expiresOn": "2026-11-21T09:00:00Z"}).to_string();
    let drive =
        drive.event(Event::Done { attempt: before, outcome: Outcome::Answered(Reply::Exchange, answer(200, body)) });
    assert_eq!(drive.session.picture(), Picture::SignedOut { problem: None });
}

#[test]
fn nothing_that_is_printed_of_a_session_is_a_secret() {
    // security 34
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

/// Half a day later, as ACS writes it.
const LATER: &str = r#"{"token":"the-d2","expiresOn":"2026-11-21T20:00:00Z"}"#;

#[test]
fn a_token_is_renewed_when_fifteen_minutes_of_it_are_left_and_the_refresh_token_rotates() {
    // security 17
    let early = Drive::returned().signed_in().at(2699);
    assert!(early.effects.is_empty());
    let drive = early.at(2700);
    assert_eq!(drive.sent(), [Reply::Tokens]);
    assert!(drive.body().contains("refresh_token=the-rt") && !drive.body().contains("openid"), "{}", drive.body());
    assert!(drive.body().contains("Teams.ManageCalls"));

    let rotated = r#"{"token_type":"Bearer","access_token":"a2","refresh_token":"rt2"}"#;
    let drive = drive.answered(Reply::Tokens, answer(200, rotated));
    assert_eq!(drive.sent(), [Reply::CallerToken]);
    assert!(drive.body().contains("refresh_token=rt2"));
    let drive = drive.caller_token();
    assert_eq!((drive.sent(), drive.body()), (vec![Reply::Exchange], r#"{"accessToken":"a2"}"#));
    assert_eq!(drive.held(), (3600, None), "the old token stays until the new one is there");
    let drive = drive.answered(Reply::Exchange, answer(200, LATER));
    assert_eq!(drive.held(), (43_200, None));
    let drive = drive.at(43_200 - 900);
    assert!(drive.body().contains("refresh_token=rt2"));
}

#[test]
fn one_renewal_is_under_way_at_a_time() {
    // security 17
    let drive = Drive::returned().signed_in().at(2700);
    let drive = drive.at(2701).at(2800);
    assert!(drive.effects.is_empty());
    let again = Drive::returned().signed_in().at(2700).caller_token();
    assert!(again.effects.is_empty(), "an answer that was not asked for is not taken");
}

#[test]
fn what_may_pass_is_tried_again_and_the_token_stays() {
    for failure in [Err(Failure::Unreachable), Err(Failure::TimedOut), answer(503, "")] {
        let drive = Drive::returned().signed_in().at(2700).answered(Reply::Tokens, failure);
        assert_eq!(drive.held().0, 3600);
        assert!(drive.held().1.is_some() && drive.effects.is_empty());
        let drive = drive.at(2729);
        assert!(drive.effects.is_empty());
        let drive = drive.at(2730);
        assert_eq!(drive.sent(), [Reply::Tokens]);
    }
}

#[test]
fn a_machine_that_slept_renews_when_it_wakes() {
    let drive = Drive::returned().signed_in().at(100_000);
    assert_eq!(drive.sent(), [Reply::Tokens]);
}

#[test]
fn after_twenty_four_hours_the_person_is_asked_and_nothing_is_tried_again() {
    let ended = r#"{"error":"invalid_grant","error_description":"AADSTS700084: The refresh token was issued to a single page app"}"#;
    let drive = Drive::returned().signed_in().at(2700).answered(Reply::Tokens, answer(400, ended));
    assert_eq!(drive.held(), (3600, Some(ProblemCode::SignInEnded)));
    let drive = drive.at(3599);
    assert!(drive.effects.is_empty());
    let drive = drive.at(3600);
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::SignInEnded), 0));
}

#[test]
fn a_short_lived_token_is_renewed_at_half_its_life() {
    let body = json!({"token": "the-d", "expiresOn": "2026-11-21T08:10:00Z"}).to_string();
    let drive = Drive::returned().exchanging().answered(Reply::Exchange, answer(200, body)).at(299);
    assert!(drive.effects.is_empty());
    assert_eq!(drive.at(300).sent(), [Reply::Tokens]);
}

#[test]
fn a_renewal_that_comes_back_after_the_sign_out_changes_nothing() {
    let drive = Drive::returned().signed_in().at(2700);
    let attempt = drive.session.attempt();
    let drive = drive.event(Event::SignOut);
    let tokens = answer(200, r#"{"token_type":"Bearer","access_token":"a2"}"#);
    let drive = drive.event(Event::Done { attempt, outcome: Outcome::Answered(Reply::Tokens, tokens) });
    assert_eq!(drive.session.picture(), Picture::SignedOut { problem: None });
    assert!(drive.effects.is_empty());
}

#[test]
fn a_claims_challenge_is_answered_by_the_next_sign_in_and_once() {
    // security 19
    let challenge = r#"{"error":"interaction_required","error_description":"AADSTS50076: MFA","claims":"{\"access_token\":{\"capolids\":{}}}"}"#;
    let drive = Drive::returned().answered(Reply::Tokens, answer(400, challenge));
    assert_eq!((drive.problem(), drive.effects.len()), (Some(ProblemCode::InteractionNeeded), 0), "nothing by itself");
    let sign_in = || Event::SignIn { choose_account: false, entropy: entropy() };
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
fn whoever_signed_out_is_asked_which_account() {
    let drive = Drive::returned().signed_in().event(Event::SignOut);
    let drive = drive.event(Event::SignIn { choose_account: false, entropy: entropy() });
    assert!(matches!(&drive.effects[..], [Effect::Leave { url, .. }] if url.contains("prompt=select_account")));
}

/// A page for Entra ID users, back from Entra.
fn direct() -> Drive {
    let mut config: serde_json::Value = serde_json::from_str(&config_json()).unwrap();
    config["exchange"] = json!({"contract": "acs-entra", "url": "https://contoso.communication.azure.com/"});
    let config = config.to_string();
    let transaction = transaction::Pending::new(&entropy()).to_stored(&Config::parse(&config).unwrap(), NOW);
    let opening = Opening {
        address: PAGE.to_owned(),
        answer: Some(Private::new(format!("code=c&state={}", state()))),
        transaction: Some(Private::new(transaction)),
    };
    let (session, effects) = Session::begin(opening);
    Drive { session, effects, now: NOW }.answered(Reply::Config, answer(200, config))
}

#[test]
fn an_entra_id_user_needs_no_backend() {
    let Ok(Response { body, .. }) = tokens("k1") else { panic!() };
    let teams = "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats";
    let entra = body.expose().replace(teams, "https://communication.azure.com/clients/VoIP");
    let Picture::SigningIn { steps, .. } = direct().session.picture() else { panic!() };
    assert!(!steps.contains(&Step::Authorizing));
    assert!(direct().body().contains("clients%2FVoIP") && !direct().body().contains("Teams"));
    let drive = direct().answered(Reply::Keys, keys("k1")).answered(Reply::Tokens, answer(200, entra));
    let drive = drive.outcome(Outcome::SignatureChecked(true));
    assert_eq!((drive.sent(), drive.body()), (vec![Reply::Exchange], "{}"));
    let body = r#"{"identity":{"id":"8:acs:x"},"accessToken":{"token":"d","expiresOn":"2026-11-21T09:00:00Z"}}"#;
    let drive = drive.answered(Reply::Exchange, answer(200, body));
    assert_eq!(drive.held(), (3600, None));
    let drive = drive.at(2700);
    assert!(drive.body().contains("clients%2FVoIP"));
    let drive = drive.answered(Reply::Tokens, answer(200, r#"{"token_type":"Bearer","access_token":"a2"}"#));
    assert_eq!(drive.sent(), [Reply::Exchange], "no token for a backend that is not there");
}
