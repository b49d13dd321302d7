macro_rules! reasons {
    ($( $name:ident = $code:literal, )*) => {
        /// Why B was refused. Only the log has the reason. The response is the same for each, because a different one
        /// would show an attacker how far a forged token got.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Reason { $( $name, )* }

        impl Reason {
            /// The stable code for the log.
            pub(crate) fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }
        }
    };
}

reasons! {
    Absent = "absent",
    AlgorithmNotAllowed = "algorithm_not_allowed",
    AppOnly = "app_only",
    ClientNotAllowed = "client_not_allowed",
    CriticalHeader = "critical_header",
    Expired = "expired",
    IdToken = "id_token",
    InQuery = "in_query",
    IssuedInFuture = "issued_in_future",
    KeyOfAnotherIssuer = "key_of_another_issuer",
    LivesTooLong = "lives_too_long",
    Malformed = "malformed",
    NoKeyId = "no_key_id",
    NoScope = "no_scope",
    NotForUs = "not_for_us",
    NotYetValid = "not_yet_valid",
    ObjectIdMissing = "object_id_missing",
    Repeated = "repeated",
    SealedForAnother = "sealed_for_another",
    SignatureWrong = "signature_wrong",
    StepUpMissing = "step_up_missing",
    TenantNotAGuid = "tenant_not_a_guid",
    TenantNotAllowed = "tenant_not_allowed",
    TimesMissing = "times_missing",
    TooLong = "too_long",
    UnknownKey = "unknown_key",
    WrongIssuer = "wrong_issuer",
    WrongScheme = "wrong_scheme",
    WrongVersion = "wrong_version",
}
