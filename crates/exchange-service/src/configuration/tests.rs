use std::{borrow::Cow, collections::BTreeSet, env, fs, path::Path};

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde_json::Value;

use super::{ids::CONSUMER_TENANT, toml_values::Number, *};

pub(super) const GOOD: &str = r#"
listen = "127.0.0.1:8403"

[acs]
endpoint = "https://contoso.communication.azure.com/"

[page]
client_id = "acc00000-0000-4000-8000-000000000010"
origins = ["https://signin.contoso.example", "http://localhost:8080"]

[entra]
authority = "https://login.microsoftonline.com"
audience = "e8c00000-0000-4000-8000-000000000020"
tenants = ["fab00000-0000-4000-8000-000000000001"]
"#;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

/// The variable with the access key, as `NAME=value`.
pub(super) const KEY_VARIABLE: &str =
    "ACS_ACCESS_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

fn parse(text: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::parse(text, |name| (name == "ACS_ACCESS_KEY").then(|| KEY.to_owned()))
}

fn parse_with(text: &str, variable: &str, value: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::parse(text, |name| (name == variable).then(|| value.to_owned()))
}

#[test]
fn accepts_a_file_with_only_the_required_keys() {
    let configuration = parse(GOOD).unwrap();
    assert_eq!(configuration.process().listen.port(), 8403);
    assert_eq!(configuration.acs.endpoint.as_str(), "https://contoso.communication.azure.com/");
    assert_eq!(configuration.entra.scope, "access_as_user");
    assert_eq!(configuration.entra.clients, BTreeSet::from([configuration.page.client_id.clone()]));
}

