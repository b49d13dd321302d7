//! The files that the page's documents and scripts name, so that a check needs no copy of the page.

/// The endings of files that are loaded.
const LOADED: [&str; 7] = [".js", ".json", ".wasm", ".css", ".svg", ".png", ".webp"];

/// The paths of the files that a document or a script at `from` names: quoted texts that end like a file.
pub(super) fn named_in(from: &str, text: &str) -> Vec<String> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut paths: Vec<String> = text
        .split(['"', '\'', '`'])
        .filter(|quoted| LOADED.iter().any(|end| quoted.ends_with(end)))
        .filter_map(|quoted| path(folder, quoted))
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// The path of a reference, relative to the folder of the file that has it.
fn path(folder: &str, reference: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if !reference.chars().all(is_plain) || reference.contains("..") || reference.contains("//") {
        return None;
    }
    match reference.strip_prefix('/') {
        Some(_) => Some(reference.to_owned()),
        None => Some(format!("{folder}/{}", reference.trim_start_matches("./"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_files_that_a_document_and_a_script_name() {
        let document = r#"<script src="/boot-1.js"></script><link href='./style-2.css'><b data-vault="vault/a-3.js">"#;
        assert_eq!(named_in("/index.html", document), ["/boot-1.js", "/style-2.css", "/vault/a-3.js"]);
        assert_eq!(
            named_in("/vault/a-3.js", "import('./vault-4.js'); 'vault-4_bg.wasm'"),
            ["/vault/vault-4.js", "/vault/vault-4_bg.wasm"]
        );
        assert!(named_in("/", r#""https://cdn.example/x.js" "../x.js" "a b.js""#).is_empty());
    }
}
