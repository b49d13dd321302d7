//! Writes the final names and hashes into a document.

use super::source::without_hash;

/// A file that a document names.
pub(super) struct File<'a> {
    /// Its path, without the slash at its start.
    pub(super) path: &'a str,
    /// Its hash. The vault's first file has none: no browser compares the first file of a worker.
    pub(super) integrity: Option<String>,
}

/// The attributes with names of files.
const REFERENCES: [&str; 5] = ["src", "href", "data-js", "data-vault", "data-wasm"];

/// Replaces the names of files in attributes and in text, and gives hashes to the elements that load them. Comments and
/// empty lines are left out.
///
/// # Errors
///
/// A name for which `find` has no file.
pub(super) fn complete<'a>(document: &str, find: impl Fn(&str) -> Option<File<'a>>) -> Result<String, String> {
    let mut completed = String::new();
    let mut rest = document;
    while let Some(start) = rest.find('<') {
        completed.push_str(&in_text(&rest[..start], &find));
        rest = &rest[start..];
        let is_comment = rest.starts_with("<!--");
        let (end, after) = if is_comment { ("-->", 3) } else { (">", 1) };
        let length = rest.find(end).map_or(rest.len(), |at| at + after);
        if !is_comment {
            completed.push_str(&in_tag(&rest[..length], &find)?);
        }
        rest = &rest[length..];
    }
    completed.push_str(&in_text(rest, &find));
    Ok(completed.lines().filter(|line| !line.trim().is_empty()).flat_map(|line| [line, "\n"]).collect())
}

/// A text can name a file, for the owner of the site.
fn in_text<'a>(text: &str, find: &impl Fn(&str) -> Option<File<'a>>) -> String {
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    let words = text.split_inclusive(|character| !is_name(character));
    let named = |word: &str| {
        let name = word.trim_end_matches(|character| !is_name(character));
        find(name.trim_end_matches('.'))
            .map_or(word.to_owned(), |file| word.replacen(name.trim_end_matches('.'), file.path, 1))
    };
    words.map(named).collect()
}

fn in_tag<'a>(tag: &str, find: &impl Fn(&str) -> Option<File<'a>>) -> Result<String, String> {
    // Trunk's own hashes are those of files with other names.
    let mut tag = without(&without(&without(tag, "integrity"), "data-integrity"), "crossorigin");
    for attribute in REFERENCES {
        let Some((at, value)) = value_of(&tag, attribute) else { continue };
        let length = value.len();
        let name = value.strip_prefix("./").unwrap_or(value).to_owned();
        // The folder of the page itself.
        if name.is_empty() {
            continue;
        }
        let file = find(&without_hash(&name)).ok_or_else(|| name.clone())?;
        tag.replace_range(at..at + length, &format!("./{}", file.path));
        let integrity = match attribute {
            "src" | "href" => "integrity",
            "data-wasm" => "data-integrity",
            _ => continue,
        };
        let end = at + "./".len() + file.path.len() + "\"".len();
        let hash = file.integrity.ok_or(name)?;
        tag.insert_str(end, &format!(" {integrity}=\"{hash}\""));
    }
    Ok(tag)
}

/// Where the value of an attribute begins, and the value.
fn value_of<'t>(tag: &'t str, attribute: &str) -> Option<(usize, &'t str)> {
    let before = format!(" {attribute}=\"");
    let at = tag.find(&before)? + before.len();
    Some((at, tag[at..].split_once('"')?.0))
}

fn without(tag: &str, attribute: &str) -> String {
    match value_of(tag, attribute) {
        Some((_, value)) => tag.replacen(&format!(" {attribute}=\"{value}\""), "", 1),
        None => tag.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Option<File<'static>> {
        let integrity = |hash: &str| Some(format!("sha384-{hash}"));
        match name {
            "a.js" => Some(File { path: "a-1.js", integrity: integrity("a") }),
            "b_bg.wasm" => Some(File { path: "b-2_bg.wasm", integrity: integrity("b") }),
            "l.js" => Some(File { path: "v/l-3.js", integrity: None }),
            _ => None,
        }
    }

    #[test]
    fn gives_names_and_hashes_to_elements() {
        let script = r#"<script type="module" src="./a.js" data-vault="./l.js" data-wasm="./b-00ad08fe41b85f3d_bg.wasm"></script>"#;
        let expected = concat!(
            r#"<script type="module" src="./a-1.js" integrity="sha384-a" data-vault="./v/l-3.js""#,
            r#" data-wasm="./b-2_bg.wasm" data-integrity="sha384-b"></script>"#,
            "\n"
        );
        assert_eq!(complete(script, find).unwrap(), expected);
        // Names without `./` become relative, too, and Trunk's hash is replaced.
        let link = r#"<link rel="stylesheet" href="a.js" integrity="sha384-old"/>"#;
        assert_eq!(
            complete(link, find).unwrap(),
            "<link rel=\"stylesheet\" href=\"./a-1.js\" integrity=\"sha384-a\"/>\n"
        );
    }

    #[test]
    fn names_files_in_text_and_leaves_out_comments_and_empty_lines() {
        let text = "<p>\n  \n  Look at a.js, or a.js.</p><!-- a.js -->\n";
        assert_eq!(complete(text, find).unwrap(), "<p>\n  Look at a-1.js, or a-1.js.</p>\n");
    }

    #[test]
    fn keeps_the_folder_of_the_page() {
        assert_eq!(complete(r#"<a href="./">Here</a>"#, find).unwrap(), "<a href=\"./\">Here</a>\n");
    }

    #[test]
    fn refuses_other_names() {
        for name in ["c.js", "https://cdn.example/a.js", "/a.js", "../a.js"] {
            let html = format!("<script src=\"{name}\"></script>");
            assert_eq!(complete(&html, find).unwrap_err(), name, "{name}");
        }
        // Nothing could compare the script.
        assert_eq!(complete(r#"<script src="l.js"></script>"#, find).unwrap_err(), "l.js");
    }
}