#[test]
fn names_the_key_of_every_mistake() {
    // SEC-124
    for (good, bad, message) in [
        (
            "listen =",
            "listne =",
            "listne: is not a key of this service: expected one of listen, metrics_listen, drain_seconds, scales_out, \
             audit_when_full, acs, page, entra, exchanges, foreign_issuers, limits, mailbox, traces",
        ),
        (
            "[entra]",
            "[entra]\nleeway = 60",
            "entra.leeway: is not a key of this service: expected one of authority, audience, scope, tenants, clients, \
             own_signing_key, authentication_context, v1_issuer, v1_audiences",
        ),
        (
            "[page]",
            "[page]\nredirect = \"x\"",
            "page.redirect: is not a key of this service: expected client_id or origins",
        ),
        (
            "[acs]",
            "[acs]\naccess_key = \"canary\"",
            "acs.access_key: is not a key of this service: expected one of endpoint, access_key_file, \
             secondary_access_key_file, identity, identity_tenant_id, identity_client_id, identity_secret_file",
        ),
        ("[acs]", "acs = \"canary\"\n[other]", "acs: must be a section"),
        ("[acs]", "acs = [\"https://a.example\"]\n[acs_]", "acs: must be a section"),
        ("[acs]", "exchanges = []\n[acs]", "exchanges: must be a section"),
        (
            "[page]",
            "[pages]",
            "pages: is not a key of this service: expected one of listen, metrics_listen, drain_seconds, scales_out, \
             audit_when_full, acs, page, entra, exchanges, foreign_issuers, limits, mailbox, traces",
        ),
        ("listen =", "audit_when_full = \"wait\"\nlisten =", "audit_when_full: must be refuse or drop"),
        ("\"127.0.0.1:8403\"", "\"localhost\"", "listen: must be an IP address and a port, like 127.0.0.1:8403"),
        ("\"127.0.0.1:8403\"", "8403", "listen: must be a text"),
        ("\"127.0.0.1:8403\"", "canary", "configuration: line 2 is not TOML"),
        (
            "https://contoso.communication",
            "http://contoso.communication",
            "acs.endpoint: must be https, or http on loopback",
        ),
        ("azure.com/", "azure.com/teamsUser", "acs.endpoint: must be scheme, host and port only"),
        ("azure.com/", "azure.com/?a=b", "acs.endpoint: must be scheme, host and port only"),
        ("https://contoso", "https://user:canary@contoso", "acs.endpoint: must be scheme, host and port only"),
        ("https://contoso", "https://REPLACE-contoso", "acs.endpoint: still has the example's placeholder"),
        ("endpoint = \"https://contoso.communication.azure.com/\"", "", "acs.endpoint: is missing"),
        ("acc00000-0000", "acc00000", "page.client_id: must be a GUID"),
        (
            "acc00000-0000-4000-8000-000000000010",
            "00000000-0000-0000-0000-000000000000",
            "page.client_id: still has the example's placeholder",
        ),
        (
            "acc00000-0000-4000-8000-000000000010",
            "REPLACE-WITH-THE-CLIENT-ID",
            "page.client_id: still has the example's placeholder",
        ),
        (
            "[\"https://signin.contoso.example\", \"http://localhost:8080\"]",
            "[]",
            "page.origins: must have at least one",
        ),
        (
            "[\"https://signin.contoso.example\", \"http://localhost:8080\"]",
            "\"https://a.example\"",
            "page.origins: must be a list",
        ),
        ("\"http://localhost:8080\"]", "8080]", "page.origins[1]: must be a text"),
        ("https://signin.contoso.example", "*", "page.origins[0]: must be exact origins: neither * nor null"),
        (
            "https://signin.contoso.example",
            "https://*.contoso.example",
            "page.origins[0]: must be exact origins: neither * nor null",
        ),
        ("https://signin.contoso.example", "null", "page.origins[0]: must be exact origins: neither * nor null"),
        (
            "https://signin.contoso.example",
            "http://signin.contoso.example",
            "page.origins[0]: must be https, or http on loopback",
        ),
        (
            "https://signin.contoso.example",
            "http://localhost.contoso.example",
            "page.origins[0]: must be https, or http on loopback",
        ),
        (
            "https://signin.contoso.example",
            "http://app.localhost:8080/",
            "page.origins[0]: must be origins as browsers write them, like https://portal.example",
        ),
        (
            "https://signin.contoso.example",
            "https://signin.contoso.example/",
            "page.origins[0]: must be origins as browsers write them, like https://portal.example",
        ),
        (
            "https://signin.contoso.example",
            "https://signin.contoso.example:443",
            "page.origins[0]: must be origins as browsers write them, like https://portal.example",
        ),
        (
            "https://signin.contoso.example",
            "https://Signin.contoso.example",
            "page.origins[0]: must be origins as browsers write them, like https://portal.example",
        ),
        (
            "https://login.microsoftonline.com",
            "http://login.microsoftonline.com",
            "entra.authority: must be https, or http on loopback",
        ),
        (
            "https://login.microsoftonline.com",
            "http://login.localhost",
            "entra.authority: must be https, or http on loopback",
        ),
        (
            "https://login.microsoftonline.com",
            "https://login.microsoftonline.com/common",
            "entra.authority: must be scheme, host and port only",
        ),
        (
            "e8c00000-0000-4000-8000-000000000020",
            "api://e8c00000-0000-4000-8000-000000000020",
            "entra.audience: must be a GUID",
        ),
        (
            "tenants",
            "scope = \"api://x/access as\"\ntenants",
            "entra.scope: must be the name of one scope, without the address of the API",
        ),
        (
            "tenants",
            "scope = \"api://e8c00000-0000-4000-8000-000000000020/access_as_user\"\ntenants",
            "entra.scope: must be the name of one scope, without the address of the API",
        ),
        (
            "e8c00000-0000-4000-8000-000000000020",
            "acc00000-0000-4000-8000-000000000010",
            "entra.audience: is page.client_id: must be the application id of the service's own API, which is another \
             registration",
        ),
        (
            "[acs]",
            "metrics_listen = \"127.0.0.1:8403\"\n[acs]",
            "metrics_listen: must differ from listen: pages and strangers must not reach it",
        ),
        (
            "[acs]",
            "metrics_listen = \"0.0.0.0:8403\"\n[acs]",
            "metrics_listen: must differ from listen: pages and strangers must not reach it",
        ),
        ("client_id =", "clientid =", "page.clientid: is not a key of this service: expected client_id or origins"),
        (
            "authority =",
            "authroity =",
            "entra.authroity: is not a key of this service: expected one of authority, audience, scope, tenants, \
             clients, own_signing_key, authentication_context, v1_issuer, v1_audiences",
        ),
        ("origins =", "origin =", "page.origin: is not a key of this service: expected client_id or origins"),
        ("client_id = \"acc00000-0000-4000-8000-000000000010\"", "", "page.client_id: is missing"),
        ("\"fab00000-0000-4000-8000-000000000001\"", "", "entra.tenants: must have at least one"),
        ("fab00000-0000-4000-8000-000000000001", "organizations", "entra.tenants[0]: must be a GUID"),
        (
            "fab00000-0000-4000-8000-000000000001",
            CONSUMER_TENANT,
            "entra.tenants[0]: the tenant of personal Microsoft accounts is everybody's and cannot be allowed",
        ),
        (
            "fab00000-0000-4000-8000-000000000001",
            "9188040D-6C67-4C5B-B112-36A304B66DAD",
            "entra.tenants[0]: the tenant of personal Microsoft accounts is everybody's and cannot be allowed",
        ),
        ("tenants", "v1_audiences = []\ntenants", "entra.v1_audiences: must have at least one"),
        (
            "tenants",
            "v1_audiences = [\"api://*\"]\ntenants",
            "entra.v1_audiences[0]: must be the App ID URIs of the service's own API, to the letter",
        ),
        ("tenants", "v1_issuer = \"https://sts.windows.net\"\ntenants", "entra.v1_audiences: is missing"),
        (
            "tenants",
            "v1_audiences = [\"api://x\"]\nv1_issuer = \"http://sts.windows.net\"\ntenants",
            "entra.v1_issuer: must be https, or http on loopback",
        ),
        (
            "tenants",
            "v1_audiences = [\"api://x\"]\nv1_issuer = \"https://sts.windows.net/?a=b\"\ntenants",
            "entra.v1_issuer: must be an address without query, fragment and user",
        ),
        ("tenants", "own_signing_key = 1\ntenants", "entra.own_signing_key: must be true or false"),
        (
            "tenants",
            "own_signing_key = \"invalid, expected canary\"\ntenants",
            "entra.own_signing_key: must be true or false",
        ),
        (
            "tenants",
            "own_signing_key = \"missing field canary\"\ntenants",
            "entra.own_signing_key: must be true or false",
        ),
        (
            "tenants",
            "authentication_context = \"c1 c2\"\ntenants",
            "entra.authentication_context: must be the id of an authentication context, like c1",
        ),
        ("tenants", "clients = []\ntenants", "entra.clients: must have at least one"),
        ("tenants", "clients = [\"x\"]\ntenants", "entra.clients[0]: must be a GUID"),
        ("listen =", "drain_seconds = 61\nlisten =", "drain_seconds: must be a whole number from 0 to 60"),
        (
            "listen =",
            "metrics_listen = \"9090\"\nlisten =",
            "metrics_listen: must be an IP address and a port, like 127.0.0.1:8403",
        ),
        ("[acs]", "[acs]\nidentity = \"own\"", "acs.identity: must be one of managed, workload, client_secret"),
        ("[acs]", "[acs]\nidentity = { managed = [] }", "acs.identity: must be a text"),
        (
            "[acs]",
            "[acs]\nidentity = \"managed\"\naccess_key_file = \"/canary\"",
            "acs.identity: needs no file with an access key next to it",
        ),
        (
            "[acs]",
            "[acs]\nidentity = \"managed\"\nidentity_client_id = \"x\"",
            "acs.identity_client_id: must be a GUID",
        ),
        ("[acs]", "[acs]\nidentity_client_id = \"acc00000-0000-4000-8000-000000000099\"", "acs.identity: is missing"),
        ("[acs]", "limits = 7\n[acs]", "limits: must be a section"),
        ("[acs]", "[exchanges]\nteams_users = false\n[acs]", "exchanges: must have at least one"),
        (
            "[acs]",
            "[exchanges]\nguests = true\n[acs]",
            "exchanges.guests: is not a key of this service: expected one of teams_users, \
             insecure_teams_users_via_get, entra_id_users, insecure_guests",
        ),
        ("[acs]", "[exchanges]\nentra_id_users = \"yes\"\n[acs]", "exchanges.entra_id_users: must be true or false"),
        (
            "[acs]",
            "[limits]\nper_user = 7\n[acs]",
            "limits.per_user: is not a key of this service: expected one of acs_requests_per_30_seconds, instances, \
             per_user_and_minute, per_tenant_and_minute, per_address_and_minute, guests_per_address_and_minute, \
             trusted_proxies",
        ),
        (
            "[acs]",
            "[limits]\nper_user_and_minute = 0\n[acs]",
            "limits.per_user_and_minute: must be a whole number from 1 to 100000",
        ),
        (
            "[acs]",
            "[limits]\nacs_requests_per_30_seconds = 4\n[acs]",
            "limits.acs_requests_per_30_seconds: must be a whole number from 5 to 100000000",
        ),
        ("[acs]", "[limits]\ntrusted_proxies = \"1\"\n[acs]", "limits.trusted_proxies: must be a whole number"),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let error = parse(&GOOD.replacen(good, bad, 1)).unwrap_err().to_string();
        assert_eq!(error, message, "{bad}");
    }
}

