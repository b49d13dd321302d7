//! Faults of authorization responses (RFC 6749 section 4.1.2, RFC 9207).

use crate::fault::enumeration::faults;

faults! {
    /// A fault of every authorization response.
    AuthorizationFault {
        Error "server_error instead of the response",
        ErrorWithoutState "server_error without state",
        ErrorWrongState "server_error with a state that the client did not send",
        HostileError "server_error with markup in its description and a script in its address",
        MissingState "No state",
        WrongState "A state that the client did not send",
        DuplicateState "state twice, the right one first",
        MissingCode "Neither code nor error",
        DuplicateCode "code twice, the right one first",
        RightIssuer "iss is present, which is valid",
        WrongIssuer "iss is another issuer",
        DuplicateIssuer "iss twice, the right one first",
        WithTokens "id_token and access_token next to the code, which the client did not request",
        ForeignCloud "cloud_instance_host_name and cloud_graph_host_name name other hosts",
    }
}

/// The parameters of an authorization response, in order.
pub(crate) type ResponseParameters = Vec<(&'static str, String)>;

/// A value that no client sent.
const UNREQUESTED: &str = "unrequested-value";

impl AuthorizationFault {
    /// The response with this fault. `issuer` is the right issuer, for `iss`.
    pub(crate) fn apply(self, parameters: ResponseParameters, issuer: &str) -> ResponseParameters {
        let mut parameters = match self {
            Self::Error | Self::ErrorWithoutState | Self::ErrorWrongState | Self::HostileError => {
                let state = parameters.into_iter().filter(|(name, _)| *name == "state");
                self.error().into_iter().map(|(name, value)| (name, value.to_owned())).chain(state).collect()
            }
            _ => parameters,
        };
        let mut add = |name, value: &str| parameters.push((name, value.to_owned()));
        match self {
            Self::DuplicateState => add("state", UNREQUESTED),
            Self::DuplicateCode => add("code", UNREQUESTED),
            Self::RightIssuer => add("iss", issuer),
            Self::WrongIssuer => add("iss", "https://login.elsewhere.example/v2.0"),
            Self::DuplicateIssuer => {
                add("iss", issuer);
                add("iss", "https://login.elsewhere.example/v2.0");
            }
            Self::WithTokens => {
                add("id_token", UNREQUESTED);
                add("access_token", UNREQUESTED);
            }
            Self::ForeignCloud => {
                add("cloud_instance_host_name", "login.elsewhere.example");
                add("cloud_graph_host_name", "graph.elsewhere.example");
            }
            _ => {}
        }
        match self {
            Self::MissingState | Self::ErrorWithoutState => parameters.retain(|(name, _)| *name != "state"),
            Self::MissingCode => parameters.retain(|(name, _)| *name == "state"),
            Self::WrongState | Self::ErrorWrongState => {
                parameters.retain(|(name, _)| *name != "state");
                parameters.push(("state", UNREQUESTED.to_owned()));
            }
            _ => {}
        }
        parameters
    }

    fn error(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::HostileError => vec![
                ("error", "server_error"),
                ("error_description", "<img src=x onerror=alert(1)><script>alert(2)</script>\u{202e}"),
                ("error_uri", "javascript:alert(3)"),
            ],
            _ => vec![("error", "server_error"), ("error_description", "A fault of the emulator is set.")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuthorizationFault;

    #[test]
    fn every_fault_changes_the_response() {
        let right = vec![("code", "c".to_owned()), ("state", "s".to_owned())];
        for (fault, line) in AuthorizationFault::ALL {
            assert_ne!(fault.apply(right.clone(), "https://login.example/v2.0"), right, "{line}");
        }
    }
}
