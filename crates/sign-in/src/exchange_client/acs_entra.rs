//! ACS's own exchanges, for Entra ID users (`access/entra`, public preview) and for Teams Phone extensibility
//! (`access/teamsExtension`): A1 as the bearer token, an empty body, no backend and no key.

use contract::{rfc3339, secret::EntraAccessToken};
use messages::{
    AcsToken, Problem, ProblemCode,
    json::{self, Json, Malformed},
};

use super::exchanged::{Exchanged, communication_id};
use crate::{
    address::Address,
    config::AcsOperation,
    http::{Request, Response},
};

/// The request to the ACS resource for D. It uses up A1.
pub fn request(resource: &Address, operation: AcsOperation, entra: EntraAccessToken) -> Request {
    let (name, api_version) = match operation {
        // The only version with this operation.
        AcsOperation::EntraId => ("entra", "2025-03-02-preview"),
        AcsOperation::TeamsExtension => ("teamsExtension", "2025-06-30"),
    };
    let url = format!("{}/access/{name}/:exchangeAccessToken?api-version={api_version}", resource.origin());
    Request::post_json(url, entra.expose(), "{}".to_owned())
}

pub(super) fn read(response: &Response) -> Option<Exchanged> {
    if response.status != 200 {
        return None;
    }
    let (token, expires_on, id) = members(response).ok()?;
    let communication_id = id.and_then(|id| communication_id(&id));
    Some(Exchanged { token, expires_at: rfc3339::parse(&expires_on)?, communication_id })
}

/// The token, its expiry, and the identity in ACS, if the response has it.
fn members(response: &Response) -> Result<(AcsToken, String, Option<String>), Malformed> {
    let mut body = json::read_members(response.body.expose(), &["accessToken", "identity"])?;
    let id = match body.take("identity") {
        Json::Missing | Json::Null => None,
        identity => {
            let mut identity = identity.into_object();
            let id = identity.text("id");
            identity.finish()?;
            Some(id)
        }
    };
    let mut access_token = body.take("accessToken").into_object();
    let (token, expires_on) = (AcsToken::new(access_token.text("token")), access_token.text("expiresOn"));
    access_token.finish()?;
    body.finish().map(|()| (token, expires_on, id))
}

/// The problem of a refusal. The status decides; ACS's error is shown as the detail.
pub(super) fn problem(response: &Response) -> Problem {
    let code = match response.status {
        401 => ProblemCode::EntraTokenRefused,
        403 => ProblemCode::AssignmentMissing,
        429 => ProblemCode::AcsBusy,
        _ => ProblemCode::AcsUnavailable,
    };
    let detail = match error(response) {
        Ok((code, message)) => format!("HTTP {}: {code}: {message}", response.status),
        Err(Malformed) => format!("HTTP {}", response.status),
    };
    Problem::new(code).detail(detail)
}

/// ACS's own code and message.
fn error(response: &Response) -> Result<(String, String), Malformed> {
    let mut body = json::read_members(response.body.expose(), &["error"])?;
    let mut error = body.take("error").into_object();
    let code = error.text("code");
    let message = match error.take("message") {
        Json::Missing => String::new(),
        message => error.require(message.into_text()).unwrap_or_default(),
    };
    error.finish()?;
    body.finish().map(|()| (code, message))
}

#[cfg(test)]
mod tests {
    use contract::UnixTime;

    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response::plain(status, body)
    }

    #[test]
    fn the_request_has_a1_as_its_authorization_and_nothing_else() {
        let resource = Address::parse("https://contoso.communication.azure.com/").unwrap();
        for (operation, tail) in [
            (AcsOperation::EntraId, "entra/:exchangeAccessToken?api-version=2025-03-02-preview"),
            (AcsOperation::TeamsExtension, "teamsExtension/:exchangeAccessToken?api-version=2025-06-30"),
        ] {
            let request = request(&resource, operation, EntraAccessToken::new("the-a1".to_owned()));
            assert_eq!(request.url, format!("https://contoso.communication.azure.com/access/{tail}"));
        }
        let request = request(&resource, AcsOperation::EntraId, EntraAccessToken::new("the-a1".to_owned()));
        assert_eq!(request.headers[0].1.expose(), "Bearer the-a1");
        assert_eq!(request.body.unwrap().expose(), "{}");
    }

    #[test]
    fn the_token_is_read_from_its_envelope() {
        let body =
            r#"{"identity":{"id":"8:acs:x"},"accessToken":{"token":"d","expiresOn":"2026-11-21T09:00:00+00:00"}}"#;
        let exchanged = read(&response(200, body)).unwrap();
        assert_eq!((exchanged.token.expose(), exchanged.expires_at), ("d", UnixTime::from_seconds(1_795_251_600)));
        assert_eq!(exchanged.communication_id.as_deref(), Some("8:acs:x"));
        let nameless = r#"{"accessToken":{"token":"d","expiresOn":"2026-11-21T09:00:00+00:00"}}"#;
        assert_eq!(read(&response(200, nameless)).unwrap().communication_id, None);
        for bad in ["", "{}", r#"{"token":"d","expiresOn":"2026-11-21T09:00:00Z"}"#] {
            assert!(read(&response(200, bad)).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_status_of_acs_decides_the_problem() {
        let envelope = r#"{"error":{"code":"Forbidden","message":"No assignment."}}"#;
        for (status, code) in [
            (401, ProblemCode::EntraTokenRefused),
            (403, ProblemCode::AssignmentMissing),
            (429, ProblemCode::AcsBusy),
            (503, ProblemCode::AcsUnavailable),
            (200, ProblemCode::AcsUnavailable),
        ] {
            let problem = problem(&response(status, envelope));
            assert_eq!(problem.code, code, "{status}");
            assert_eq!(problem.detail.unwrap(), format!("HTTP {status}: Forbidden: No assignment."));
        }
    }
}
