//! Generates `openapi.json`, which is committed and served, from the annotations of the handlers. After a change:
//!
//! ```sh
//! UPDATE_OPENAPI=1 cargo test --package exchange-service --lib openapi
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use contract::{
    exchange::{
        ExchangeProblem, ExchangeProblemCode as Code,
        guest::{GuestRequest, GuestResponse},
        quickstart::{EntraIdUserResponse, ExchangeRequest, ExchangeResponse},
    },
    mailbox::{Delivery, Reservation},
    secret::{AuthorizationResponse, EntraAccessToken, MailboxKey},
};
use messages::AcsToken;
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::{
    exchange_routes::{by_get, by_post, warm_up},
    key_relay, mailbox_routes, probes,
};

pub(super) mod schemas;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Exchange service of ACS Sign-In",
        version = "1",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        description = "Exchanges a person's Entra token for an Azure Communication Services token. Codes of problems \
                       are stable; titles are not. A request whose Origin is not configured is refused whatever it \
                       asks; preflights of configured origins are answered with 204. A route that is turned off in \
                       the configuration returns 404."
    ),
    servers((url = "/")),
    paths(
        by_post::of_teams_user,
        by_post::of_entra_id_user,
        by_post::for_a_guest,
        by_get::of_teams_user_via_get,
        warm_up::for_teams_users,
        warm_up::for_entra_id_users,
        key_relay::all_keys,
        key_relay::tenant_keys,
        mailbox_routes::reserve,
        mailbox_routes::fill,
        mailbox_routes::take,
        mailbox_routes::forget,
        probes::livez,
        probes::readyz,
        probes::openapi,
    )
)]
struct Handlers;

/// The document: what the handlers say, and what the middleware adds to all of them.
fn document() -> Value {
    let mut document = serde_json::to_value(Handlers::openapi()).unwrap();
    let mut problems = problems_of(&[Code::MethodNotAllowed]);
    let paths = document["paths"].as_object_mut().unwrap();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().unwrap() {
            let possible: Vec<Code> =
                Code::ALL.iter().copied().filter(|code| can_respond(path, method, operation, *code)).collect();
            let is_probe = operation["tags"][0] == "probes";
            operation["parameters"] = parameters(operation, is_probe, method);
            for text in ["summary", "description"] {
                if let Some(text) = operation.get_mut(text) {
                    *text = text.as_str().unwrap().replace('\n', " ").into();
                }
            }
            let responses = operation["responses"].as_object_mut().unwrap();
            for response in responses.values_mut() {
                for (_, header) in response["headers"].as_object_mut().into_iter().flatten() {
                    header["required"] = true.into();
                }
                response["headers"]["x-correlation-id"] = reference("headers", "CorrelationId");
            }
            for (name, problem) in problems_of(&possible) {
                let status = problem["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]
                    ["status"]["const"]
                    .to_string();
                responses.insert(status, reference("responses", &name));
                problems.insert(name, problem);
            }
        }
    }
    // utoipa writes `operation_id`, which is not a member of a link.
    document["paths"]["/mailbox"]["post"]["responses"]["201"]["links"] =
        json!({"leave": {"operationId": "leaveResponse", "parameters": {"id": "$response.body#/id"}}});
    let components = &mut document["components"];
    components["responses"] = json!(problems);
    components["parameters"] = json!({
        "CorrelationId": {
            "name": "x-correlation-id", "in": "header", "schema": {"type": "string"},
            "description": "Finds the request in every log. Replaced by another unless it is 1 to 64 letters, digits \
                            and hyphens.",
        },
        "Traceparent": {
            "name": "traceparent", "in": "header", "schema": {"type": "string"},
            "description": "W3C Trace Context. Anything else begins a new trace.",
        },
        "Origin": {
            "name": "Origin", "in": "header", "required": true, "schema": {"type": "string"},
            "description": "One of the configured origins. Browsers send it by themselves.",
        },
    });
    components["headers"] = json!({
        "CorrelationId": {
            "description": "Finds the request in every log.", "required": true,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
        },
        "RetryAfter": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    });
    components["securitySchemes"] = json!({
        "callerToken": {
            "type": "http", "scheme": "bearer",
            "description": "A token that Entra or a configured issuer issued for this service (B).",
        },
        "mailboxKey": {"type": "http", "scheme": "bearer", "description": "The key of the reservation."},
    });
    components["schemas"]["AuthorizationResponse"]["oneOf"] = json!([
        {"required": ["code"], "not": {"required": ["error"]}},
        {"required": ["error"], "not": {"required": ["code"]}},
    ]);
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.code()).collect();
    components["schemas"]["ProblemCode"] = json!({"type": "string", "enum": codes});
    components["schemas"]["Problem"] = json!({
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "code", "correlationId"],
        "properties": {
            "type": {"type": "string", "pattern": "^urn:acs-sign-in:problem:[a-z_]+$"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": reference("schemas", "ProblemCode"),
            "correlationId": {"type": "string"},
        },
    });
    // The features of serde_json decide whether it keeps the order of members.
    document.sort_all_objects();
    document
}

