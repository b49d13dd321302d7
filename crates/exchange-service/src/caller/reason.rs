/// Why B was refused. The log has it; the caller is told nothing but "refused", because an answer that differs by reason
/// tells a forger how far the forgery got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Absent,
    AlgorithmNotAllowed,
    AppOnly,
    ClientNotAllowed,
    CriticalHeader,
    Expired,
    IdToken,
    InQuery,
    IssuedInFuture,
    KeyOfAnotherIssuer,
    LivesTooLong,
    Malformed,
    NoKeyId,
    NoScope,
    NotForUs,
    NotYetValid,
    ObjectIdMissing,
    Repeated,
    SealedForAnother,
    SignatureWrong,
    TenantNotAGuid,
    TenantNotAllowed,
    TimesMissing,
    TooLong,
    UnknownKey,
    WrongIssuer,
    WrongScheme,
    WrongVersion,
}

impl Reason {
    /// The stable code in the log.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::AlgorithmNotAllowed => "algorithm_not_allowed",
            Self::AppOnly => "app_only",
            Self::ClientNotAllowed => "client_not_allowed",
            Self::CriticalHeader => "critical_header",
            Self::Expired => "expired",
            Self::IdToken => "id_token",
            Self::InQuery => "in_query",
            Self::IssuedInFuture => "issued_in_future",
            Self::KeyOfAnotherIssuer => "key_of_another_issuer",
            Self::LivesTooLong => "lives_too_long",
            Self::Malformed => "malformed",
            Self::NoKeyId => "no_key_id",
            Self::NoScope => "no_scope",
            Self::NotForUs => "not_for_us",
            Self::NotYetValid => "not_yet_valid",
            Self::ObjectIdMissing => "object_id_missing",
            Self::Repeated => "repeated",
            Self::SealedForAnother => "sealed_for_another",
            Self::SignatureWrong => "signature_wrong",
            Self::TenantNotAGuid => "tenant_not_a_guid",
            Self::TenantNotAllowed => "tenant_not_allowed",
            Self::TimesMissing => "times_missing",
            Self::TooLong => "too_long",
            Self::UnknownKey => "unknown_key",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongScheme => "wrong_scheme",
            Self::WrongVersion => "wrong_version",
        }
    }
}
