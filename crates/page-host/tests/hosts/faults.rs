//! What `build` refuses, and what `check` reports.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    checked::{Checked, check},
    folder::{Folder, configuration},
    nginx,
};

/// The findings on nginx with a changed configuration.
fn check_with(edit: impl FnOnce(String) -> String) -> Checked {
    let folder = Folder::new();
    folder.build("nginx");
    let path = folder.out().join("nginx.conf");
    let text = fs::read_to_string(&path).unwrap();
    let edited = edit(text.clone());
    assert_ne!(edited, text);
    fs::write(path, edited).unwrap();
    let _nginx = nginx::start(&folder);
    check(&folder.origin(), &[Path::new("--site"), &folder.site()])
}

/// The names of the findings, each once, and the requests of those with this name.
fn requests<'a>(checked: &'a Checked, name: &str) -> Vec<&'a str> {
    let of_name = |finding: &'a String| finding.split_once(": ").filter(|(known, _)| *known == name);
    checked.findings.iter().filter_map(of_name).filter_map(|(_, rest)| rest.split(": ").next()).collect()
}

#[test]
fn a_header_that_is_missing_from_errors_is_reported_for_errors_only() {
    let checked = check_with(|text| text.replace("_content_security_policy always;", "_content_security_policy;"));
    assert_eq!(checked.status, Some(1));
    let requests = requests(&checked, "wrong-header");
    assert!(requests.contains(&"GET /%"), "{requests:?}");
    assert!(requests.contains(&"HEAD /no-such-file"), "{requests:?}");
    assert!(!requests.contains(&"GET /window.html"), "{requests:?}");
    assert_eq!(requests.len(), checked.findings.len(), "{:?}", checked.findings);
}

#[test]
fn a_redirect_to_another_origin_and_a_fallback_document_are_reported() {
    let checked = check_with(|text| {
        text.replace(
            "    location = / {",
            "    location /.auth/ {\n return 302 https://evil.example$uri;\n }\n    location = /no-such-file {\n \
             try_files /index.html =404;\n }\n    location = / {",
        )
    });
    let leaving = requests(&checked, "redirect-to-other-origin");
    let paths = ["/.auth/login/aad", "/.auth/login/github", "/.auth/logout", "/.auth/me"];
    let expected: Vec<_> = paths.iter().flat_map(|path| [format!("GET {path}"), format!("HEAD {path}")]).collect();
    assert_eq!(leaving, expected, "{checked:?}");
    assert_eq!(requests(&checked, "no-error"), ["GET /no-such-file", "HEAD /no-such-file"], "{checked:?}");
}

#[test]
fn a_changed_file_a_cookie_and_a_wrong_type_are_reported() {
    let folder = Folder::new();
    folder.build("nginx");
    let conf = folder.out().join("nginx.conf");
    let text = fs::read_to_string(&conf).unwrap();
    let text = text.replace("application/wasm wasm;", "text/plain wasm;");
    let text = text
        .replace("    add_header Referrer-Policy", "    add_header Set-Cookie a=b;\n    add_header Referrer-Policy");
    fs::write(&conf, text).unwrap();
    let _nginx = nginx::start(&folder);
    let built = folder.path().join("built");
    fs::create_dir(&built).unwrap();
    let boot = folder.built("", "boot-", ".js");
    fs::write(built.join(&boot), "another content").unwrap();
    let checked = check(&folder.origin(), &[Path::new("--site"), &built]);
    assert_eq!(requests(&checked, "changed-file"), [format!("GET /{boot}")]);
    assert!(requests(&checked, "forbidden-header").contains(&"GET /"), "{checked:?}");
    let checked = check(&folder.origin(), &[]);
    let vault = format!("GET /vault/{}", folder.built("vault", "vault-", "_bg.wasm"));
    assert!(requests(&checked, "wrong-type").contains(&&*vault), "{checked:?}");
}

#[test]
fn another_configuration_than_the_deployed_one_is_reported() {
    let folder = Folder::new();
    folder.build("nginx");
    let _nginx = nginx::start(&folder);
    let mut other: Value = configuration(&folder.origin());
    other["portals"][0]["receivesToken"] = false.into();
    fs::write(folder.config(), other.to_string()).unwrap();
    let checked = check(&folder.origin(), &[Path::new("--config"), &folder.config()]);
    assert_eq!(checked.findings.len(), 1, "{checked:?}");
    assert_eq!(requests(&checked, "other-config"), ["GET /config.json"]);
}

#[test]
fn build_refuses_a_configuration_with_an_error_and_writes_nothing() {
    let folder = Folder::new();
    let mut json = configuration(&folder.origin());
    json["mailboxUrl"] = format!("{}/mailbox", folder.origin()).into();
    fs::write(folder.config(), json.to_string()).unwrap();
    let (status, output) = folder.try_build("nginx", &[]);
    assert_eq!(status, Some(1));
    assert!(output.contains("error mailbox-on-page-origin: mailboxUrl: "), "{output}");
    assert!(!folder.out().exists());
}

#[test]
fn build_writes_to_a_new_folder_only() {
    let folder = Folder::new();
    folder.build("nginx");
    let (status, output) = folder.try_build("nginx", &[]);
    assert_eq!(status, Some(2));
    assert!(output.contains("is not empty"), "{output}");
}
