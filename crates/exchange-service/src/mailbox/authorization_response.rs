//! Checks that a response for a mailbox is one authorization response (RFC 6749 section 4.1.2). Otherwise a mailbox
//! could be used to exchange other data.

use contract::secret::AuthorizationResponse;

/// The parameters of RFC 6749, RFC 9207, OpenID Connect Session Management, and Entra.
const KNOWN: [&str; 9] = [
    "client_info",
    "code",
    "error",
    "error_description",
    "error_subcode",
    "error_uri",
    "iss",
    "session_state",
    "state",
];

/// The tokens of the implicit and hybrid flows, which the page does not use (RFC 9700 section 2.1.2).
const TOKENS: [&str; 3] = ["access_token", "id_token", "refresh_token"];

/// The response without unknown parameters: a client must ignore these (RFC 6749 section 4.1.2), so they are not kept.
/// `None` if it is not an authorization response.
pub(crate) fn authorization_response(body: &[u8]) -> Option<AuthorizationResponse> {
    // Form-encoded text is printable ASCII.
    let text = str::from_utf8(body).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))?;
    let mut kept: Vec<&str> = Vec::new();
    let mut seen = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        // Compares the decoded name, because `%63ode` means `code`, too.
        let (name, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
        if TOKENS.contains(&&*name) {
            return None;
        }
        let Some(known) = KNOWN.iter().find(|known| **known == name) else { continue };
        if seen.iter().any(|(name, _)| name == known) {
            return None;
        }
        seen.push((*known, value.is_empty()));
        kept.push(pair);
    }
    let has = |name| seen.contains(&(name, false));
    (has("state") && has("code") != has("error")).then(|| AuthorizationResponse::new(kept.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(body: &str) -> Option<String> {
        authorization_response(body.as_bytes()).map(|response| response.expose().to_owned())
    }

    #[test]
    fn keeps_an_authorization_response_unchanged() {
        for body in [
            "code=0.AXoA-_~%2B&state=abc",
            "code=a&client_info=e30&state=b&session_state=c&iss=https%3A%2F%2Flogin.microsoftonline.com%2Ft%2Fv2.0",
            "error=access_denied&error_description=AADSTS65004%3a+User+declined&error_subcode=cancel&state=b",
            "%63ode=a&state=b",
        ] {
            assert_eq!(kept(body).as_deref(), Some(body), "{body}");
        }
    }

    #[test]
    fn drops_unknown_parameters() {
        assert_eq!(kept("code=a&payload=hello&state=b&").as_deref(), Some("code=a&state=b"));
    }

    #[test]
    fn anything_else_is_refused() {
        // RFC 6749 section 3.1, RFC 9700 section 2.1.2
        for body in [
            "",
            "hello",
            "{\"code\":\"a\",\"state\":\"b\"}",
            "code=a",
            "state=b",
            "code=&state=b",
            "code=a&state=",
            "error=&state=b",
            "code=a&error=x&state=b",
            "code=a&code=b&state=c",
            "code=a&%63ode=b&state=c",
            "code=a&state=b&state=b",
            "code=a&state=b&iss=x&iss=y",
            "code=a&state=b&id_token=e30",
            "code=a&state=b&access_token=x",
            "code=a&state=b&refresh%5Ftoken=x",
            "code=a b&state=c",
            "code=a\r\n&state=c",
            "code=é&state=c",
        ] {
            assert_eq!(kept(body), None, "{body}");
        }
        assert!(authorization_response(b"code=\xff&state=b").is_none());
    }
}