#[test]
fn refuses_an_unusable_access_key_without_showing_it() {
    // SEC-115
    let without = Configuration::parse(GOOD, |_| None).unwrap_err().to_string();
    assert_eq!(without, "acs.access_key_file: is missing, and neither ACS_ACCESS_KEY nor ACS_CONNECTION_STRING is set");
    for (variable, value, message) in [
        ("ACS_ACCESS_KEY", "canary!", "ACS_ACCESS_KEY: the access key is not base64"),
        ("ACS_ACCESS_KEY", "Y2FuYXJ5", "ACS_ACCESS_KEY: the access key has fewer than 32 bytes"),
        ("ACS_ACCESS_KEY", "<canary>", "ACS_ACCESS_KEY: the access key is still a placeholder"),
        ("ACS_CONNECTION_STRING", "accesskey=canary", "ACS_CONNECTION_STRING: must read endpoint=…;accesskey=…"),
        (
            "ACS_CONNECTION_STRING",
            "endpoint=http://canary.example;accesskey=canary",
            "ACS_CONNECTION_STRING: must be https, or http on loopback",
        ),
        (
            "ACS_CONNECTION_STRING",
            "endpoint=https://contoso.communication.azure.com;accesskey=canary!",
            "ACS_CONNECTION_STRING: the access key is not base64",
        ),
    ] {
        assert_eq!(parse_with(GOOD, variable, value).unwrap_err().to_string(), message);
    }
    let missing = GOOD.replace("[acs]", "[acs]\naccess_key_file = \"/nowhere/canary\"");
    assert_eq!(
        parse(&missing).unwrap_err().to_string(),
        "acs.access_key_file: the file cannot be read (entity not found)"
    );
    let missing = GOOD.replace("[acs]", "[acs]\nsecondary_access_key_file = \"/nowhere/canary\"");
    assert_eq!(
        parse(&missing).unwrap_err().to_string(),
        "acs.secondary_access_key_file: the file cannot be read (entity not found)"
    );
    let short = |name: &str| match name {
        "ACS_ACCESS_KEY" => Some(KEY.to_owned()),
        "ACS_SECONDARY_ACCESS_KEY" => Some("Y2FuYXJ5".to_owned()),
        _ => None,
    };
    assert_eq!(
        Configuration::parse(GOOD, short).unwrap_err().to_string(),
        "ACS_SECONDARY_ACCESS_KEY: the access key has fewer than 32 bytes"
    );
}

