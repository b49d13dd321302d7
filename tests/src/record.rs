use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use azure_emulator::Emulator;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;

/// Sends all messages to the page's own host as they are posted or read. It precedes the first script of a document, so
/// that no message is missed.
const RECORDER: &str = "{
    const queue = [];
    const send = () => {
        if (queue.length === 0) return;
        const request = { method: 'POST', body: queue.splice(0).join('\\n') };
        // `keepalive` lets the request of a closing document finish, up to a limit of the browser.
        fetch('/said', { ...request, keepalive: true }).catch(() => fetch('/said', request)).catch(() => {});
    };
    addEventListener('pagehide', send);
    // In batches: a flood of messages must not become a flood of requests.
    const note = (kind, message) => { if (queue.push(`${kind} ${message}`) === 1) setTimeout(send, 20) };
    for (const kind of [globalThis.Worker, globalThis.MessagePort, globalThis.BroadcastChannel].filter(Boolean)) {
        const post = kind.prototype.postMessage;
        kind.prototype.postMessage = function (message, ...rest) { note('posted', message); return post.call(this, message, ...rest); };
    }
    const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
    Object.defineProperty(MessageEvent.prototype, 'data', { get() { const message = data.get.call(this); note('read', message); return message; } });
}
";

/// All messages between page, window, vault and portal, as `posted …` and `read …`.
///
/// `return.html` is not recorded, because its policy allows no such requests. Its messages are recorded where they are
/// read.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    messages: Vec<String>,
    allowed: Vec<String>,
    violations_allowed: bool,
}

impl Record {
    /// The script that records, and the scripts of the page that it precedes.
    pub(crate) fn script() -> (&'static str, [&'static str; 2]) {
        (RECORDER, ["boot.js", "window.js"])
    }

    /// Adds messages, one a line.
    pub fn add(&self, messages: &[u8]) {
        let text = String::from_utf8_lossy(messages);
        self.notes().messages.extend(text.lines().map(str::to_owned));
    }

    /// All messages so far.
    pub fn messages(&self) -> Vec<String> {
        self.notes().messages.clone()
    }

    /// Allows this token from now on, for a test that takes it on purpose.
    pub fn allow(&self, token: &str) {
        self.notes().allowed.push(token.to_owned());
    }

    /// Allows violations of the Content Security Policy, for a test that causes them on purpose.
    pub fn allow_violations(&self) {
        self.notes().violations_allowed = true;
    }

    /// Fails if a browser has reported a violation of the Content Security Policy, by a document or by the vault.
    pub fn expect_no_violation(&self) {
        let notes = self.notes();
        let violations: Vec<_> = notes.messages.iter().filter(|message| message.contains("\"csp-report\":{")).collect();
        assert!(violations.is_empty() || notes.violations_allowed, "violations of the policy: {violations:#?}");
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if a message contains a secret (SEC-040, SEC-046, SEC-047): a refresh token, a token that is not of ACS,
    /// or a verifier whose challenge went to Entra. Only the verifier of the redirect flow is allowed, because it
    /// crosses from the vault to `sessionStorage` and back.
    pub fn expect_no_secret(&self, emulator: &Emulator) {
        let (messages, allowed) = (self.messages(), self.notes().allowed.clone());
        let text = messages.join("\n");
        let challenges: Vec<_> = text.split("code_challenge=").skip(1).filter_map(|rest| rest.get(..43)).collect();
        let by_window = text.contains("{\"greet\":");
        for message in &messages {
            let keeps_verifier = !by_window && ["{\"leave\":", "{\"begin\":"].iter().any(|kind| message.contains(kind));
            let words = message.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
            for word in words.filter(|word| !allowed.iter().any(|token| token == word)) {
                assert!(
                    !word.starts_with("eyJ") || is_of_acs(word),
                    "a message has a token that is not of ACS: {message}"
                );
                assert!(!emulator.has_issued_refresh_token(word), "a message has a refresh token: {message}");
                let is_verifier = || {
                    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, word.as_bytes()));
                    challenges.contains(&&*challenge)
                };
                assert!(keeps_verifier || word.len() != 43 || !is_verifier(), "a message has a verifier: {message}");
            }
        }
    }
}

/// Whether ACS issued a JWT: only its tokens have the claim `skypeid`.
fn is_of_acs(token: &str) -> bool {
    let claims = token.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
    let claims: Value = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).unwrap_or_default();
    claims["skypeid"].is_string() && claims["aud"].is_null()
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_emulator::{Clock, Options};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn jwt(claims: &str) -> String {
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    fn is_refused(messages: &[&str]) -> bool {
        let url = || "http://localhost:9".to_owned();
        let options = Options { entra_url: url(), acs_url: url(), clock: Clock::stopped_at(0), coop: false };
        let record = Record::default();
        messages.iter().for_each(|message| record.add(message.as_bytes()));
        let emulator = Emulator::new(options);
        catch_unwind(AssertUnwindSafe(|| record.expect_no_secret(&emulator))).is_err()
    }

    #[test]
    fn finds_violations_in_a_record_unless_they_are_allowed() {
        let fails = |record: &Record| catch_unwind(AssertUnwindSafe(|| record.expect_no_violation())).is_err();
        let record = Record::default();
        record.add(b"posted {}");
        assert!(!fails(&record));
        record.add(br#"{"type":"csp-violation","csp-report":{"violated-directive":"img-src"}}"#);
        assert!(fails(&record));
        record.allow_violations();
        assert!(!fails(&record));
    }

    #[test]
    fn finds_secrets_in_a_record() {
        // RFC 7636, appendix B
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let greeting = r#"read {"url":"https://x/?code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&a=b"}"#;
        let d = jwt(r#"{"skypeid":"8:orgid:a"}"#);
        assert!(!is_refused(&[greeting, &format!("posted {{\"token\":\"{d}\"}}")]));
        assert!(is_refused(&[greeting, &format!("posted {{\"x\":\"{verifier}\"}}")]));
        let leave = format!("posted {{\"leave\":{{\"transaction\":\"{verifier}\"}}}}");
        assert!(!is_refused(&[greeting, &leave]), "by redirect");
        assert!(is_refused(&[greeting, &leave, "read {\"greet\":{}}"]), "by a window");
        for claims in [r#"{"aud":"api"}"#, r#"{"skypeid":"8:orgid:a","aud":"api"}"#, "{}", "no claims"] {
            assert!(is_refused(&[&format!("posted {{\"token\":\"{}\"}}", jwt(claims))]), "{claims}");
        }
        assert!(is_refused(&["posted eyJub3RoaW5nIjoxfQ"]));
    }
}
