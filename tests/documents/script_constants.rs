//! Compares the constants that Rust code and JavaScript share. `boot.js`, `public/*.js` and the embed SDK are shipped
//! as they are, so nothing generates them from the Rust code.

use std::collections::BTreeSet;

use messages::{MAX_AUTHORIZATION_RESPONSE, MAX_OPENING_TEXT, PORTAL_PROTOCOL};
use serde_json::Value;
use sign_in::{
    authority::Authority,
    callback::{self, CallbackError},
    http::TIMEOUT_MS,
    pkce::State,
};

use crate::text::{between, between_all, constant, number, text_of, word};

const BOOT: &str = "boot.js";
const LOADER: &str = "public/vault_loader.js";
const WINDOW: &str = "public/window.js";
const RETURN: &str = "public/return.js";
const SDK: &str = "embed-sdk/acs-sign-in.js";
const NAVIGATION: &str = "src/browser/navigation.rs";
const PORTAL_MESSAGES: &str = "src/portal_messages.rs";
const SIGN_IN_WINDOW: &str = "src/browser/sign_in_window.rs";

#[test]
fn constants_with_one_value_have_it_everywhere() {
    let known_hosts = "crates/sign-in/src/authority.rs";
    for (script, name, other, other_name) in [
        (BOOT, "TRANSACTION", NAVIGATION, "TRANSACTION"),
        (BOOT, "REMEMBERED", NAVIGATION, "REMEMBERED"),
        (WINDOW, "CLOUDS", known_hosts, "KNOWN_HOSTS"),
        (SDK, "ACTIVITY", NAVIGATION, "ACTIVITY"),
        (WINDOW, "RETURN", RETURN, "RETURN"),
    ] {
        assert_eq!(constant(script, name), constant(other, other_name), "{name} of {script} and {other}");
    }
    assert_eq!(number(SDK, "ACTIVITY_EVERY_MS"), number(NAVIGATION, "ACTIVITY_EVERY_MS"));
    assert_eq!(number(SDK, "VERSION"), u64::from(PORTAL_PROTOCOL));
    // Both limit the load of the vault.
    assert_eq!(number(LOADER, "TIMEOUT_MS"), number(BOOT, "TIMEOUT_MS"));
    assert_eq!(number(LOADER, "RESPONSE_TIMEOUT_MS"), u64::from(TIMEOUT_MS));
    for script in [LOADER, BOOT] {
        assert!(text_of(script).contains(" 'vault of a return'"), "the name of the vault in {script}");
    }
    // Both limit a request to the exchange service.
    assert_eq!(number(RETURN, "MAILBOX_MS"), u64::from(TIMEOUT_MS));
}

#[test]
fn constants_that_bound_each_other_are_in_order() {
    let seconds = |path, name| 1000 * number(path, name);
    for (shorter, longer, rule) in [
        (
            3 * number(WINDOW, "HEARTBEAT_MS"),
            number(SIGN_IN_WINDOW, "MAX_SILENCE_MS"),
            "two lost heartbeats end no window",
        ),
        (u64::from(TIMEOUT_MS), number(WINDOW, "GREETING_MS"), "a mailbox is reserved before the greeting"),
        (
            3 * number(SDK, "GREETING_EVERY_MS"),
            seconds("src/embedded.rs", "GREETING_TIMEOUT"),
            "the SDK greets several times before the page stops waiting",
        ),
        (
            seconds(PORTAL_MESSAGES, "RENEWAL_TIMEOUT") + seconds(PORTAL_MESSAGES, "TIMER_MARGIN"),
            number(SDK, "RESPONSE_MS"),
            "the page refuses before the SDK stops waiting",
        ),
        (
            number(SDK, "ENOUGH_LIFE_MS"),
            seconds(PORTAL_MESSAGES, "MIN_TOKEN_SECONDS"),
            "the page sends no token that the SDK rejects",
        ),
    ] {
        assert!(shorter < longer, "{rule}: {shorter} and {longer}");
    }
}

