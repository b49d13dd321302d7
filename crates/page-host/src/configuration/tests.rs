use serde_json::{Value, json};

use super::*;
use crate::Severity;

/// A configuration for production without a finding.
fn good() -> Value {
    json!({
        "clientId": "3f1c6f1e-8d0c-4e7a-9c55-0f4d7a3c2b10",
        "authority": "https://login.microsoftonline.com/organizations/",
        "redirectUri": "https://signin.fabrikam.com/",
        "exchange": {
            "contract": "quickstart",
            "url": "https://exchange.fabrikam.com/exchange",
            "scope": "api://7b0b6a52-54e4-4d32-8f0e-5b8c1f9a6d21/access_as_user"
        },
        "mailboxUrl": "https://exchange.fabrikam.com/mailbox",
        "portals": [{
            "origin": "https://portal.fabrikam.com", "receivesToken": true, "name": "Portal",
            "url": "https://portal.fabrikam.com/calls"
        }],
        "continueUrl": "https://portal.fabrikam.com/",
        "branding": {
            "supportUrl": "https://www.fabrikam.com/help", "privacyUrl": "https://www.fabrikam.com/privacy",
            "supportEmail": "help@fabrikam.com"
        }
    })
}

/// The names of the findings of [`good`] with one value set.
fn findings(pointer: &str, value: Value) -> Vec<&'static str> {
    let mut json = good();
    *json.pointer_mut(pointer).unwrap() = value;
    names(&json.to_string(), None)
}

fn names(text: &str, page: Option<&str>) -> Vec<&'static str> {
    Configuration::findings(text, page).into_iter().map(|finding| finding.name).collect()
}

#[test]
fn a_configuration_for_production_has_no_finding() {
    assert_eq!(Configuration::findings(&good().to_string(), Some("https://signin.fabrikam.com/")), []);
}

#[test]
fn the_configuration_for_development_has_no_error() {
    const DEVELOPMENT: &str = include_str!("../../../../public/config.json");
    assert_eq!(names(DEVELOPMENT, None), Vec::<&str>::new());
}

#[test]
fn each_mistake_has_its_name() {
    for (pointer, value, expected) in [
        (
            "/mailboxUrl",
            json!("https://signin.fabrikam.com/mailbox"),
            &["mailbox-on-page-origin", "config-refused"][..],
        ),
        ("/portals/0", json!({"origin": "https://*.fabrikam.com"}), &["wildcard-origin", "config-refused"]),
        ("/portals/0", json!({"origin": "http://portal.fabrikam.com"}), &["insecure-origin", "config-refused"]),
        ("/portals/0", json!({"origin": "http://localhost:8090"}), &["loopback-address"]),
        ("/portals/0", json!({"origin": "https://signin.fabrikam.com"}), &["portal-on-page-origin"]),
        ("/portals/0", json!({"origin": "https://portal.signin.fabrikam.com"}), &["portal-below-page"]),
        ("/portals/0/url", json!("http://localhost:8090/calls"), &["loopback-address", "config-refused"]),
        ("/continueUrl", json!("http://localhost:8090/"), &["loopback-address"]),
        ("/continueUrl", json!("http://portal.fabrikam.com/"), &["insecure-origin", "config-refused"]),
        ("/branding/privacyUrl", json!("https://www.example.com/"), &["placeholder"]),
        ("/branding/supportUrl", json!("https://*.fabrikam.com/"), &["wildcard-origin", "config-refused"]),
        ("/branding/supportEmail", json!("help@example.com"), &["placeholder"]),
        ("/authority", json!("https://login.microsoftonline.com/common/"), &["personal-accounts", "config-refused"]),
        (
            "/authority",
            json!("https://login.microsoftonline.com/9188040D-6c67-4c5b-b112-36a304b66dad/"),
            &["personal-accounts", "config-refused"],
        ),
        ("/authority", json!("https://login.windows.net/organizations/"), &["unknown-authority"]),
        (
            "/exchange/url",
            json!("https://login.microsoftonline.com/exchange"),
            &["exchange-on-authority", "config-refused"],
        ),
        ("/exchange/scope", json!("api://3f1c6f1e-8d0c-4e7a-9c55-0f4d7a3c2b10/access_as_user"), &["scope-of-page"]),
        ("/exchange/scope", json!("api://<app>/access_as_user"), &["placeholder"]),
        ("/clientId", json!("acc00000-0000-4000-8000-000000000010"), &["placeholder"]),
        ("/clientId", json!("<application id of the page>"), &["placeholder", "config-refused"]),
        ("/redirectUri", json!("https://signin.fabrikam.com/sign-in/"), &["page-below-path"]),
        ("/redirectUri", json!("https://signin.example.com/"), &["placeholder"]),
    ] {
        assert_eq!(findings(pointer, value.clone()), expected, "{pointer} {value}");
    }
}