#[test]
fn reads_the_endpoint_of_a_connection_string_and_refuses_a_different_one() {
    let other = format!("Endpoint=https://other.communication.azure.com/;AccessKey={KEY}");
    let without = GOOD.replace("endpoint = \"https://contoso.communication.azure.com/\"", "");
    let configuration = parse_with(&without, "ACS_CONNECTION_STRING", &other).unwrap();
    assert_eq!(configuration.acs.endpoint.as_str(), "https://other.communication.azure.com/");
    let error = parse_with(GOOD, "ACS_CONNECTION_STRING", &other).unwrap_err().to_string();
    assert_eq!(error, "acs.endpoint: differs from the endpoint in ACS_CONNECTION_STRING");
}

#[test]
fn prints_a_valid_configuration_without_its_secret() {
    // SEC-124
    let configuration = parse(GOOD).unwrap();
    let masked = configuration.masked();
    assert!(masked.contains("# primary access key: 64 bytes from ACS_ACCESS_KEY"), "{masked}");
    assert!(!masked.contains(&KEY[..8]), "{masked}");
    assert!(!format!("{configuration:?}").contains(&KEY[..8]));
    assert_eq!(parse(&masked).unwrap().masked(), masked);
    let more = GOOD.replace("tenants", "v1_audiences = [\"api://x\"]\ntenants");
    let masked = parse(&more).unwrap().masked();
    assert!(masked.contains("v1_issuer = \"https://sts.windows.net\"\nv1_audiences = [\"api://x\"]"), "{masked}");
    assert_eq!(parse(&masked).unwrap().masked(), masked);
}