#[test]
fn the_window_checks_the_request_that_the_vault_makes() {
    let window = text_of(WINDOW);
    let authorize = text_of("crates/sign-in/src/authorize.rs");
    let checks: Vec<_> = between_all(&window, "only('", "'").collect();
    for name in &checks {
        assert!(authorize.contains(&format!(".append_pair(\"{name}\", ")), "{name}");
    }
    for name in ["response_type", "response_mode", "code_challenge_method"] {
        let value = between(&window, &format!("only('{name}') === '"), "'");
        assert!(authorize.contains(&format!(".append_pair(\"{name}\", \"{value}\")")), "{name}={value}");
    }
    let document = between(&window, "new URL('", "', config.redirectUri)");
    assert!(text_of("crates/sign-in/src/config/mod.rs").contains(&format!("/{document}\")")), "{document}");

    let path = between(&window, "replace(/\\/$/, '')}", "`");
    let authority = Authority::parse("https://login.microsoftonline.com/organizations").unwrap();
    let endpoints = authority.known_endpoints().unwrap();
    assert_eq!(endpoints.authorization, format!("https://login.microsoftonline.com/organizations{path}"));

    let longest = between(&constant(WINDOW, "MAILBOX_ID"), "{1,", "}").to_owned();
    let rust = text_of("crates/sign-in/src/session/return_mailbox.rs");
    assert!(
        rust.contains(&format!("(1..={longest}).contains(&id.len())")),
        "the id of a mailbox has {longest} characters"
    );
}

#[test]
fn the_window_reads_keys_that_the_configuration_has() {
    let schema: Value = serde_json::from_str(&text_of("public/config.schema.json")).unwrap();
    let mut known = BTreeSet::new();
    collect_properties(&schema, &mut known);
    let types = text_of("xtask/javascript/page.d.ts");
    let (profile, page) = (declared(&types, "interface Profile"), declared(&types, "interface PageConfig"));
    let read: Vec<_> = profile.iter().chain(&page).collect();
    assert_eq!(read.len(), 5, "{read:?}");
    for key in read {
        assert!(known.contains(key), "{key}");
    }
}

/// An authorization response contains only ASCII characters, because browsers encode all others in an address. So its
/// characters are bytes.
#[test]
fn an_authorization_response_has_one_limit() {
    let limit = MAX_AUTHORIZATION_RESPONSE as u64;
    for script in [BOOT, RETURN] {
        assert_eq!(number(script, "MAX_AUTHORIZATION_RESPONSE"), limit, "{script}");
        assert!(!text_of(script).contains("slice(0"), "{script} cuts a text, and a part of a response can look valid");
    }
    // A mailbox takes the unchanged body of a request, and rejects a longer one.
    let body = text_of("crates/exchange-service/src/http/body.rs");
    assert!(body.contains("const MAX_BODY: usize = MAX_AUTHORIZATION_RESPONSE;"), "{body}");
}

#[test]
fn scripts_replace_a_response_that_is_too_long_by_one_that_is_malformed() {
    let endpoints =
        Authority::parse("https://login.microsoftonline.com/organizations").unwrap().known_endpoints().unwrap();
    let boot = text_of(BOOT);
    let too_long = between(&boot, "const TOO_LONG = '", "';");
    assert!(text_of(RETURN).contains(&format!("return `{too_long}&${{")), "{RETURN} sends {too_long}, too");
    let sent = || State::new(&[1; 32]);
    for response in [too_long.to_owned(), format!("{too_long}&state={}", sent().as_str())] {
        assert!(callback::is_authorization_response(&response), "{response}");
        assert_eq!(callback::check(&response, sent(), &endpoints).unwrap_err(), CallbackError::Malformed, "{response}");
    }
    assert!(callback::belongs(&format!("{too_long}&state={}", sent().as_str()), &sent()), "it ends the window flow");
}

