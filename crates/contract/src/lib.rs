//! What the sign-in and the exchange service share: ids, secrets, the request and response types of the exchange, the
//! return mailbox, and the forms of times and texts.

pub mod exchange;
pub mod ids;
pub mod mailbox;
pub mod rfc3339;
pub mod search;
pub mod secret;
pub mod text_file;
mod unix_time;

pub use unix_time::UnixTime;

/// How many seconds an issuer's clock and the local clock may differ, for the page, the exchange service and its
/// readiness alike (REP-20). Microsoft's libraries allow five minutes by default (`ClockSkew`), Kerberos requires them
/// of the computers of a domain, and ACS allows no less. A service that reports itself ready must accept the tokens of
/// the clocks that its readiness accepts.
pub const CLOCK_TOLERANCE: u64 = 5 * 60;
