//! The session with any order of events: clicks at the wrong time, forged responses, outcomes that come late,
//! unrequested or never, and jumps of time. In every case nothing is exchanged before it is proven, and nothing waits
//! forever.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contract::secret::{CallerToken, SecretText};
use messages::{Hint, NoWindow, Opening, RedactedText, ViewState};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use sign_in::{
    http::{Failure, Response},
    pkce::Entropy,
    session::{Effect, Event, Outcome, RequestKind, Session},
};

/// 2026-11-21T08:00:00Z
const START: u64 = 1_795_248_000;
const PAGE: &str = "https://page.example/";
const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
const CLIENT: &str = "acc00000-0000-4000-8000-000000000010";
const API: &str = "api://e8c00000-0000-4000-8000-000000000020/access_as_user";
const ACS: &str = "https://auth.msft.communication.azure.com";

/// One event.
#[derive(Debug, Clone)]
enum Move {
    Active,
    Click,
    /// An effect ends with this quality of outcome.
    Deliver(usize, Quality),
    /// An outcome of an earlier attempt.
    DeliverLate(Work),
    /// An outcome without a request.
    DeliverUnasked(Work),
    Elapse(u64),
    Forget,
    Hint,
    NoWindow,
    /// A response comes from the authority, or from an attacker.
    Return(ReturnedResponse),
    /// The page's clock is this far ahead from now on.
    SetAhead(u64),
    SignOut,
    StorageBlocked,
}

/// The kind of an effect that has an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Send(RequestKind),
    Portal,
    Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quality {
    Good,
    Wrong,
    Refused,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReturnedResponse {
    Right,
    WrongState,
    NoState,
    WrongIssuer,
    Twice,
    Error,
    ErrorWithoutState,
}

/// How a page is configured.
#[derive(Debug, Clone, Copy)]
struct Page {
    by_window: bool,
    route: ExchangeRoute,
}

/// How A1 is exchanged for D, and where B comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExchangeRoute {
    Backend,
    BackendByPortal,
    AcsItself,
}

/// A page, a person, an authority, and an attacker.
struct World {
    session: Session,
    page: Page,
    now: u64,
    /// How far the page's clock is ahead.
    ahead: u64,
    /// The effects without an outcome, by attempt.
    open: Vec<(u32, Work)>,
    /// `state` and `nonce` of the last request to the authority.
    sent: (String, String),
    stored: Option<String>,
    /// The randomness of its retry delays.
    chance: u8,
    clicks: u8,
    proven: Proven,
}

/// What this attempt has proven so far.
#[derive(Debug, Default)]
struct Proven {
    /// The response had the state that was sent.
    state: bool,
    /// The ID token had the right claims.
    claims: bool,
    /// The signature of the ID token is the authority's.
    signature: bool,
    /// ACS issued a token.
    exchanged: bool,
    redeemed: u32,
}

impl World {
    fn new(page: Page) -> Self {
        Self::with_chance(page, 0)
    }

    fn with_chance(page: Page, chance: u8) -> Self {
        let opening = Opening { address: PAGE.to_owned(), ..Opening::default() };
        let (session, effects) = Session::begin(opening, Entropy { retry_delays: [chance; 32], ..entropy(0) });
        let mut world = Self {
            session,
            page,
            now: START,
            ahead: 0,
            open: Vec::new(),
            sent: Default::default(),
            stored: None,
            chance,
            clicks: 0,
            proven: Proven::default(),
        };
        world.perform(effects);
        world
    }

    fn is_signed_in(&self) -> bool {
        matches!(self.session.view_state(), ViewState::SignedIn { .. })
    }