#[test]
fn the_masked_configuration_does_not_show_the_address_for_traces_of_a_variable() {
    // SEC-124
    let environment = |name: &str| match name {
        "ACS_ACCESS_KEY" => Some(KEY.to_owned()),
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => Some("https://collector.example/canary".to_owned()),
        _ => None,
    };
    let masked = Configuration::parse(GOOD, environment).unwrap().masked();
    assert!(masked.contains("# the collector of traces is from a variable of OpenTelemetry\n"), "{masked}");
    assert!(!masked.contains("canary"), "{masked}");
}

#[test]
fn an_identity_needs_no_access_key_and_keeps_none() {
    // SEC-112
    for more in ["", "\nidentity_client_id = \"acc00000-0000-4000-8000-000000000099\""] {
        let text = GOOD.replace("[acs]", &format!("[acs]\nidentity = \"managed\"{more}"));
        let configuration = Configuration::parse(&text, |_| None).unwrap();
        let masked = configuration.masked();
        assert!(masked.contains(&format!("identity = \"managed\"{more}\n")), "{masked}");
        assert!(!parse(&masked).unwrap().masked().contains("access key"), "one in the environment is left alone");
    }
}

#[test]
fn a_client_secret_has_a_tenant_and_an_application_and_is_not_printed() {
    // SEC-112, SEC-115, SEC-124
    let section = "[acs]\nidentity = \"client_secret\"\nidentity_tenant_id = \"c0700000-0000-4000-8000-000000000002\"\n\
        identity_client_id = \"acc00000-0000-4000-8000-000000000014\"";
    let good = GOOD.replace("[acs]", section);
    let configuration = parse_with(&good, "ACS_IDENTITY_SECRET", "canary-secret").unwrap();
    let masked = configuration.masked();
    assert!(masked.contains(&section["[acs]\n".len()..]), "{masked}");
    assert!(masked.contains("# client secret from ACS_IDENTITY_SECRET"), "{masked}");
    assert!(!format!("{masked}{configuration:?}").contains("canary"));

    for (written, instead, secret, message) in [
        ("", "", "", "acs.identity_secret_file: is missing"),
        (
            "",
            "",
            "two words",
            "ACS_IDENTITY_SECRET: must be the value of a client secret: one word, and not the secret's id",
        ),
        (
            "[page]",
            "identity_secret_file = '/nowhere/canary'\n[page]",
            "",
            "acs.identity_secret_file: the file cannot be read (entity not found)",
        ),
        ("identity_tenant_id", "# ", "s", "acs.identity_tenant_id: is missing"),
        ("c0700000-0000", "organizations", "s", "acs.identity_tenant_id: must be a GUID"),
        ("identity_client_id", "# ", "s", "acs.identity_client_id: is missing"),
        (
            "\"client_secret\"",
            "\"managed\"",
            "s",
            "acs.identity_tenant_id: has no use unless acs.identity is client_secret",
        ),
        (
            "https://login.microsoftonline.com",
            "http://localhost:8401",
            "s",
            "entra.authority: must be https where acs.identity is client_secret",
        ),
        (
            "[page]",
            "access_key_file = \"/canary\"\n[page]",
            "s",
            "acs.identity: needs no file with an access key next to it",
        ),
    ] {
        let text = good.replacen(written, instead, 1);
        assert_eq!(parse_with(&text, "ACS_IDENTITY_SECRET", secret).unwrap_err().to_string(), message);
    }
}

#[test]
fn refuses_the_example_for_its_first_placeholder_and_accepts_the_development_file() {
    let example = include_str!("../../exchange-service.example.toml");
    assert_eq!(
        parse(&example.replace("access_key_file", "# access_key_file")).unwrap_err().to_string(),
        "page.client_id: still has the example's placeholder"
    );
    parse(include_str!("../../exchange-service.dev.toml")).unwrap();
}

