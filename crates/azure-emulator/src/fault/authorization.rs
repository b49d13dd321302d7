//! Answers of the authorization endpoint that no client may take for its own (RFC 6749 section 4.1.2, RFC 9207).

use crate::fault::faults;

faults! {
    /// One thing that is particular about every answer to the application.
    AuthorizationFault {
        Error "server_error instead of the answer",
        ErrorWithoutState "server_error without state",
        ErrorWrongState "server_error with a state that nobody sent",
        HostileError "server_error with markup in its description and script in its address",
        MissingState "No state",
        WrongState "A state that nobody sent",
        DuplicateState "state twice, first the right one",
        MissingCode "Neither code nor error",
        DuplicateCode "code twice, first the right one",
        RightIssuer "iss is there, which is right",
        WrongIssuer "iss is another issuer",
        DuplicateIssuer "iss twice, first the right one",
        WithTokens "id_token and access_token beside the code, as nobody asked",
        ForeignCloud "cloud_instance_host_name and cloud_graph_host_name name other hosts",
    }
}

/// An answer before it is written into an address.
pub(crate) type Answer = Vec<(&'static str, String)>;

const NOBODYS: &str = "nobody-asked-for-this";

impl AuthorizationFault {
    /// What comes instead of `answer`, from an Entra whose issuer is `issuer`.
    pub(crate) fn spoil(self, answer: Answer, issuer: &str) -> Answer {
        let mut answer = match self {
            Self::Error | Self::ErrorWithoutState | Self::ErrorWrongState | Self::HostileError => {
                let state = answer.into_iter().filter(|(name, _)| *name == "state");
                self.error().into_iter().map(|(name, value)| (name, value.to_owned())).chain(state).collect()
            }
            _ => answer,
        };
        let mut also = |name, value: &str| answer.push((name, value.to_owned()));
        match self {
            Self::DuplicateState => also("state", NOBODYS),
            Self::DuplicateCode => also("code", NOBODYS),
            Self::RightIssuer => also("iss", issuer),
            Self::WrongIssuer => also("iss", "https://login.elsewhere.example/v2.0"),
            Self::DuplicateIssuer => {
                also("iss", issuer);
                also("iss", "https://login.elsewhere.example/v2.0");
            }
            Self::WithTokens => {
                also("id_token", NOBODYS);
                also("access_token", NOBODYS);
            }
            Self::ForeignCloud => {
                also("cloud_instance_host_name", "login.elsewhere.example");
                also("cloud_graph_host_name", "graph.elsewhere.example");
            }
            _ => {}
        }
        match self {
            Self::MissingState | Self::ErrorWithoutState => answer.retain(|(name, _)| *name != "state"),
            Self::MissingCode => answer.retain(|(name, _)| *name == "state"),
            Self::WrongState | Self::ErrorWrongState => {
                answer.retain(|(name, _)| *name != "state");
                answer.push(("state", NOBODYS.to_owned()));
            }
            _ => {}
        }
        answer
    }

    fn error(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::HostileError => vec![
                ("error", "server_error"),
                ("error_description", "<img src=x onerror=alert(1)><script>alert(2)</script>\u{202e}"),
                ("error_uri", "javascript:alert(3)"),
            ],
            _ => vec![("error", "server_error"), ("error_description", "The emulator was told to fail.")],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuthorizationFault;

    #[test]
    fn every_fault_changes_the_answer() {
        let right = vec![("code", "c".to_owned()), ("state", "s".to_owned())];
        for (fault, line) in AuthorizationFault::ALL {
            assert_ne!(fault.spoil(right.clone(), "https://login.example/v2.0"), right, "{line}");
        }
    }
}