    fn event(&mut self, event: Event) {
        let before = self.session.attempt();
        let placeholder = Session::begin(Opening::default(), entropy(0)).0;
        let session = std::mem::replace(&mut self.session, placeholder);
        let (session, effects) = session.update(event, self.now + self.ahead);
        self.session = session;
        if self.session.attempt() != before {
            self.proven = Proven::default();
        }
        self.perform(effects);
        assert!(!self.is_signed_in() || self.proven.exchanged, "signed in without a token of ACS");
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let attempt = self.session.attempt();
        let renewing = self.is_signed_in();
        for effect in effects {
            let work = match effect {
                Effect::Send(kind, _) => Work::Send(kind),
                Effect::RequestCallerToken => Work::Portal,
                Effect::VerifySignature { .. } => Work::Signature,
                Effect::Leave { url, transaction: Some(transaction) } => {
                    self.sent = (parameter(&url, "state"), parameter(&url, "nonce"));
                    self.stored = Some(transaction.expose().to_owned());
                    continue;
                }
                Effect::Greet(greeting) => {
                    self.sent = (parameter(&greeting.url, "state"), parameter(&greeting.url, "nonce"));
                    continue;
                }
                _ => continue,
            };
            if !renewing {
                self.assert_allowed(work);
            }
            self.open.push((attempt, work));
        }
    }

    /// SEC-003, SEC-009, SEC-010, SEC-011: each request must wait for the checks that it depends on.
    fn assert_allowed(&mut self, work: Work) {
        let Proven { state, claims, signature, .. } = self.proven;
        match work {
            Work::Send(RequestKind::Tokens) => {
                assert!(state, "a code is redeemed whose state was not checked");
                self.proven.redeemed += 1;
                assert_eq!(self.proven.redeemed, 1, "a code is redeemed twice");
            }
            Work::Send(RequestKind::CallerToken | RequestKind::Exchange) | Work::Portal => {
                assert!(state, "{work:?} before {:?}", self.proven);
                assert!(claims, "{work:?} before {:?}", self.proven);
                assert!(signature, "{work:?} before {:?}", self.proven);
            }
            _ => {}
        }
    }

    fn elapse(&mut self, seconds: u64, event: Event) {
        self.now += seconds;
        self.event(event);
    }

    fn step(&mut self, happening: &Move) {
        match *happening {
            Move::Active => self.event(Event::Active),
            Move::Click => {
                self.clicks += 1;
                let entropy = entropy(self.clicks);
                self.event(Event::SignIn { profile: None, choose_account: false, entropy });
            }
            Move::Deliver(which, quality) => {
                if !self.open.is_empty() {
                    let (attempt, work) = self.open.remove(which % self.open.len());
                    self.deliver(attempt, work, quality);
                }
            }
            Move::DeliverLate(work) => self.deliver(self.session.attempt().wrapping_sub(1), work, Quality::Good),
            Move::DeliverUnasked(work) => {
                let attempt = self.session.attempt();
                if !self.open.contains(&(attempt, work)) {
                    let outcome = self.outcome(work, Quality::Good);
                    self.event(Event::Done { attempt, outcome });
                }
            }
            Move::Elapse(seconds) => {
                // With an odd number of seconds, the device was asleep.
                self.elapse(seconds, if seconds % 2 == 0 { Event::Tick } else { Event::Awake });
            }
            Move::Forget => self.event(Event::Forget),
            Move::Hint => {
                self.event(Event::Hint(Hint { login_hint: Some("a&state=b".to_owned()), ..Hint::default() }));
            }
            Move::NoWindow => self.event(Event::NoWindow(NoWindow::Closed)),
            Move::Return(response) => self.come_back(response),
            Move::SetAhead(seconds) => {
                self.ahead = seconds;
                self.event(Event::Tick);
            }
            Move::SignOut => self.event(Event::SignOut),
            Move::StorageBlocked => self.event(Event::StorageBlocked),
        }
    }

    fn deliver(&mut self, attempt: u32, work: Work, quality: Quality) {
        let outcome = self.outcome(work, quality);
        if attempt == self.session.attempt() {
            let good = quality == Quality::Good;
            match work {
                Work::Send(RequestKind::Tokens) if !self.is_signed_in() => self.proven.claims = good,
                Work::Signature => self.proven.signature = good,
                Work::Send(RequestKind::Exchange) => self.proven.exchanged |= good,
                _ => {}
            }
        }
        self.event(Event::Done { attempt, outcome });
    }

