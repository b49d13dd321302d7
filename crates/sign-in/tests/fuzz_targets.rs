//! The fuzz targets as a test of limited length: with their corpus, with changed texts of the corpus, and with random
//! bytes (SEC-135).
//!
//! libFuzzer finds more, but needs a nightly toolchain: `cargo +nightly fuzz run callback`.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// A small change of a text.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index),
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // Random bytes rarely contain parts of the formats, so these are added.
    let piece = prop_oneof![
        vec(any::<u8>(), 1..8),
        prop::sample::select(vec!["&state=", "code=", "%", ".", "\"", "{", "[", "null", "-1", "\u{0}", "\u{202e}"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let change = prop_oneof![
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), piece).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ];
    vec(change, 0..6)
}

fn changed(mut data: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for change in changes {
        if data.is_empty() {
            break;
        }
        let length = data.len();
        match change {
            Change::Cut(at) => data.truncate(at.index(length)),
            Change::Replace(at, byte) => data[at.index(length)] = byte,
            Change::Insert(at, piece) => drop(data.splice(at.index(length)..at.index(length), piece)),
            Change::Repeat(from, to) => {
                let part = data[from.index(length).min(to.index(length))..].to_vec();
                data.extend(part);
            }
        }
    }
    data
}

fn feed(name: &str, target: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let corpus: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(corpus.len() > 2, "the corpus of {name} is there");
    corpus.iter().for_each(|data| target(data));
    let near = (prop::sample::select(corpus), changes()).prop_map(|(data, changes)| changed(data, changes));
    let anything = prop_oneof![4 => near, 1 => vec(any::<u8>(), 0..400)];
    let config = ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&anything, |data| {
            target(&data);
            Ok(())
        })
        .unwrap();
}

// SEC-005
#[test]
fn any_authorization_response_is_accepted_only_with_the_sent_state() {
    feed("callback", targets::callback);
}

// SEC-012
#[test]
fn any_token_response_is_read_or_refused() {
    feed("token_response", targets::token_response);
}

// SEC-009
#[test]
fn any_id_token_admits_only_the_person_that_it_names() {
    feed("id_token", targets::id_token);
}

// SEC-045, SEC-047
#[test]
fn any_portal_or_window_message_is_known_or_ignored() {
    feed("portal_messages", targets::portal_messages);
}

// SEC-030
#[test]
fn any_accepted_configuration_has_only_protected_addresses() {
    feed("config", targets::config);
}
