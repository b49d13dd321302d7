//! The examples in the documentation of the wire types are messages of these types.

use messages::{Connect, FromPortal, FromVault, FromWindow, ToVault};

/// Whether a text is a message.
type Reads = fn(&str) -> bool;

/// The lines of JSON in the documentation right before this item.
fn examples<'a>(source: &'a str, item: &str) -> Vec<&'a str> {
    let (before, _) = source.split_once(item).expect("the file has the item");
    let (_, documentation) = before.rsplit_once("\n\n").expect("an empty line is before the documentation");
    let (_, json) = documentation.split_once("/// ```json\n").expect("the documentation has an example");
    json.lines().map_while(|line| line.strip_prefix("/// ").filter(|line| !line.starts_with("```"))).collect()
}

fn reads(text: &str) -> bool {
    FromVault::read(text).is_ok()
}

#[test]
fn documented_examples_can_be_read() {
    let from_portal = include_str!("../src/from_portal.rs");
    let from_vault = include_str!("../src/from_vault.rs");
    let to_vault = include_str!("../src/to_vault.rs");
    let windows = include_str!("../src/window_messages.rs");
    let problem = include_str!("../src/problem.rs");
    let types: [(&str, &str, Reads); 7] = [
        (from_portal, "pub enum FromPortal", |text| FromPortal::parse(text).is_some()),
        (from_portal, "pub struct Connect", |text| Connect::parse(text).is_some()),
        (from_vault, "pub enum FromVault", reads),
        (from_vault, "pub struct SignInMethod", |text| {
            let others = r#""byWindow":false,"portals":[],"branding":{},"developerTools":false"#;
            reads(&format!(r#"{{"site":{{"site":{{"signInMethods":[{text}],{others}}}}}}}"#))
        }),
        (to_vault, "pub enum ToVault", |text| ToVault::read(text).is_ok()),
        (windows, "pub enum FromWindow", |text| FromWindow::parse(text).is_some()),
        (problem, "pub struct Problem", |text| {
            reads(&format!(r#"{{"viewState":{{"viewState":{{"stopped":{{"problem":{text}}}}}}}}}"#))
        }),
    ];
    for (source, item, reads) in types {
        let examples = examples(source, item);
        assert_ne!(examples, [""; 0], "{item} has no example");
        for example in examples {
            assert!(reads(example), "{item}: {example}");
        }
    }
}