    fn come_back(&mut self, response: ReturnedResponse) {
        let state = &self.sent.0;
        let text = match response {
            ReturnedResponse::Right => format!("code=c&state={state}"),
            ReturnedResponse::WrongState => format!("code=c&state={state}x"),
            ReturnedResponse::NoState => "code=c".to_owned(),
            ReturnedResponse::WrongIssuer => format!("code=c&state={state}&iss=https%3A%2F%2Fevil.example"),
            ReturnedResponse::Twice => format!("code=c&code=d&state={state}"),
            ReturnedResponse::Error => format!("error=access_denied&state={state}"),
            ReturnedResponse::ErrorWithoutState => "error=access_denied".to_owned(),
        };
        if self.page.by_window {
            self.proven.state |= response == ReturnedResponse::Right;
            return self.event(Event::AuthorizationResponse(RedactedText::new(text)));
        }
        // The page is loaded again. The stored transaction is valid for one response.
        let transaction = self.stored.take();
        self.proven =
            Proven { state: response == ReturnedResponse::Right && transaction.is_some(), ..Proven::default() };
        self.open.clear();
        let opening = Opening {
            address: PAGE.to_owned(),
            response: Some(RedactedText::new(text)),
            transaction: transaction.map(RedactedText::new),
            ..Opening::default()
        };
        let (session, effects) = Session::begin(opening, Entropy { retry_delays: [self.chance; 32], ..entropy(0) });
        self.session = session;
        self.perform(effects);
    }

    fn outcome(&self, work: Work, quality: Quality) -> Outcome {
        let kind = match work {
            Work::Signature => return Outcome::SignatureChecked(quality == Quality::Good),
            Work::Portal => {
                let caller = (quality == Quality::Good).then(|| CallerToken::from(SecretText::new("the-b".to_owned())));
                return Outcome::CallerToken(caller);
            }
            Work::Send(kind) => kind,
        };
        let refusal = || r#"{"error":"invalid_grant","error_description":"AADSTS70000"}"#.to_owned();
        let (status, body) = match quality {
            Quality::Good => (200, self.good(kind)),
            Quality::Wrong => (200, self.wrong(kind)),
            Quality::Refused => (400, refusal()),
            Quality::Failed => return Outcome::Responded(kind, Err(Failure::Unreachable)),
        };
        Outcome::Responded(kind, Ok(Response::plain(status, body)))
    }

    fn good(&self, kind: RequestKind) -> String {
        match kind {
            RequestKind::Config => config(self.page),
            RequestKind::Tokens => self.tokens(&self.sent.1, CLIENT),
            RequestKind::CallerToken => json!({
                "token_type": "Bearer", "access_token": "the-b", "scope": API, "refresh_token": "the-rt",
            })
            .to_string(),
            RequestKind::Exchange => {
                let hour = (9 + (self.now - START) / 3600).min(23);
                let token = json!({ "token": "the-d", "expiresOn": format!("2026-11-21T{hour:02}:59:59Z") });
                match self.page.route {
                    ExchangeRoute::AcsItself => json!({ "accessToken": token }).to_string(),
                    ExchangeRoute::Backend | ExchangeRoute::BackendByPortal => token.to_string(),
                }
            }
            RequestKind::Keys => {
                let key = json!({ "kty": "RSA", "use": "sig", "kid": "k1", "e": "AQAB", "n": "a".repeat(342) });
                json!({ "keys": [key] }).to_string()
            }
            RequestKind::Discovery
            | RequestKind::MailboxPoll
            | RequestKind::MailboxReservation
            | RequestKind::MailboxRelease
            | RequestKind::WarmUp => String::new(),
        }
    }

    /// A well-formed but wrong response.
    fn wrong(&self, kind: RequestKind) -> String {
        match kind {
            RequestKind::Tokens if self.now.is_multiple_of(2) => self.tokens("another-nonce", CLIENT),
            RequestKind::Tokens => self.tokens(&self.sent.1, "00000000-1111-4222-8333-444444444444"),
            RequestKind::CallerToken => json!({ "token_type": "mac", "access_token": "b" }).to_string(),
            RequestKind::Exchange => json!({ "token": "", "expiresOn": "2026-11-21T09:00:00Z" }).to_string(),
            RequestKind::Keys => json!({ "keys": [] }).to_string(),
            _ => "{}".to_owned(),
        }
    }