#[test]
fn refuses_mailboxes_in_memory_where_azure_adds_instances() {
    let mailbox = format!("{GOOD}\n[mailbox]\nstore = \"memory\"\n");
    assert!(parse(&mailbox).unwrap().masked().ends_with("[mailbox]\nstore = \"memory\""));
    let function = |name: &str| match name {
        "ACS_ACCESS_KEY" => Some(KEY.to_owned()),
        "FUNCTIONS_CUSTOMHANDLER_PORT" => Some("0".to_owned()),
        _ => None,
    };
    let message = Configuration::parse(&mailbox, function).unwrap_err().to_string();
    assert_eq!(message, "mailbox.store: cannot be memory where the service scales out (scales_out)");
    // The operator can override that, if there is one instance at most.
    Configuration::parse(&format!("scales_out = false\n{mailbox}"), function).unwrap();
    let message = parse_with(GOOD, "FUNCTIONS_CUSTOMHANDLER_PORT", "canary").unwrap_err().to_string();
    assert_eq!(message, "FUNCTIONS_CUSTOMHANDLER_PORT: must be the number of a port");
    let message = parse(&format!("scales_out = \"no\"\n{GOOD}")).unwrap_err().to_string();
    assert_eq!(message, "scales_out: must be true or false");
}

#[test]
fn rev_02_refuses_limits_with_which_one_tenant_can_use_up_the_allowance() {
    let function = |instances: &'static str| {
        move |name: &str| match name {
            "ACS_ACCESS_KEY" => Some(KEY.to_owned()),
            "FUNCTIONS_CUSTOMHANDLER_PORT" => Some("0".to_owned()),
            "EXCHANGE_SERVICE_INSTANCES" => Some(instances.to_owned()),
            "MAILBOX_REDIS_URL" => Some("redis://localhost".to_owned()),
            "MAILBOX_SECRET" => Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()),
            _ => None,
        }
    };
    let with = |limits: &str| format!("{GOOD}\n[limits]\n{limits}\n");
    let below = "limits.per_tenant_and_minute: must be below";
    let and = "or one tenant could use up what ACS allows to all of them";
    let unknown = "limits.instances: must be the greatest number of instances, here or in EXCHANGE_SERVICE_INSTANCES, because \
                   the service scales out (scales_out) and has no Redis (mailbox.store) to count in";
    let too_many = |most: u32| {
        format!(
            "limits.instances: must be at most {most} without Redis, or a tenant has fewer than 10 requests at once at \
             each: configure a Redis (mailbox.store = redis), in which they count together"
        )
    };
    for (limits, instances, message) in [
        ("per_tenant_and_minute = 800", "2", format!("{below} 800, {and}")),
        ("per_tenant_and_minute = 80\nacs_requests_per_30_seconds = 50", "2", format!("{below} 80, {and}")),
        ("instances = 0", "2", "limits.instances: must be a whole number from 1 to 10000".to_owned()),
        ("instances = 6", "2", too_many(5)),
        // The template of the Function sets 40.
        ("", "40", too_many(5)),
        ("per_tenant_and_minute = 100", "3", too_many(2)),
        ("acs_requests_per_30_seconds = 50", "2", too_many(1)),
        ("", "", unknown.to_owned()),
        ("", "1", unknown.to_owned()),
        ("", "0", "EXCHANGE_SERVICE_INSTANCES: must be a whole number from 1 to 10000".to_owned()),
        ("", "many", "EXCHANGE_SERVICE_INSTANCES: must be a whole number from 1 to 10000".to_owned()),
    ] {
        let error = Configuration::parse(&with(limits), function(instances)).unwrap_err().to_string();
        assert_eq!(error, message, "{limits} {instances}");
    }
    for (more, instances) in [
        ("", "5"),
        ("instances = 5", "40"),
        ("[mailbox]\nstore = \"redis\"", ""),
        ("[mailbox]\nstore = \"redis\"", "1000"),
    ] {
        Configuration::parse(&with(more), function(instances)).unwrap();
    }
    // With Redis an unknown number counts as ten. Otherwise each process would use the whole allowance while Redis does
    // not respond.
    let with_redis = |instances| {
        Configuration::parse(&with("[mailbox]\nstore = \"redis\""), function(instances))
            .unwrap()
            .limits
            .allowance
            .instances
    };
    assert_eq!((with_redis(""), with_redis("40")), (10, 40));
    // The default is a quarter. A single tenant gets the whole.
    assert_eq!(parse(GOOD).unwrap().limits.allowance.per_tenant_and_minute, 720);
    let two = parse(&format!("{GOOD}{PORTAL}")).unwrap();
    assert_eq!((two.limits.allowance.per_tenant_and_minute, two.limits.allowance.instances), (200, 1));
    let masked = two.masked();
    assert_eq!(parse(&masked).unwrap().masked(), masked);
}

