//! The contract of Microsoft's authentication hero samples (Node and C#): `GET {url}`, B as the bearer token, A1 in the
//! header `teams-user-aad-token`, and a response with status 201.
//!
//! It is weaker than the others: a `GET` issues a token, and A1 is in a header, which more programs log than a body.

/// The header with A1.
pub const ENTRA_TOKEN_HEADER: &str = "teams-user-aad-token";