    fn tokens(&self, nonce: &str, audience: &str) -> String {
        let claims = json!({
            "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"), "aud": audience, "iat": self.now,
            "exp": self.now + 3600, "nonce": nonce, "sub": "s", "oid": "11111111-2222-3333-4444-555555555555",
            "tid": TENANT, "ver": "2.0",
        });
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let id_token = format!("{}.{}.c2ln", part(json!({ "alg": "RS256", "kid": "k1" })), part(claims));
        json!({
            "token_type": "Bearer", "access_token": "the-a1", "refresh_token": "the-rt", "id_token": id_token,
            "scope": match self.page.route {
                ExchangeRoute::AcsItself => "https://communication.azure.com/clients/VoIP".to_owned(),
                ExchangeRoute::Backend | ExchangeRoute::BackendByPortal => {
                    format!("{ACS}/Teams.ManageCalls {ACS}/Teams.ManageChats")
                }
            },
        })
        .to_string()
    }

    /// From now on there are no events of people, every request times out, and time passes.
    fn settle(&mut self) {
        for _ in 0..60 {
            for (attempt, work) in std::mem::take(&mut self.open) {
                self.deliver(attempt, work, Quality::Failed);
            }
            self.elapse(60, Event::Tick);
        }
    }

    /// Half an hour in which everything succeeds and the clock is right.
    fn recover(&mut self) {
        self.ahead = 0;
        for _ in 0..30 {
            for (attempt, work) in std::mem::take(&mut self.open) {
                self.deliver(attempt, work, Quality::Good);
            }
            self.elapse(60, Event::Tick);
        }
    }
}

fn config(Page { by_window, route }: Page) -> String {
    let exchange = match route {
        ExchangeRoute::AcsItself => json!({ "contract": "acs-entra", "url": "https://acs.example/" }),
        ExchangeRoute::Backend => {
            json!({ "contract": "quickstart", "url": "https://exchange.example/exchange", "scope": API })
        }
        ExchangeRoute::BackendByPortal => {
            json!({ "contract": "quickstart", "url": "https://exchange.example/exchange", "callerFrom": "portal" })
        }
    };
    json!({
        "clientId": CLIENT,
        "authority": "https://login.microsoftonline.com/organizations/",
        "redirectUri": PAGE,
        "signInBy": if by_window { "window" } else { "redirect" },
        "exchange": exchange,
    })
    .to_string()
}

fn entropy(number: u8) -> Entropy {
    Entropy {
        verifier: [number; 32],
        state: [number.wrapping_add(64); 32],
        nonce: [number.wrapping_add(128); 32],
        retry_delays: [0; 32],
    }
}

fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn works() -> impl Strategy<Value = Work> {
    prop_oneof![
        Just(Work::Signature),
        Just(Work::Send(RequestKind::Tokens)),
        Just(Work::Send(RequestKind::Keys)),
        Just(Work::Send(RequestKind::CallerToken)),
        Just(Work::Send(RequestKind::Exchange)),
        Just(Work::Send(RequestKind::Config)),
        Just(Work::Portal),
    ]
}

fn pages() -> impl Strategy<Value = Page> {
    let route =
        prop_oneof![Just(ExchangeRoute::Backend), Just(ExchangeRoute::BackendByPortal), Just(ExchangeRoute::AcsItself)];
    (any::<bool>(), route).prop_map(|(by_window, route)| Page { by_window, route })
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let quality = prop_oneof![
        8 => Just(Quality::Good), 1 => Just(Quality::Wrong), 1 => Just(Quality::Refused), 1 => Just(Quality::Failed)
    ];
    let response = prop_oneof![
        8 => Just(ReturnedResponse::Right), 1 => Just(ReturnedResponse::WrongState), 1 => Just(ReturnedResponse::NoState),
        1 => Just(ReturnedResponse::WrongIssuer), 1 => Just(ReturnedResponse::Twice), 1 => Just(ReturnedResponse::Error),
        1 => Just(ReturnedResponse::ErrorWithoutState)
    ];
    let happening = prop_oneof![
        24 => (any::<usize>(), quality).prop_map(|(which, quality)| Move::Deliver(which, quality)),
        6 => response.prop_map(Move::Return),
        6 => Just(Move::Click),
        4 => works().prop_map(Move::DeliverUnasked),
        2 => works().prop_map(Move::DeliverLate),
        4 => (0u64..1200).prop_map(Move::Elapse),
        1 => prop_oneof![Just(0), 0u64..86_400].prop_map(Move::SetAhead),
        1 => prop_oneof![
            Just(Move::Active), Just(Move::Forget), Just(Move::Hint), Just(Move::NoWindow), Just(Move::SignOut),
            Just(Move::StorageBlocked)
        ],
    ];
    vec(happening, 0..40)
}

