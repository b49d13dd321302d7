use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

pub(crate) const GOOD: &str = r#"{
    "$schema": "./config.schema.json",
    "x-note": "the multitenant demo",
    "clientId": "acc00000-0000-4000-8000-000000000010",
    "authority": "https://login.example/organizations/",
    "redirectUri": "https://page.example/",
    "exchange": {
        "contract": "quickstart",
        "url": "https://exchange.example/exchange",
        "scope": "api://e8c00000-0000-4000-8000-000000000020/access_as_user"
    }
}"#;

/// The application of a page with one profile.
pub(crate) fn application_of(text: &str) -> Application {
    match Config::parse(text).unwrap().profiles.swap_remove(0).kind {
        ProfileKind::Entra(application) => application,
        ProfileKind::Guest { .. } => panic!("people sign in to it"),
    }
}

pub(crate) fn application() -> Application {
    application_of(GOOD)
}

/// [`GOOD`] with some members set; the message of the refusal.
fn refusal(set: &[(&str, Value)]) -> String {
    let mut json: Value = serde_json::from_str(GOOD).unwrap();
    for (key, value) in set {
        json[*key] = value.clone();
    }
    Config::parse(&json.to_string()).unwrap_err().to_string()
}

#[test]
fn reads_a_configuration() {
    let application = application();
    assert_eq!(application.client_id.as_str(), "acc00000-0000-4000-8000-000000000010");
    let Exchange::Backend(backend) = application.exchange else { panic!("a backend is configured") };
    assert_eq!(backend.url.as_str(), "https://exchange.example/exchange");
}

#[test]
fn rep_03_a_mistake_in_the_json_is_named_with_its_line_and_column() {
    for (text, message) in [
        ("{\n  \"a\": 1,\n}", "is not JSON at line 3, column 1: is there a comma before the bracket that closes?"),
        ("{\"a\": [\"ö\", ]}", "is not JSON at line 1, column 13: is there a comma before the bracket that closes?"),
        ("// mine\n{}", "is not JSON at line 1, column 1: JSON has no comments"),
        ("{\r\n  \"a\": 1 /* mine */\r\n}", "is not JSON at line 2, column 10: JSON has no comments"),
        ("{\n  # mine\n}", "is not JSON at line 2, column 3: JSON has no comments"),
        ("{'a': 1}", "is not JSON at line 1, column 2"),
        ("{\"a\": 1", "is not JSON at line 1, column 7"),
        ("", "is not JSON at line 1, column 0"),
        ("[]", "must be a JSON object"),
    ] {
        assert_eq!(Config::parse(text).unwrap_err().to_string(), format!("config.json {message}"), "{text}");
    }
}