#[test]
fn an_exchange_on_the_origin_of_the_page_is_a_warning_and_excludes_a_mailbox() {
    let mut json = good();
    json["exchange"]["url"] = "https://signin.fabrikam.com/exchange".into();
    json["mailboxUrl"] = "https://signin.fabrikam.com/mailbox".into();
    let found = names(&json.to_string(), None);
    assert_eq!(found, ["exchange-on-page-origin", "mailbox-on-page-origin", "config-refused"]);
    json.as_object_mut().unwrap().remove("mailboxUrl");
    let found = Configuration::findings(&json.to_string(), None);
    let found: Vec<_> = found.iter().map(|finding| (finding.name, finding.severity)).collect();
    let warning = Severity::Warning;
    assert_eq!(found, [("exchange-on-page-origin", warning), ("portals-without-mailbox", warning)]);
}

#[test]
fn the_redirect_uri_must_be_the_address_of_the_page() {
    let found = Configuration::findings(&good().to_string(), Some("https://www.fabrikam.com"));
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!(finding.name, "redirect-uri-not-page");
    assert_eq!(finding.expected.as_deref(), Some("https://www.fabrikam.com/"));
    assert_eq!(finding.actual.as_deref(), Some("https://signin.fabrikam.com/"));
}

#[test]
fn a_secret_is_found_and_not_repeated() {
    let key = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0cw==";
    for secret in [key.to_owned(), format!("endpoint=https://a.b/;accesskey={key}"), "eyJhbGciOi.eyJpc3Mi.c2ln".into()]
    {
        let mut json = good();
        json["x-note"] = secret.clone().into();
        let found = Configuration::findings(&json.to_string(), None);
        assert_eq!(found.iter().map(|finding| finding.name).collect::<Vec<_>>(), ["secret"]);
        assert!(!format!("{found:?}").contains(&secret));
    }
}

#[test]
fn text_that_is_not_json_has_the_sentence_of_the_page() {
    let found = Configuration::findings("{", None);
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!(finding.message, "config.json is not JSON at line 1, column 1");
}

#[test]
fn a_configuration_longer_than_the_page_reads_has_one_finding() {
    let with_length = |length: usize| {
        let mut json = good();
        // A placeholder, which is a finding of a shorter text.
        json["clientId"] = "<application id>".into();
        json["x-filler"] = "".into();
        let filler = " ".repeat(length - json.to_string().len());
        json["x-filler"] = filler.into();
        json.to_string()
    };
    assert_eq!(names(&with_length(MAX_BODY), None), ["placeholder", "config-refused"]);
    assert_eq!(names(&with_length(MAX_BODY + 1), None), ["config-too-large"]);
    assert_eq!(Configuration::parse(&with_length(MAX_BODY + 1)).unwrap_err().name, "config-too-large");
}

#[test]
fn only_some_of_very_many_placeholders_are_listed() {
    let mut json = good();
    json["n".repeat(30_000)] = vec!["<"; 8_000].into();
    let found = names(&json.to_string(), None);
    assert_eq!(found.iter().filter(|name| **name == "placeholder").count(), 100);
}

#[test]
fn the_addresses_are_those_of_all_profiles() {
    const ALL: &str = include_str!("../../../../docs/config.all-profiles.json");
    let addresses = Configuration::parse(ALL).unwrap().addresses();
    for origins in [&addresses.exchanges, &addresses.portals] {
        for origin in origins {
            assert_eq!(origins.iter().filter(|other| *other == origin).count(), 1, "{origin}");
            assert_eq!(origin.matches('/').count(), 2, "{origin}");
        }
    }
    assert!(!addresses.exchanges.is_empty());
    assert!(!addresses.authorities.is_empty());
    for Authority { address, client_id, is_entra } in addresses.authorities {
        assert_eq!(client_id, client_id.to_lowercase());
        assert_eq!(is_entra, address.starts_with("https://login.microsoftonline."), "{address}");
    }
}

#[test]
fn the_document_leads_to_the_links_of_the_configuration() {
    let expected = [
        "https://portal.fabrikam.com/",
        "https://www.fabrikam.com/help",
        "https://www.fabrikam.com/privacy",
        "https://portal.fabrikam.com/calls",
    ];
    assert_eq!(Configuration::parse(&good().to_string()).unwrap().addresses().links, expected);
}

#[test]
fn the_document_leads_to_the_authority_only_where_people_sign_in_by_redirect() {
    let mut json = good();
    assert!(Configuration::parse(&json.to_string()).unwrap().addresses().signs_in_by_redirect);
    json["signInBy"] = "window".into();
    assert!(!Configuration::parse(&json.to_string()).unwrap().addresses().signs_in_by_redirect);
}