/// Whether this operation can respond with this problem.
fn can_respond(path: &str, method: &str, operation: &Value, code: Code) -> bool {
    let requires = |scheme: &str| !operation["security"][0][scheme].is_null();
    let (tag, id) = (operation["tags"][0].as_str().unwrap(), operation["operationId"].as_str().unwrap());
    match code {
        // These refuse a request before its route.
        Code::OriginNotAllowed => true,
        // An operation is documented with its own methods.
        Code::MethodNotAllowed | Code::Unknown => false,
        Code::Internal | Code::RateLimited | Code::RequestTimeout => tag != "probes",
        // `/keys` always exists.
        Code::NotFound => tag != "probes" && path != "/keys",
        // A token in a header counts as a body.
        Code::MalformedRequest | Code::TooLarge => tag == "exchange" || method == "post",
        Code::UnsupportedMediaType => !operation["requestBody"].is_null(),
        Code::CallerTokenRefused
        | Code::StepUpRequired
        | Code::ApplicationMismatch
        | Code::EntraTokenRefused
        | Code::UserMismatch => requires("callerToken"),
        Code::AssignmentMissing => id == "exchangeOfEntraIdUser",
        Code::KeysUnavailable => tag == "keys" || requires("callerToken"),
        Code::Overloaded => tag == "exchange" || id == "takeResponse",
        Code::AcsAnswerUnreadable
        | Code::AcsBusy
        | Code::AcsRefusedService
        | Code::AcsTimeout
        | Code::AcsUnavailable
        | Code::AuditUnavailable
        | Code::ServiceIdentityUnavailable => tag == "exchange",
        Code::MailboxKeyRefused => requires("mailboxKey"),
        Code::MailboxFilled => id == "leaveResponse",
        Code::MailboxUnavailable => path == "/mailbox/{id}",
    }
}

/// The parameters of an operation, with those that apply to many.
fn parameters(operation: &Value, is_probe: bool, method: &str) -> Value {
    let mut parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    // Only a page reserves and fills mailboxes.
    let of_pages = (operation["tags"][0] == "mailbox" && method == "post").then_some("Origin");
    let of_all = if is_probe { vec![] } else { vec!["CorrelationId", "Traceparent"] };
    parameters.extend(of_pages.into_iter().chain(of_all).map(|name| reference("parameters", name)));
    parameters.into()
}

/// The responses with these codes, one for each status, by their names in the document.
fn problems_of(codes: &[Code]) -> BTreeMap<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(*code);
    }
    let named = by_status.into_iter().map(|(status, codes)| {
        let texts: Vec<_> = codes.iter().map(|code| code.code()).collect();
        (texts.join("-or-"), problem(status, &codes, &texts))
    });
    named.collect()
}

fn problem(status: u16, codes: &[Code], texts: &[&str]) -> Value {
    let titles: Vec<_> = codes.iter().map(|code| code.title()).collect();
    let mut headers = json!({"x-correlation-id": reference("headers", "CorrelationId")});
    match status {
        401 => {
            let challenge = match codes.contains(&Code::StepUpRequired) {
                true => "^Bearer( error=\"insufficient_claims\", claims=\"[A-Za-z0-9+/=]+\")?$",
                false => "^Bearer$",
            };
            headers["WWW-Authenticate"] = json!({"required": true, "schema": {"type": "string", "pattern": challenge}});
        }
        405 => headers["Allow"] = json!({"required": true, "schema": {"type": "string"}}),
        429 | 503 => headers["Retry-After"] = reference("headers", "RetryAfter"),
        _ => {}
    }
    let schema = json!({"allOf": [
        reference("schemas", "Problem"),
        {"properties": {"status": {"const": status}, "code": {"enum": texts}}},
    ]});
    let content = json!({"application/problem+json": {"schema": schema}});
    json!({"description": titles.join(" "), "headers": headers, "content": content})
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

#[test]
fn the_committed_document_is_the_one_of_the_handlers() {
    // SEC-101
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let generated = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(committed == generated, "openapi.json differs from the handlers: run this test with UPDATE_OPENAPI=1");
}

#[test]
fn the_schemas_have_the_members_of_the_bodies() {
    let text = || "x".to_owned();
    let response = || ExchangeResponse { token: AcsToken::new(text()), expires_on: text() };
    let code = Code::Internal;
    let document = document();
    for (name, body) in [
        ("ExchangeRequest", json!(ExchangeRequest { access_token: EntraAccessToken::new(text()) })),
        ("ExchangeResponse", json!(response())),
        ("EntraIdUserResponse", json!(EntraIdUserResponse::new(response(), text()))),
        ("GuestRequest", json!(GuestRequest {})),
        ("GuestResponse", json!(GuestResponse::new(response(), text()))),
        ("Reservation", json!(Reservation { id: text(), key: MailboxKey::new(text()) })),
        ("Delivery", json!(Delivery { response: AuthorizationResponse::new(text()) })),
        ("Problem", json!(ExchangeProblem { kind: text(), title: text(), status: 500, code, correlation_id: text() })),
    ] {
        let schema = &document["components"]["schemas"][name];
        let names = |members: &Value| members.as_object().map_or(BTreeSet::new(), |all| all.keys().cloned().collect());
        let required =
            schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned());
        let members: BTreeSet<String> = names(&body);
        assert_eq!((names(&schema["properties"]), required.collect()), (members.clone(), members), "{name}");
    }
}

#[test]
fn every_code_is_a_possible_response_by_its_name_on_the_wire() {
    let document = document();
    let responses = document["components"]["responses"].as_object().unwrap();
    let mut named: Vec<_> = responses
        .values()
        .flat_map(|response| {
            let schema = &response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
            schema["code"]["enum"].as_array().unwrap()
        })
        .collect();
    named.sort_unstable_by_key(|code| code.to_string());
    named.dedup();
    let mut all: Vec<_> = Code::ALL.iter().map(|code| serde_json::to_value(code).unwrap()).collect();
    all.sort_unstable_by_key(|code| code.to_string());
    assert_eq!(named, all.iter().collect::<Vec<_>>());
}