#[test]
fn every_wrong_key_is_named() {
    // SEC-030
    for (pointer, value, message) in [
        ("/clientId", "me".into(), "clientId must be a GUID like 11111111-2222-3333-4444-555555555555"),
        ("/clientId", 3.into(), "clientId must be a text"),
        (
            "/authority",
            "https://login.example/common".into(),
            "authority must end with the tenant: its id (a GUID) or organizations",
        ),
        (
            "/authority",
            "http://login.example/organizations".into(),
            "authority must begin with https:// (or http:// on localhost)",
        ),
        ("/redirectUri", "/".into(), "redirectUri must be an absolute URL with a host, such as https://example.com/"),
        ("/exchange", "https://exchange.example/".into(), "exchange must be an object"),
        (
            "/exchange/contract",
            "mine".into(),
            "exchange.contract must be quickstart, quickstart-entra-id, hero, function, acs-entra or acs-teams-extension",
        ),
        (
            "/exchange/url",
            "https://exchange.example/?to=evil".into(),
            "exchange.url must have neither user, query, fragment, dot segments nor unusual characters",
        ),
        ("/exchange/scope", "a b".into(), "exchange.scope must be one scope, like api://…/access_as_user"),
    ] {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        assert_eq!(Config::parse(&json.to_string()).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_missing_or_unknown_key_is_named() {
    for (section, key) in [
        ("", "clientId"),
        ("", "authority"),
        ("", "redirectUri"),
        ("", "exchange"),
        ("/exchange", "contract"),
        ("/exchange", "url"),
        ("/exchange", "scope"),
    ] {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json.pointer_mut(section).unwrap().as_object_mut().unwrap().remove(key);
        let message = Config::parse(&json.to_string()).unwrap_err().to_string();
        assert!(message.ends_with(&format!("{key} is missing")), "{message}");
    }
    // SEC-035
    for (section, message) in
        [("", "accessKey is not a known key"), ("/exchange", "exchange.accessKey is not a known key")]
    {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json.pointer_mut(section).unwrap()["accessKey"] = "c2VjcmV0".into();
        assert_eq!(Config::parse(&json.to_string()).unwrap_err().to_string(), message);
    }
}

#[test]
fn keys_are_relayed_by_the_backend_only() {
    let with = |url: &str, exchange: Option<Value>| {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json["keysUrl"] = url.into();
        if let Some(exchange) = exchange {
            json["exchange"] = exchange;
        }
        Config::parse(&json.to_string())
            .map(|_| application_of(&json.to_string()).keys_url)
            .map_err(|error| error.to_string())
    };
    assert!(with("https://exchange.example/keys", None).unwrap().is_some());
    let refusal = "keysUrl must be on the origin of exchange.url";
    assert_eq!(with("https://keys.example/keys", None).unwrap_err(), refusal);
    let direct = serde_json::json!({ "contract": "acs-entra", "url": "https://acs.example/" });
    assert_eq!(with("https://acs.example/keys", Some(direct)).unwrap_err(), refusal);
}

#[test]
fn without_a_backend_there_is_no_scope_and_no_path() {
    let direct = |url: &str, more: &str| {
        let exchange = format!(r#"{{"contract":"acs-entra","url":"{url}"{more}}}"#);
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json["exchange"] = serde_json::from_str(&exchange).unwrap();
        Config::parse(&json.to_string()).map(|_| application_of(&json.to_string())).map_err(|error| error.to_string())
    };
    let application = direct("https://contoso.communication.azure.com/", "").unwrap();
    assert_eq!(application.exchange.caller_scope(), None);
    assert_eq!(application.acs_scopes(), ["https://communication.azure.com/clients/VoIP"]);
    assert_eq!(direct("https://a.example", r#","scope":"x""#).unwrap_err(), "exchange.scope is not a known key");
    assert_eq!(
        direct("https://a.example/access", "").unwrap_err(),
        "exchange.url must be the endpoint of the ACS resource, without a path"
    );
}

/// The example files of the repository.
const SHIPPED: &str = include_str!("../../../../public/config.json");
const SCHEMA: &str = include_str!("../../../../public/config.schema.json");

#[test]
fn the_shipped_configuration_is_valid() {
    assert!(Config::parse(SHIPPED).is_ok());
    let all_profiles = Config::parse(include_str!("../../../../docs/config.all-profiles.json")).unwrap();
    assert_eq!(all_profiles.profiles.len(), 6);
    let samples = Config::parse(include_str!("../../../../docs/config.samples.json")).unwrap();
    assert_eq!(samples.profiles.len(), 8);
}

/// The keys of each section, by its pointer in the schema.
const KEYS: [(&str, &[&str]); 6] = [
    (
        "",
        &[
            "absoluteLimitMinutes",
            "branding",
            "comeBack",
            "continueUrl",
            "developerTools",
            "idleLimitMinutes",
            "mailboxUrl",
            "portals",
            "profiles",
            "redirectUri",
            "signInBy",
        ],
    ),
    ("/$defs/profileKind", &["authority", "clientId", "exchange", "keysUrl"]),
    ("/$defs/profile", &["label", "name"]),
    ("/$defs/exchange", &["callerFrom", "contract", "scope", "url"]),
    ("/$defs/portal", &["countsActivity", "name", "origin", "receivesToken", "url"]),
    ("/$defs/branding", &["accent", "logo", "name", "privacyUrl", "supportEmail", "supportUrl", "termsUrl"]),
];

#[test]
fn the_schema_and_the_parser_know_the_same_keys() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for (pointer, keys) in KEYS {
        let properties = schema.pointer(pointer).unwrap()["properties"].as_object().unwrap();
        let properties: BTreeSet<_> = properties.keys().map(String::as_str).filter(|key| *key != "$schema").collect();
        assert_eq!(properties, keys.iter().copied().collect(), "{pointer}");
    }
}

#[test]
fn the_schema_and_the_parser_accept_the_same_configurations() {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let good: Value = serde_json::from_str(GOOD).unwrap();
    let profile = json!({
        "name": "one", "label": "One", "clientId": good["clientId"], "authority": good["authority"],
        "exchange": good["exchange"], "keysUrl": "https://exchange.example/keys",
    });
    let several = json!({
        "redirectUri": good["redirectUri"], "mailboxUrl": "https://exchange.example/mailbox", "profiles": [profile],
        "portals": [{"origin": "https://portal.example", "receivesToken": true, "countsActivity": true}],
        "signInBy": "window", "comeBack": "hint", "idleLimitMinutes": 15, "absoluteLimitMinutes": 600,
        "branding": {
            "name": "Contoso Calling", "logo": "logo.png", "accent": "#0f6cbd",
            "supportUrl": "https://www.example/help", "supportEmail": "help@contoso.com",
            "privacyUrl": "https://www.example/privacy", "termsUrl": "https://www.example/terms",
        },
        "continueUrl": "https://portal.example/calls", "developerTools": true,
    });
    let guest = json!({
        "redirectUri": good["redirectUri"],
        "exchange": {"contract": "guest", "url": "https://exchange.example/exchange/guest"},
    });
    // A valid value for every key, in each of its places.
    let mut values = json!({"contract": "quickstart", "url": "https://portal.example/exchange", "scope": "api://a/b",
        "callerFrom": "portal", "origin": "https://portal.example", "receivesToken": false, "countsActivity": false, "accessKey": "c2VjcmV0"});
    for section in [&good, &several, &several["branding"], &several["profiles"][0]] {
        for (key, value) in section.as_object().unwrap() {
            values[key] = value.clone();
        }
    }
    for whole in [good, several, guest] {
        agree(&schema, &whole, true);
        // With any key missing or added, both agree.
        for pointer in ["", "/exchange", "/profiles/0", "/profiles/0/exchange", "/portals/0", "/branding"] {
            let Some(section) = whole.pointer(pointer) else { continue };
            for key in section.as_object().unwrap().keys().filter(|key| *key != "$schema") {
                let mut without = whole.clone();
                without.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
                agree(&schema, &without, Config::parse(&without.to_string()).is_ok());
                let mut wrong = whole.clone();
                wrong.pointer_mut(pointer).unwrap()[key] = json!({"not": ["a value"]});
                agree(&schema, &wrong, key.starts_with("x-"));
            }
            for (_, keys) in KEYS {
                for key in keys.iter().chain(&["accessKey"]).filter(|key| section.get(key).is_none()) {
                    let mut more = whole.clone();
                    more.pointer_mut(pointer).unwrap()[*key] = values[*key].clone();
                    agree(&schema, &more, Config::parse(&more.to_string()).is_ok());
                }
            }
        }
    }
}

#[test]
fn the_schema_has_the_rules_between_keys_and_the_forms_of_addresses() {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    let good: Value = serde_json::from_str(GOOD).unwrap();
    let at_once = |key: &'static str, value: Value| [("comeBack", json!("at-once")), (key, value)];
    let portal = |origin: &str| [("portals", json!([{ "origin": origin }])), ("signInBy", json!("redirect"))];
    let address = |url: &str| [("redirectUri", json!(url)), ("signInBy", json!("redirect"))];
    let authority = |url: &str| [("authority", json!(url)), ("signInBy", json!("redirect"))];
    for (set, expected) in [
        (at_once("signInBy", json!("redirect")), true),
        (at_once("signInBy", json!("window")), false),
        (at_once("idleLimitMinutes", json!(60)), false),
        (at_once("absoluteLimitMinutes", json!(60)), false),
        (at_once("absoluteLimitMinutes", json!(1440)), true),
        (portal("https://portal.example:8443"), true),
        (portal("http://localhost:8090"), true),
        (portal("https://portal.example:443"), false),
        (portal("http://localhost:80"), false),
        (portal("http://portal.example"), false),
        (address("https://page.example:4430/"), true),
        (address("http://localhost:8080/"), true),
        (address("https://page.example:443/"), false),
        (address("http://127.0.0.1:80/"), false),
        (address("http://page.example/"), false),
        (address("http://localhost.evil.example/"), false),
        (authority("http://localhost:8401/organizations/"), true),
        (authority("http://login.example/organizations/"), false),
        (authority("https://login.example:443/organizations/"), false),
        (authority("https://login.example/common/"), false),
        // REP-08
        (authority("https://login.example/9188040d-6c67-4c5b-b112-36a304b66dad/"), false),
        (authority("https://login.example/9188040D-6C67-4C5B-B112-36A304B66DAD"), false),
        (authority("https://login.example//organizations/"), false),
        (authority("https://login.example/organizations//"), false),
    ] {
        let mut whole = good.clone();
        set.iter().for_each(|(key, value)| whole[*key] = value.clone());
        agree(&schema, &whole, expected);
    }
}

#[track_caller]
fn agree(schema: &jsonschema::Validator, config: &Value, good: bool) {
    let parsed = Config::parse(&config.to_string());
    assert_eq!(parsed.is_ok(), good, "the page of {config}: {parsed:?}");
    assert_eq!(schema.is_valid(config), good, "the schema of {config}");
}

#[test]
fn authorities_that_are_not_mix_up_safe_are_refused_together() {
    // SEC-007: mix-up
    let at = |name: &str, authority: &str| {
        json!({
            "name": name, "label": name, "clientId": "acc00000-0000-4000-8000-000000000010",
            "authority": format!("{authority}/organizations"),
            "exchange": {"contract": "acs-entra", "url": "https://contoso.communication.azure.com/"},
        })
    };
    let with = |one: &str, another: &str| {
        let profiles = [at("one", one), at("another", another)];
        let json = json!({"redirectUri": "https://page.example/", "profiles": profiles});
        Config::parse(&json.to_string()).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(with("https://login.microsoftonline.com", "https://login.microsoftonline.us"), Ok(()));
    assert_eq!(with("https://login.example", "https://login.example"), Ok(()));
    for honest in ["https://login.microsoftonline.com", "https://honest.example", "https://evil.example:8443"] {
        let message = "profiles[1].authority must be on one host with the others', unless all are Microsoft's";
        assert_eq!(with(honest, "https://evil.example").unwrap_err(), message);
    }
}

#[test]
fn a_page_may_have_several_profiles() {
    let exchange = json!({"contract": "acs-entra", "url": "https://contoso.communication.azure.com/"});
    let entra = json!({
        "name": "entra", "label": "Work account", "clientId": "acc00000-0000-4000-8000-000000000010",
        "authority": "https://login.microsoftonline.com/organizations/", "exchange": exchange,
    });
    let guest =
        json!({"name": "guest", "label": "Guest", "exchange": {"contract": "guest", "url": "https://e.example/guest"}});
    let with = |profiles: Value| {
        let json = json!({"redirectUri": "https://page.example/", "profiles": profiles});
        Config::parse(&json.to_string()).map_err(|error| error.to_string())
    };
    let config = with(json!([entra, guest])).unwrap();
    assert_eq!(config.profiles.iter().map(|profile| &*profile.name).collect::<Vec<_>>(), ["entra", "guest"]);
    assert!(matches!(config.profiles[1].kind, ProfileKind::Guest { .. }));

    let changed = |key: &str, value: Value| {
        let mut other = entra.clone();
        other["name"] = "other".into();
        other[key] = value;
        with(json!([entra, other])).unwrap_err()
    };
    assert_eq!(with(json!([])).unwrap_err(), "profiles must be a list of one to eight");
    assert_eq!(with(json!({})).unwrap_err(), "profiles must be a list");
    assert_eq!(with(json!(["entra"])).unwrap_err(), "profiles[0] must be an object");
    assert_eq!(with(json!([entra, entra])).unwrap_err(), "profiles[1].name is another profile's already");
    assert!(changed("name", "A b".into()).starts_with("profiles[1].name must be a short name"));
    assert!(changed("label", "".into()).starts_with("profiles[1].label must be a text of 1 to 60"));
    assert_eq!(changed("accessKey", "x".into()), "profiles[1].accessKey is not a known key");
    let mut named = entra.clone();
    named.as_object_mut().unwrap().remove("clientId");
    assert_eq!(with(json!([named])).unwrap_err(), "profiles[0].clientId is missing");
    named.as_object_mut().unwrap().remove("authority");
    let unless = "profiles[0].exchange.contract needs clientId and authority next to exchange, unless it is guest";
    assert_eq!(with(json!([named])).unwrap_err(), unless);
    // Next to a list of profiles, no key of a profile is allowed.
    let both = json!({"profiles": [entra], "redirectUri": "https://page.example/", "clientId": "x"});
    assert_eq!(Config::parse(&both.to_string()).unwrap_err().to_string(), "clientId is not a known key");
}

#[test]
fn portals_are_exact_origins_without_wildcards() {
    // SEC-045, SEC-048, SEC-049
    let portals = |value: Value| {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json["portals"] = value;
        Config::parse(&json.to_string()).map(|config| config.portals).map_err(|error| error.to_string())
    };
    let named =
        portals(json!([{"origin": "https://a.example"}, {"origin": "https://b.example:8443", "receivesToken": true}]));
    assert_eq!(named.unwrap().iter().map(|portal| portal.receives_token).collect::<Vec<_>>(), [false, true]);
    for origin in
        ["*", "https://*.example", "https://a.example/", "https://a.example/x", "null", "http://a.example", "a.example"]
    {
        let message = portals(json!([{ "origin": origin }])).unwrap_err();
        assert!(message.starts_with("portals[0].origin must"), "{origin}: {message}");
    }
    let twice = json!([{"origin": "https://a.example"}, {"origin": "https://a.example"}]);
    assert_eq!(portals(twice).unwrap_err(), "portals[1].origin is named twice");
    assert_eq!(
        portals(json!([{"origin": "https://a.example", "receivesToken": "yes"}])).unwrap_err(),
        "portals[0].receivesToken must be true or false"
    );
    // REP-14: activity that an unknown site reports must not extend a sign-in.
    assert_eq!(
        portals(json!([{"origin": "https://a.example", "countsActivity": true}])).unwrap_err(),
        "portals[0].countsActivity needs receivesToken"
    );
}

/// [`GOOD`] with some members set.
fn with(set: &[(&str, Value)]) -> Config {
    let mut json: Value = serde_json::from_str(GOOD).unwrap();
    set.iter().for_each(|(key, value)| json[*key] = value.clone());
    Config::parse(&json.to_string()).unwrap()
}

#[test]
fn reads_whose_page_it_is_and_where_it_leads() {
    let links = json!({
        "supportUrl": "https://help.example", "privacyUrl": "https://www.example/privacy",
        "termsUrl": "http://localhost:8090/terms", "name": " Contoso ", "x-note": "ours",
        "accent": "#0F6CBD", "logo": "logo-2.webp", "supportEmail": "help.desk+calls@eu.contoso.com",
    });
    let portal = json!({"origin": "https://portal.example", "name": "Portal", "url": "https://portal.example/calls"});
    let config = with(&[
        ("branding", links),
        ("continueUrl", json!("https://portal.example/")),
        ("portals", json!([portal])),
        ("developerTools", json!(true)),
    ]);
    assert_eq!(config.branding.name.as_deref(), Some("Contoso"));
    assert_eq!(config.branding.support_email.as_deref(), Some("help.desk+calls@eu.contoso.com"));
    assert_eq!(config.logo.as_deref(), Some("logo-2.webp"));
    assert_eq!(config.portals[0].name.as_deref(), Some("Portal"));
    assert!(config.developer_tools);
    let expected = [
        "https://portal.example/",
        "https://help.example/",
        "https://www.example/privacy",
        "http://localhost:8090/terms",
        "https://portal.example/calls",
    ];
    assert_eq!(config.links().collect::<Vec<_>>(), expected);

    let config = with(&[]);
    assert_eq!((config.branding, config.logo, config.continue_url), (Branding::default(), None, None));
    assert!(!config.developer_tools);
}

#[test]
fn refuses_a_branding_and_links_that_the_page_cannot_show() {
    // SEC-014
    let not_plain = "must have neither user, query, fragment, dot segments nor unusual characters";
    let not_secure = "must begin with https:// (or http:// on localhost)";
    for (address, reason) in [
        ("https://portal.example/?to=evil", not_plain),
        ("https://portal.example/#token", not_plain),
        ("https://me@portal.example/", not_plain),
        ("https://portal.example/{tenant}", not_plain),
        ("https://portal.example/a/../b", not_plain),
        ("http://portal.example/", not_secure),
        ("javascript://portal.example/", not_secure),
        ("/calls", "must be an absolute URL with a host, such as https://example.com/"),
    ] {
        assert_eq!(refusal(&[("continueUrl", address.into())]), format!("continueUrl {reason}"));
        for key in ["supportUrl", "privacyUrl", "termsUrl"] {
            assert_eq!(refusal(&[("branding", json!({ key: address }))]), format!("branding.{key} {reason}"));
        }
        let portal = json!([{"origin": "https://portal.example", "url": address}]);
        assert_eq!(refusal(&[("portals", portal)]), format!("portals[0].url {reason}"));
    }
    let elsewhere = json!([{"origin": "https://portal.example", "url": "https://portal.example.evil.example/"}]);
    assert_eq!(refusal(&[("portals", elsewhere)]), "portals[0].url must be on the portal's origin");
    let nameless = json!([{"origin": "https://portal.example", "name": ""}]);
    assert_eq!(refusal(&[("portals", nameless)]), "portals[0].name must be a text of 1 to 60 characters");
    let email = "must be an e-mail address like help@example.com";
    let logo = "must be the name of a file, without a folder, that ends with .png or .webp";
    let darker = "must be darker: its contrast with white must be 4.5:1 or more";
    let color = "must be a color like #0f6cbd";
    for (key, value, reason) in [
        ("name", "x".repeat(61), "must be a text of 1 to 60 characters"),
        ("name", "a\nb".into(), "must be a text of 1 to 60 characters"),
        ("logo", "logo.svg".into(), logo),
        ("logo", "../logo.png".into(), logo),
        ("logo", "https://cdn.example/logo.png".into(), logo),
        ("logo", ".png".into(), logo),
        ("accent", "blue".into(), color),
        ("accent", "#fff".into(), color),
        ("accent", "#0f6cbd;background:url(x)".into(), color),
        ("accent", "#777777".into(), darker),
        ("accent", "#ffffff".into(), darker),
        ("supportEmail", "help".into(), email),
        ("supportEmail", "help@localhost".into(), email),
        ("supportEmail", "a@b.example?body=x".into(), email),
        ("supportEmail", "a@b@c.example".into(), email),
    ] {
        assert_eq!(refusal(&[("branding", json!({ key: value }))]), format!("branding.{key} {reason}"));
    }
    // The lightest gray that is dark enough.
    assert!(with(&[("branding", json!({"accent": "#767676"}))]).branding.accent.is_some());
    assert_eq!(refusal(&[("branding", json!({"color": "#000000"}))]), "branding.color is not a known key");
    assert_eq!(refusal(&[("branding", json!("Contoso"))]), "branding must be an object");
    assert_eq!(refusal(&[("developerTools", json!("yes"))]), "developerTools must be true or false");
}

#[test]
fn refuses_values_outside_of_a_keys_choices() {
    for (key, value, message) in [
        ("signInBy", json!("popup"), "signInBy must be redirect or window"),
        ("comeBack", json!("always"), "comeBack must be click, hint or at-once"),
        ("absoluteLimitMinutes", json!(0), "absoluteLimitMinutes must be a whole number from 1 to 1440"),
        ("absoluteLimitMinutes", json!(1441), "absoluteLimitMinutes must be a whole number from 1 to 1440"),
        ("idleLimitMinutes", json!(-5), "idleLimitMinutes must be a whole number from 1 to 1440"),
        ("idleLimitMinutes", json!("30"), "idleLimitMinutes must be a whole number from 1 to 1440"),
        (
            "mailboxUrl",
            json!("https://mail.example/mailbox"),
            "mailboxUrl must be on the origin of an exchange service, exchange.url",
        ),
    ] {
        assert_eq!(refusal(&[(key, value)]), message);
    }
}

#[test]
fn keys_that_exclude_each_other_are_refused() {
    let at_once = [("comeBack", json!("at-once")), ("signInBy", json!("window"))];
    assert_eq!(refusal(&at_once), "comeBack can be at-once only where signInBy is redirect");
    for limit in ["idleLimitMinutes", "absoluteLimitMinutes"] {
        // SEC-025: a tab that slept or was loaded again would outlive the limit
        let limited = [("comeBack", json!("at-once")), (limit, json!(60))];
        assert_eq!(refusal(&limited), "comeBack cannot be at-once together with a limit, which a reload would restart");
    }
    let own = [
        ("exchange", json!({"contract": "quickstart", "url": "https://page.example/exchange", "scope": "a"})),
        ("mailboxUrl", json!("https://page.example/mailbox")),
    ];
    assert_eq!(refusal(&own), "mailboxUrl must not be on the page's own origin");
}

#[test]
fn the_caller_token_comes_from_entra_or_the_portal() {
    let exchange = |value: Value| refusal(&[("exchange", value)]);
    let url = "https://exchange.example/exchange";
    assert_eq!(
        exchange(json!({"contract": "quickstart", "url": url, "callerFrom": "portal", "scope": "a"})),
        "exchange.scope is for callers from Entra, not from the portal"
    );
    assert_eq!(
        exchange(json!({"contract": "quickstart", "url": url, "callerFrom": "me"})),
        "exchange.callerFrom must be portal, or be left out"
    );
    let good = json!({"contract": "quickstart", "url": url, "callerFrom": "portal"});
    let mut json: Value = serde_json::from_str(GOOD).unwrap();
    json["exchange"] = good;
    let application = application_of(&json.to_string());
    assert!(application.exchange.requires_caller_token());
    assert!(application.exchange.caller_scope().is_none());
}

#[test]
fn each_contract_requests_its_own_permissions() {
    let scopes = |contract: &str, host: &str| {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json["authority"] = format!("https://{host}/organizations").into();
        json["exchange"]["contract"] = contract.into();
        if contract.starts_with("acs-") {
            json["exchange"] = json!({"contract": contract, "url": "https://contoso.communication.azure.com/"});
        }
        application_of(&json.to_string()).acs_scopes().join(" ")
    };
    let public = "login.microsoftonline.com";
    assert!(scopes("hero", public).contains(".azure.com/Teams.ManageCalls"));
    assert!(scopes("quickstart", "login.microsoftonline.us").contains(".azure.us/Teams.ManageChats"));
    assert_eq!(scopes("quickstart-entra-id", public), "https://communication.azure.com/clients/VoIP");
    assert!(scopes("acs-teams-extension", "login.microsoftonline.us").contains(".azure.us/TeamsExtension."));
    assert_eq!(
        scopes("acs-teams-extension", public),
        "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls"
    );
}

#[test]
fn the_return_address_is_next_to_the_page() {
    let at = |uri: &str| {
        let mut json: Value = serde_json::from_str(GOOD).unwrap();
        json["redirectUri"] = uri.into();
        Config::parse(&json.to_string()).unwrap().return_uri()
    };
    assert_eq!(at("https://page.example/"), "https://page.example/return.html");
    assert_eq!(at("https://page.example/sign-in/"), "https://page.example/sign-in/return.html");
    assert_eq!(at("https://page.example/sign-in/index.html"), "https://page.example/sign-in/return.html");
}

#[test]
fn a_text_that_is_not_a_json_object_is_refused() {
    for text in ["[]", "null"] {
        assert_eq!(Config::parse(text).unwrap_err().to_string(), "config.json must be a JSON object");
    }
}
