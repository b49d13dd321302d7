use std::{collections::BTreeSet, fs};

use tempfile::TempDir;

use super::*;
use crate::{Addresses, Choices};

const INDEX: &str = r#"<!doctype html>
<link rel="stylesheet" href="./main-19b4a9115edf1204.css" integrity="sha384-trunk"/>
<link rel="icon" href="./icon-1efd5f9a7d09c70.svg"/>
<link data-language="de" href="languages/de.json">
<script type="module" src="./boot.js" data-vault="./vault/vault_loader.js" data-js="./acs-sign-in-ad08fe41b85f3d64.js" data-wasm="./acs-sign-in-ad08fe41b85f3d64_bg.wasm"></script>
<link rel="modulepreload" href="./acs-sign-in-ad08fe41b85f3d64.js">
</head>
<section id="boot-card" class="card"><p>boot.js must arrive.</p>
<div id="boot-sign-in" hidden></div>
"#;

const LOADER_SCRIPT: &str =
    "const FILES = [\n  ['../vault.js', ''],\n  ['../vault_bg.wasm', ''],\n];\nconst ON_RETURN = [];\n";

/// A folder as Trunk writes it.
fn dist() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["embed", "languages", "vault"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let window = |script: &str| {
        format!(r#"<link rel="stylesheet" href="window.css"><script src="{script}"></script><a href="./">Back</a>"#)
    };
    for (name, text) in [
        ("404.html", "<p>not found</p>"),
        ("acs-sign-in-ad08fe41b85f3d64.js", "new URL('acs-sign-in_bg.wasm', import.meta.url)"),
        ("acs-sign-in-ad08fe41b85f3d64_bg.wasm", "the page"),
        ("boot.js", "boot"),
        ("config.json", "{\"development\": true}"),
        ("config.schema.json", "{}"),
        ("embed/acs-sign-in.js", "sdk"),
        ("icon-1efd5f9a7d09c70.svg", "<svg/>"),
        ("index.html", INDEX),
        ("languages/de.json", "{}"),
        ("languages/en.json", "{ }"),
        ("main-19b4a9115edf1204.css", "body {}"),
        ("return.html", &window("return.js")),
        ("return.js", "return"),
        ("vault.js", "new URL('vault_bg.wasm', import.meta.url)"),
        ("vault_bg.wasm", "the vault"),
        (LOADER, LOADER_SCRIPT),
        ("window.css", "p {}"),
        ("window.html", &window("window.js")),
        ("window.js", "window"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn profile(exchange: &str) -> HeaderProfile {
    HeaderProfile::new(Addresses { exchanges: vec![exchange.to_owned()], ..Addresses::default() }, Choices::default())
}

fn try_build(folder: &TempDir) -> Result<SiteFiles, String> {
    SiteFiles::build(folder.path(), "{}", &profile("https://a.example")).map_err(|error| error.to_string())
}

fn build(folder: &TempDir) -> SiteFiles {
    try_build(folder).unwrap()
}

fn text<'a>(files: &'a SiteFiles, path: &str) -> &'a str {
    std::str::from_utf8(files.get(path).unwrap()).unwrap()
}

fn paths(files: &SiteFiles) -> BTreeSet<String> {
    files.paths().map(str::to_owned).collect()
}

#[test]
fn each_file_has_a_hash_in_its_name_unless_it_is_trusted_by_name() {
    let files = build(&dist());
    let paths = paths(&files);
    let named: Vec<_> = paths.iter().filter(|path| source::without_hash(path) == **path).collect();
    let expected =
        ["/404.html", "/config.json", "/embed/acs-sign-in.js", "/index.html", "/return.html", "/window.html"];
    assert_eq!(named, expected);
    assert_eq!(paths.len(), 20, "{paths:?}");
    for name in [LOADER, "vault.js", "vault_bg.wasm"] {
        assert!(files.path_of(name).unwrap().starts_with("/vault/"), "{name}");
    }
    assert!(files.path_of("vault_bg.wasm").unwrap().ends_with("_bg.wasm"));
    assert!(files.path_of(LOADER).unwrap().starts_with("/vault/loader-"));
    assert_eq!(files.get(files.path_of("boot.js").unwrap()), Some(&b"boot"[..]));
    assert_eq!(files.get("/"), files.get("/index.html"));
    assert_eq!(files.get("/boot.js"), None);
}

#[test]
fn the_document_names_the_logo_with_its_hash() {
    // SEC-059
    let (folder, own) = (dist(), tempfile::tempdir().unwrap());
    let path = own.path().join("contoso.png");
    let png = b"\x89PNG\r\n\x1a\n...";
    fs::write(&path, png).unwrap();
    let (before, mut files) = (build(&folder), build(&folder));
    files.add_logo(&Logo::read(&path).unwrap()).unwrap();
    let digest = Digest::of(png);
    let logo = format!("/logo-{}.png", digest.in_name());
    assert_eq!(files.get(&logo), Some(&png[..]));
    let link = format!("<link rel=\"logo\" href=\".{logo}\" integrity=\"{}\">\n", digest.integrity());
    let image = format!("<img class=\"logo\" src=\".{logo}\" alt=\"\">");
    assert_eq!(text(&files, "/").replacen(&link, "", 1).replacen(&image, "", 1), text(&before, "/"));
    assert!(text(&files, "/").contains(&format!("class=\"card\">{image}")));
    assert!(text(&files, "/").contains(&format!("{link}</head>")));
    // No other file changes.
    for path in before.paths().filter(|path| *path != "/index.html") {
        assert_eq!(files.get(path), before.get(path), "{path}");
    }
}

#[test]
fn a_change_renames_the_file_and_the_files_that_name_it() {
    let before = build(&dist());
    let cases: [(&str, &[&str]); 13] = [
        ("boot.js", &[]),
        ("main.css", &[]),
        ("icon.svg", &[]),
        ("acs-sign-in_bg.wasm", &["acs-sign-in.js"]),
        ("acs-sign-in.js", &[]),
        ("vault_bg.wasm", &["vault.js", LOADER]),
        ("vault.js", &[LOADER]),
        (LOADER, &[]),
        ("window.js", &[]),
        ("window.css", &[]),
        ("return.js", &[]),
        ("embed/acs-sign-in.js", &[]),
        ("languages/de.json", &[]),
    ];
    for (name, also) in cases {
        let folder = dist();
        let entries = ["", "embed", "languages", "vault"]
            .into_iter()
            .flat_map(|path| fs::read_dir(folder.path().join(path)).unwrap());
        let changed = entries.map(|entry| entry.unwrap().path()).find(|path| {
            let relative = path.strip_prefix(folder.path()).unwrap().to_str().unwrap();
            source::without_hash(relative) == name
        });
        let changed = changed.unwrap();
        fs::write(&changed, [&fs::read(&changed).unwrap()[..], b" "].concat()).unwrap();
        let after = build(&folder);
        let renamed: BTreeSet<String> =
            before.paths.keys().filter(|name| before.path_of(name) != after.path_of(name)).cloned().collect();
        let expected: BTreeSet<String> = also.iter().chain([&name]).map(|name| (*name).to_owned()).collect();
        assert_eq!(renamed, expected, "{name}");
    }
}

#[test]
fn the_vaults_first_file_has_another_name_with_another_policy() {
    let folder = dist();
    let build = |exchange| SiteFiles::build(folder.path(), "{}", &profile(exchange)).unwrap();
    let (before, after) = (build("https://a.example"), build("https://b.example"));
    let differ: Vec<_> = before.paths.keys().filter(|name| before.path_of(name) != after.path_of(name)).collect();
    assert_eq!(differ, [LOADER]);
    let name = |files: &SiteFiles| files.path_of(LOADER).unwrap().to_owned();
    assert_eq!(before.get(&name(&before)), after.get(&name(&after)), "the content is the same");
    assert!(text(&after, "/").contains(&format!(".{}", name(&after))));
}

#[test]
fn the_document_names_its_files_with_their_hashes() {
    let files = build(&dist());
    let relative = |name| format!(".{}", files.path_of(name).unwrap());
    let integrity = |name| Digest::of(files.get(files.path_of(name).unwrap()).unwrap()).integrity();
    let boot = files.path_of("boot.js").unwrap().trim_start_matches('/').to_owned();
    let expected = format!(
        "<!doctype html>\n\
         <link rel=\"stylesheet\" href=\"{}\" integrity=\"{}\"/>\n\
         <link rel=\"icon\" href=\"{}\" integrity=\"{}\"/>\n\
         <link data-language=\"de\" href=\"{}\" integrity=\"{}\">\n\
         <script type=\"module\" src=\"{}\" integrity=\"{}\" data-vault=\"{}\" data-js=\"{}\" data-wasm=\"{}\" \
         data-integrity=\"{}\"></script>\n\
         <link rel=\"modulepreload\" href=\"{}\" integrity=\"{}\">\n\
         </head>\n\
         <section id=\"boot-card\" class=\"card\"><p>{boot} must arrive.</p>\n\
         <div id=\"boot-sign-in\" data-off hidden></div>\n",
        relative("main.css"),
        integrity("main.css"),
        relative("icon.svg"),
        integrity("icon.svg"),
        relative("languages/de.json"),
        integrity("languages/de.json"),
        relative("boot.js"),
        integrity("boot.js"),
        relative(LOADER),
        relative("acs-sign-in.js"),
        relative("acs-sign-in_bg.wasm"),
        integrity("acs-sign-in_bg.wasm"),
        relative("acs-sign-in.js"),
        integrity("acs-sign-in.js"),
    );
    assert_eq!(text(&files, "/"), expected);
    for (document, script) in [("/window.html", "window.js"), ("/return.html", "return.js")] {
        let document = text(&files, document);
        for name in [script, "window.css"] {
            let named = format!("\"{}\" integrity=\"{}\"", relative(name), integrity(name));
            assert!(document.contains(&named), "{named} in {document}");
        }
        assert!(document.contains("href=\"./\""), "{document}");
    }
}

#[test]
fn the_vaults_first_file_names_the_others_with_their_hashes() {
    let files = build(&dist());
    let entry = |name| {
        let path = files.path_of(name).unwrap();
        let integrity = Digest::of(files.get(path).unwrap()).integrity();
        format!("  ['{}', '{integrity}'],\n", path.strip_prefix("/vault/").unwrap())
    };
    let list = format!("const FILES = [\n{}{}];\n", entry("vault.js"), entry("vault_bg.wasm"));
    assert_eq!(text(&files, files.path_of(LOADER).unwrap()), format!("{list}const ON_RETURN = [];\n"));
}

#[test]
fn the_button_of_the_document_is_off_where_the_sign_in_needs_a_choice_or_a_window() {
    // SEC-144, REP-27
    let folder = dist();
    let redirect = include_str!("../../../../public/config.json");
    let window = redirect.replacen('{', "{ \"signInBy\": \"window\",", 1);
    let profiles = include_str!("../../../../docs/config.all-profiles.json");
    for (config, button) in [
        (redirect, "<div id=\"boot-sign-in\" hidden>"),
        (window.as_str(), "<div id=\"boot-sign-in\" data-off hidden>"),
        (profiles, "<div id=\"boot-sign-in\" data-off hidden>"),
        ("{}", "<div id=\"boot-sign-in\" data-off hidden>"),
    ] {
        let files = SiteFiles::build(folder.path(), config, &profile("https://a.example")).unwrap();
        assert!(text(&files, "/").contains(button), "{}", text(&files, "/"));
    }
}

#[test]
fn the_vaults_first_file_has_the_first_requests_of_a_return() {
    // SEC-143
    let folder = dist();
    let config = include_str!("../../../../public/config.json");
    let files = SiteFiles::build(folder.path(), config, &profile("https://a.example")).unwrap();
    let loader = text(&files, files.path_of(LOADER).unwrap());
    let list = "const ON_RETURN = [\
                ['http://localhost:8401/organizations/v2.0/.well-known/openid-configuration', ''], \
                ['http://localhost:8403/exchange', 'application/json']];\n";
    assert!(loader.ends_with(list), "{loader}");
    assert_ne!(files.path_of(LOADER), build(&folder).path_of(LOADER));
}

#[test]
fn no_file_names_another_by_its_fixed_name() {
    let files = build(&dist());
    for path in files.paths() {
        let content = String::from_utf8_lossy(files.get(path).unwrap());
        for name in files.paths.keys().filter(|name| *name != EMBED_SDK) {
            for quote in ['"', '\''] {
                let reference = [format!("{quote}{name}{quote}"), format!("{quote}./{name}{quote}")];
                assert!(!reference.iter().any(|reference| content.contains(reference)), "{name} in {path}");
            }
        }
    }
    let glue = text(&files, files.path_of("vault.js").unwrap());
    let wasm = files.path_of("vault_bg.wasm").unwrap().strip_prefix("/vault/").unwrap();
    assert!(glue.contains(&format!("'{wasm}'")), "{glue}");
}

#[test]
fn the_configuration_is_the_given_one() {
    let config = "\u{feff}{ \"clientId\": \"a\" }";
    let folder = dist();
    let files = SiteFiles::build(folder.path(), config, &profile("https://a.example")).unwrap();
    assert_eq!(text(&files, "/config.json"), config);
    assert!(!paths(&files).contains("/config.schema.json"));
}

#[test]
fn refuses_a_configuration_that_is_not_a_json_object() {
    let folder = dist();
    for config in ["", "[]", "{", "<!doctype html>", "{} {}"] {
        let error = SiteFiles::build(folder.path(), config, &profile("https://a.example")).unwrap_err();
        assert!(matches!(error, FilesError::Config(_)), "{config}: {error}");
    }
}

#[test]
fn refuses_folders_that_trunk_did_not_write() {
    let error = |change: &dyn Fn(&Path)| {
        let folder = dist();
        change(folder.path());
        try_build(&folder).unwrap_err()
    };
    for name in ["boot.js", "window.css", "404.html", "vault_bg.wasm", "embed/acs-sign-in.js", "languages/en.json"] {
        let expected = format!("{name} is missing in the build of the page; `cargo xtask dist` makes it anew");
        assert_eq!(error(&|folder: &Path| fs::remove_file(folder.join(name)).unwrap()), expected);
    }
    let write =
        |name: &'static str, text: &'static [u8]| move |folder: &Path| fs::write(folder.join(name), text).unwrap();
    assert_eq!(error(&write("main-00b4a9115edf1204.css", b"")), FilesError::Twice("main.css".into()).to_string());
    assert_eq!(error(&write("logo.png", b"")), FilesError::Unknown("logo.png".into()).to_string());
    let unknown = |name: &str| FilesError::Unknown(name.into()).to_string();
    assert_eq!(error(&write("languages/EN.json", b"{}")), unknown("languages/EN.json"));
    assert_eq!(error(&write("window.html", b"\xff")), "window.html is not UTF-8");
    assert_eq!(error(&write("vault.js", b"\xff")), "vault.js is not UTF-8");
    assert_eq!(error(&write(LOADER, b"")), "vault/vault_loader.js must contain ['../vault.js', ''] once");
    let files = LOADER_SCRIPT.split_once("const ON_RETURN").unwrap().0.as_bytes();
    assert_eq!(error(&write(LOADER, files)), "vault/vault_loader.js must contain const ON_RETURN = []; once");
    assert_eq!(
        error(&write("index.html", b"<script src=\"https://cdn.example/a.js\"></script>")),
        "index.html names https://cdn.example/a.js, which is not a file of the page"
    );
    assert!(error(&|folder: &Path| fs::remove_dir_all(folder).unwrap()).starts_with("cannot read "));
}

#[test]
fn refuses_a_folder_that_it_wrote_itself() {
    let out = tempfile::tempdir().unwrap();
    build(&dist()).write(&out.path().join("site")).unwrap();
    let error = SiteFiles::build(&out.path().join("site"), "{}", &profile("https://a.example")).unwrap_err();
    assert!(matches!(error, FilesError::AlreadyBuilt(_)), "{error}");
}

#[test]
fn writes_the_same_bytes_each_time_and_only_into_an_empty_folder() {
    let out = tempfile::tempdir().unwrap();
    let files = build(&dist());
    let written = |name: &str| {
        let folder = out.path().join(name);
        build(&dist()).write(&folder).unwrap();
        let mut all = BTreeMap::new();
        for path in ["", "vault", "embed", "languages"] {
            for entry in fs::read_dir(folder.join(path)).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_file() {
                    let name = entry.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                    all.insert(format!("/{name}"), fs::read(entry).unwrap());
                }
            }
        }
        all
    };
    let one = written("one");
    assert_eq!(one, written("other"));
    assert_eq!(one.len(), 3 * files.paths().count() - 2, "each file three times, and config.json once");
    for path in files.paths() {
        assert_eq!(one.get(path).map(Vec::as_slice), files.get(path), "{path}");
        assert_eq!(one.contains_key(&format!("{path}.br")), path != "/config.json", "{path}");
    }
    let error = files.write(&out.path().join("one")).unwrap_err();
    assert!(matches!(error, FilesError::NotEmpty(_)), "{error}");
}

#[test]
fn compressed_files_have_the_same_content() {
    let out = tempfile::tempdir().unwrap();
    let files = build(&dist());
    files.write(out.path()).unwrap();
    for path in files.paths().filter(|path| *path != "/config.json") {
        let file = out.path().join(path.trim_start_matches('/'));
        let (mut by_gzip, mut by_brotli) = (Vec::new(), Vec::new());
        let gz = fs::File::open(file.with_added_extension("gz")).unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(gz), &mut by_gzip).unwrap();
        let mut br = fs::File::open(file.with_added_extension("br")).unwrap();
        brotli::BrotliDecompress(&mut br, &mut by_brotli).unwrap();
        assert_eq!((Some(&*by_gzip), Some(&*by_brotli)), (files.get(path), files.get(path)), "{path}");
    }
}