const PORTAL: &str = r#"
[[foreign_issuers]]
issuer = "https://portal.example/sessions"
jwks_url = "https://portal.example/keys.json"
algorithms = ["ES256", "RS256"]
audience = "acs-exchange"
client_claim = "client_id"
clients = ["web"]
tenant = "fab00000-0000-4000-8000-000000000001"
"#;

#[test]
fn checks_foreign_issuers_and_refuses_hosts_of_entra() {
    // SEC-124
    let good = format!("{GOOD}{PORTAL}");
    let masked = parse(&good).unwrap().masked();
    assert!(masked.contains("object_id_claim = \"oid\""), "{masked}");
    assert!(masked.contains("clients = [\"web\"]"), "{masked}");
    assert_eq!(parse(&masked).unwrap().masked(), masked);
    for (good_part, bad, message) in [
        ("https://portal.example/sessions", "http://portal.example", "issuer: must be https, or http on loopback"),
        ("https://portal.example/sessions", "portal", "issuer: must be https, or http on loopback"),
        ("example/sessions", "example/?a", "issuer: must be an address without query, fragment and user"),
        (
            "https://portal.example/sessions",
            "https://login.microsoftonline.com/x",
            "issuer: is Entra's, whose tokens are the section entra's",
        ),
        (
            "https://portal.example/sessions",
            "https://STS.windows.net/x",
            "issuer: is Entra's, whose tokens are the section entra's",
        ),
        (
            "https://portal.example/sessions",
            "https://login.windows.net./x",
            "issuer: is Entra's, whose tokens are the section entra's",
        ),
        (
            "https://portal.example/keys.json",
            "https://user@portal.example/",
            "jwks_url: must be an address without fragment and user",
        ),
        ("https://portal.example/keys.json", "http://portal.example/", "jwks_url: must be https, or http on loopback"),
        ("\"ES256\", ", "\"HS256\", ", "algorithms[0]: must be one of ES256, PS256, RS256"),
        ("[\"ES256\", \"RS256\"]", "[]", "algorithms: must have at least one"),
        ("\"acs-exchange\"", "\"\"", "audience: is missing"),
        ("client_claim = \"client_id\"", "", "client_claim: is missing"),
        ("clients = [\"web\"]", "", "clients: is missing"),
        ("tenant = \"fab00000-0000-4000-8000-000000000001\"", "", "tenant: is missing"),
        ("tenant = \"fab00000-0000-4000-8000-000000000001\"", "tenant = \"organizations\"", "tenant: must be a GUID"),
        (
            "issuer =",
            "tenants = []\nissuer =",
            "tenants: is not a key of this service: expected one of issuer, jwks_url, algorithms, audience, \
             client_claim, clients, object_id_claim, tenant",
        ),
    ] {
        assert!(PORTAL.contains(good_part), "{good_part}");
        let error = parse(&format!("{GOOD}{}", PORTAL.replacen(good_part, bad, 1))).unwrap_err().to_string();
        assert_eq!(error, format!("foreign_issuers[0].{message}"), "{bad}");
    }
    let personal =
        good.replacen("tenant = \"fab00000-0000-4000-8000-000000000001", &format!("tenant = \"{CONSUMER_TENANT}"), 1);
    assert!(parse(&personal).unwrap_err().to_string().starts_with("foreign_issuers[0].tenant: the tenant of personal"));
    let twice = parse(&format!("{good}{PORTAL}")).unwrap_err().to_string();
    assert_eq!(twice, "foreign_issuers[1].issuer: is named twice");
    let table = parse(&format!("{GOOD}{}", PORTAL.replace("[[foreign_issuers]]", "[foreign_issuers]")));
    assert_eq!(table.unwrap_err().to_string(), "foreign_issuers: must be written [[foreign_issuers]], once for each");
    let own = GOOD.replace("https://login.microsoftonline.com", "https://portal.example");
    let own = parse(&format!("{own}{PORTAL}")).unwrap_err().to_string();
    assert_eq!(own, "foreign_issuers[0].issuer: is Entra's, whose tokens are the section entra's");
}

