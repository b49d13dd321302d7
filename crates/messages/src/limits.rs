/// The longest authorization response, in bytes. Browsers encode all but ASCII characters of an address, so scripts
/// count characters. Entra's responses are shorter: its codes have one or two thousand bytes, those of Azure AD B2C
/// more than four thousand.
///
/// `boot.js` and `return.js` replace a longer response by one that the vault rejects as malformed. A part of a response
/// is never sent, because it could look valid.
pub const MAX_AUTHORIZATION_RESPONSE: usize = 16 * 1024;

/// The longest other text of an [`Opening`](crate::Opening), in UTF-16 code units: the page's address, and each value
/// of `sessionStorage`. `boot.js` drops a longer one. The page's own values have less than a thousand.
pub const MAX_OPENING_TEXT: usize = 4 * 1024;

/// The most bytes that JSON needs for one UTF-16 code unit, and so for one byte of UTF-8: `\u0000`.
pub(crate) const MAX_JSON_UNIT: usize = 6;
