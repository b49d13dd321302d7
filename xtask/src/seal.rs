use std::{env, fs, path::PathBuf};

use crate::failure::Failure;

/// Moves the wasm's hash in the index.html that Trunk has just made to the script element of `boot.js`, which enforces
/// it.
///
/// Trunk writes the hash on a preload link, where no browser enforces it. Chromium warns about that in the console, and
/// quotes the document's address, which contains the authorization code when a person comes back from Entra. A preload
/// without the hash does not serve a fetch with one, so the link is removed. `boot.js` fetches the wasm first.
pub(crate) fn run() -> Result<(), Failure> {
    let index = staging()?.join("index.html");
    let html = fs::read_to_string(&index).map_err(Failure::io(format!("reading {}", index.display())))?;
    let sealed = sealed(&html).ok_or(Failure::Unsealed)?;
    fs::write(&index, sealed).map_err(Failure::io(format!("writing {}", index.display())))
}

/// The directory of Trunk's build, from the variable that Trunk sets for its hooks.
pub(crate) fn staging() -> Result<PathBuf, Failure> {
    env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or(Failure::NoHook)
}

/// Moves the hash in a document. `None` if the document is not as Trunk makes it.
fn sealed(html: &str) -> Option<String> {
    let start = html.find("<link rel=\"preload\"")?;
    let end = start + html[start..].find('>')? + 1;
    let (_, value) = html[start..end].split_once(" integrity=\"")?;
    let (hash, _) = value.split_once('"')?;
    let without_link = format!("{}{}", &html[..start], &html[end..]);
    let script = without_link.find(" data-wasm=\"")?;
    let (before, after) = without_link.split_at(script);
    Some(format!("{before} data-integrity=\"{hash}\"{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = concat!(
        r#"<script type="module" src="/boot.js" data-js="/a.js" data-wasm="/a_bg.wasm"></script>"#,
        r#"<link rel="modulepreload" href="/a.js" integrity="sha384-js">"#,
        r#"<link rel="preload" href="/a_bg.wasm" crossorigin="anonymous" integrity="sha384-wasm" as="fetch">"#,
    );

    #[test]
    fn moves_the_hash_of_the_wasm_and_keeps_the_hash_of_the_script() {
        let expected = concat!(
            r#"<script type="module" src="/boot.js" data-js="/a.js""#,
            r#" data-integrity="sha384-wasm" data-wasm="/a_bg.wasm"></script>"#,
            r#"<link rel="modulepreload" href="/a.js" integrity="sha384-js">"#,
        );
        assert_eq!(sealed(MADE).as_deref(), Some(expected));
    }

    #[test]
    fn a_document_without_a_hash_is_not_sealed() {
        assert_eq!(sealed(&MADE.replace(" integrity=\"sha384-wasm\"", "")), None);
        assert_eq!(sealed(""), None);
    }
}