/// `ToVault::MAX_LENGTH` has room for one authorization response and three other texts.
#[test]
fn each_text_that_boot_js_sends_to_the_vault_has_a_limit() {
    let boot = text_of(BOOT);
    assert_eq!(number(BOOT, "MAX_OPENING_TEXT"), MAX_OPENING_TEXT as u64);
    for limited in [
        "received.length > MAX_AUTHORIZATION_RESPONSE ? TOO_LONG : received;",
        "text.length <= MAX_OPENING_TEXT && text.isWellFormed() ? text : null;",
        "address: checked(location.origin + location.pathname) ?? '',",
        "return checked(text);",
        "return checked(sessionStorage.getItem(REMEMBERED));",
    ] {
        assert_eq!(boot.matches(limited).count(), 1, "{limited}");
    }
}

/// There is no module for it. It would be requested after the script that imports it, so that each window waits for one
/// more round trip, and a deployment between the two requests could mix versions. `boot.js` gives integrity to the
/// files that it loads; a static import has none.
#[test]
fn functions_that_both_windows_use_are_the_same_text() {
    let show = |path| between(&text_of(path), "\nfunction show(", "\n}\n").to_owned();
    assert_eq!(show(WINDOW), show(RETURN));
}

/// `xtask/javascript/page.d.ts` declares these elements to TypeScript.
#[test]
fn documents_have_the_elements_that_their_scripts_use() {
    for (script, document) in [(BOOT, "index.html"), (WINDOW, "public/window.html"), (RETURN, "public/return.html")] {
        let (script, document) = (text_of(script), text_of(document));
        let ids: Vec<_> = between_all(&script, "getElementById('", "'").collect();
        assert!(!ids.is_empty());
        for id in ids {
            assert!(document.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}

/// Trunk fills in three of them. The build of crates/page-host adds the hash of the wasm.
#[test]
fn each_attribute_that_boot_js_reads_is_written_in_its_place() {
    let (boot, trunk) = (text_of(BOOT), text_of("Trunk.toml"));
    let build = text_of("crates/page-host/src/files/html.rs");
    let read: BTreeSet<_> = boot.split("script.dataset.").skip(1).map(word).collect();
    assert_eq!(read, BTreeSet::from(["integrity", "vault", "wasm", "js"]));
    assert!(boot.contains("const script = document.querySelector('script[data-js]');"));

    let element = between(&trunk, "pattern_script = '", "'\n");
    assert!(element.contains(" src=\"{base}boot.js\""), "{element}");
    for name in ["js", "wasm"] {
        assert!(element.contains(&format!(" data-{name}=\"{{base}}{{{name}}}\"")), "data-{name}: {element}");
        assert!(build.contains(&format!("\"data-{name}\"")), "data-{name}: {build}");
    }
    assert!(element.contains(" data-vault=\"{base}vault/vault_loader.js\""), "{element}");
    assert!(build.contains("\"data-wasm\" => \"data-integrity\","), "{build}");
}

#[test]
fn the_build_copies_the_file_that_starts_the_vault() {
    let copied = "<link data-trunk rel=\"copy-file\" href=\"public/vault_loader.js\" data-target-path=\"vault\">";
    assert!(text_of("index.html").contains(copied), "{copied}");
    // The build replaces these by names and hashes.
    let loader = text_of("public/vault_loader.js");
    for name in ["vault.js", "vault_bg.wasm"] {
        assert_eq!(loader.matches(&format!("['../{name}', '']")).count(), 1, "{name}");
    }
}

/// The names of the fields of an interface.
fn declared(types: &str, interface: &str) -> Vec<String> {
    let start = format!("{interface} ");
    let body = between(types, &start, "\n}\n").split_once('{').expect("an interface has a body").1;
    body.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| word(line).to_owned()).collect()
}

fn collect_properties(schema: &Value, known: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        known.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(members) => members.values().for_each(|member| collect_properties(member, known)),
        Value::Array(items) => items.iter().for_each(|item| collect_properties(item, known)),
        _ => {}
    }
}