fn after(page: Page, moves: &[Move]) -> World {
    let mut world = World::new(page);
    for happening in moves {
        world.step(happening);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    // The assertions are in `assert_allowed` and `event`.
    #[test]
    fn exchanges_only_tokens_of_a_validated_sign_in(page in pages(), moves in moves()) {
        after(page, &moves);
    }

    // SEC-021
    #[test]
    fn nothing_waits_forever(page in pages(), moves in moves()) {
        let mut world = after(page, &moves);
        world.settle();
        let view_state = world.session.view_state();
        // A person who is leaving has gone, or presses the button.
        let rests = matches!(
            view_state,
            ViewState::SignedOut { .. } | ViewState::SignedIn { .. } | ViewState::Stopped { .. } | ViewState::Leaving
        );
        prop_assert!(rests, "{view_state:?}");
    }

    // SEC-017, SEC-022: after any fault of the network, the clock or the responses.
    #[test]
    fn everyone_still_signed_in_after_recovery_has_a_token(page in pages(), moves in moves()) {
        let mut world = renewing(page, 0);
        for happening in &moves {
            world.step(happening);
        }
        world.recover();
        let view_state = world.session.view_state();
        let lacks = matches!(&view_state, ViewState::SignedIn { token: None, .. });
        prop_assert!(!lacks, "{view_state:?}");
    }

    // SEC-023: after an outage the pages retry at different times, and none before the peer allows it.
    #[test]
    fn a_failed_renewal_waits_as_long_as_the_peer_requires_and_at_most_half_as_long_again(
        page in pages(), chance: u8, retry_after in prop::option::of(0u64..2000)
    ) {
        let mut world = renewing(page, chance);
        let attempt = world.session.attempt();
        world.open.clear();
        let busy = Response { retry_after, ..Response::plain(429, "") };
        world.event(Event::Done { attempt, outcome: Outcome::Responded(RequestKind::Tokens, Ok(busy)) });
        let pause = retry_after.unwrap_or(0).clamp(30, 600);
        world.elapse(pause - 1, Event::Tick);
        prop_assert!(world.open.is_empty(), "the renewal starts too early");
        world.elapse(pause / 2 + 1, Event::Tick);
        prop_assert_eq!(world.open.len(), 1, "the renewal starts too late");
    }
}

/// A person is signed in, and their token is due for renewal.
fn renewing(page: Page, chance: u8) -> World {
    let mut world = World::with_chance(page, chance);
    let good = Move::Deliver(0, Quality::Good);
    for happening in [&good, &Move::Click, &Move::Return(ReturnedResponse::Right)] {
        world.step(happening);
    }
    for _ in 0..8 {
        world.step(&good);
    }
    assert!(world.is_signed_in(), "{:?}", world.session.view_state());
    world.step(&Move::Elapse(7200));
    assert_eq!(world.open.len(), 1, "a renewal is in flight");
    world
}

#[test]
fn a_person_signs_in_and_their_token_is_renewed() {
    // Without this, the properties could hold because no sign-in ever succeeds.
    for by_window in [false, true] {
        for route in [ExchangeRoute::Backend, ExchangeRoute::BackendByPortal, ExchangeRoute::AcsItself] {
            renewing(Page { by_window, route }, 0);
        }
    }
}