#[test]
fn external_tenants_and_regional_endpoints_of_entra_are_not_foreign_issuers() {
    // The note on REV-02 to REV-13 in the security review: the tokens of such tenants would be checked by the weaker
    // rules.
    let parsed = |issuer: &str| {
        parse(&format!("{GOOD}{}", PORTAL.replacen("https://portal.example/sessions", issuer, 1)))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let external = "foreign_issuers[0].issuer: is Microsoft Entra's own (External ID or Azure AD B2C), and cannot be \
                    configured as a foreign issuer";
    for issuer in [
        "https://contoso.ciamlogin.com/fab00000-0000-4000-8000-000000000001/v2.0",
        "https://fab00000-0000-4000-8000-000000000001.CiamLogin.com./v2.0",
        "https://ciamlogin.com/",
        "https://contoso.b2clogin.com/tfp/fab00000-0000-4000-8000-000000000001/b2c_1_signin/v2.0/",
        "https://contoso.b2clogin.cn/",
        "https://contoso.b2clogin.de/",
        "https://contoso.b2clogin.us/",
    ] {
        assert_eq!(parsed(issuer).unwrap_err(), external, "{issuer}");
    }
    for issuer in ["https://westeurope.login.microsoft.com/x", "https://login-us.microsoftonline.com/x"] {
        assert!(parsed(issuer).unwrap_err().contains("is Entra's"), "{issuer}");
    }
    for issuer in
        ["https://notciamlogin.com/", "https://ciamlogin.com.portal.example/", "https://portal.example/b2clogin.com"]
    {
        assert_eq!(parsed(issuer), Ok(()), "{issuer}");
    }
}

#[test]
fn accepts_only_a_collector_of_traces_with_tls_or_on_loopback() {
    // SEC-124
    let traced = format!("{GOOD}\n[traces]\ncollector = \"http://localhost:4318\"\n");
    assert!(parse(GOOD).unwrap().traces.is_none());
    let masked = parse(&traced).unwrap().masked();
    assert!(masked.ends_with("[traces]\ncollector = \"http://localhost:4318\""), "{masked}");
    assert_eq!(parse(&masked).unwrap().masked(), masked);
    for (bad, message) in [
        ("http://collector.example", "traces.collector: must be https, or http on loopback"),
        ("https://collector.example/v1/traces", "traces.collector: must be scheme, host and port only"),
    ] {
        assert_eq!(parse(&traced.replace("http://localhost:4318", bad)).unwrap_err().to_string(), message);
    }
}

#[test]
fn the_committed_schema_is_derived_from_the_types_of_the_file() {
    // Draft 7 is the last that editors for TOML support. TOML has no null.
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(without_null));
    let schema = settings.into_generator().into_root_schema_for::<File>().to_value();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("exchange-service.schema.json");
    if env::var_os("WRITE_SCHEMA").is_some() {
        fs::write(&path, format!("{schema:#}\n")).unwrap();
    }
    let committed: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let how = "this writes it: WRITE_SCHEMA=1 cargo test --package exchange-service --lib committed_schema";
    assert_eq!(committed, schema, "{how}");
}

impl<const LEAST: u32, const MOST: u32> JsonSchema for Number<LEAST, MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// Removes the null that an optional value could be in JSON.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        let only = types.pop().filter(|_| types.is_empty()).unwrap();
        schema.insert("type".to_owned(), only);
    }
    if let Some(Value::Array(mut any)) = schema.remove("anyOf") {
        any.retain(|one| one["type"] != "null");
        schema.insert("allOf".to_owned(), any.into());
    }
}

#[test]
fn every_example_names_the_schema_in_its_first_line() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = directory.join("exchange-service.schema.json").canonicalize().unwrap();
    for name in [
        "exchange-service.dev.toml",
        "exchange-service.example.toml",
        "tests/service/exchange-service.toml",
        "../../deploy/function/exchange-service.toml",
    ] {
        let example = directory.join(name);
        let text = fs::read_to_string(&example).unwrap();
        let (first, _) = text.split_once('\n').unwrap();
        let named = first.strip_prefix("#:schema ").unwrap_or_else(|| panic!("{name} begins with {first}"));
        assert_eq!(example.with_file_name(named).canonicalize().unwrap(), schema, "{name}");
    }
}
