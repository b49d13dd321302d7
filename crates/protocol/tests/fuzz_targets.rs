//! The fuzz targets as a test that ends: their corpus, the corpus with something changed in it, and bytes by chance
//! (SEC-135).
//! libFuzzer goes further, but needs a nightly toolchain: `cargo +nightly fuzz run callback`, and so on.

#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestRunner};

#[path = "../../../fuzz/targets.rs"]
mod targets;

/// Something that changes a text a little.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index),
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // What the formats are made of comes up more often than chance would have it.
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
fn whatever_comes_back_from_the_authority_is_taken_for_what_it_is() {
    feed("callback", targets::callback);
}

// SEC-012
#[test]
fn whatever_the_token_endpoint_answers_is_read_or_refused() {
    feed("token_response", targets::token_response);
}

// SEC-009
#[test]
fn whatever_is_called_an_id_token_lets_in_nobody_but_its_person() {
    feed("id_token", targets::id_token);
}

// SEC-045, SEC-047
#[test]
fn whatever_is_said_around_the_page_is_a_known_question_or_nothing() {
    feed("portal_messages", targets::portal_messages);
}

// SEC-030
#[test]
fn whatever_the_configuration_says_leads_nowhere_unprotected() {
    feed("config", targets::config);
}
