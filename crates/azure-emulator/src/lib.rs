//! Microsoft Entra and Azure Communication Services on loopback, for development and tests.
//!
//! It shares no protocol code with the clients and servers that are tested against it: PKCE, JWTs and the HMAC check
//! are implemented here again. The README lists what the emulator imitates, what it leaves out and what it invents.
//!
//! A test binds the listeners first, because the URLs of the services contain their ports:
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use azure_emulator::{Clock, Emulator, Options, url_of};
//! use tokio::net::TcpListener;
//!
//! let entra = TcpListener::bind("127.0.0.1:0").await?;
//! let acs = TcpListener::bind("127.0.0.1:0").await?;
//! let emulator = Emulator::new(Options {
//!     entra_url: url_of(&entra)?,
//!     acs_url: url_of(&acs)?,
//!     clock: Clock::stopped_at(1_795_248_000),
//!     coop: false,
//! });
//! tokio::spawn(azure_emulator::serve(emulator.clone(), entra, acs));
//! # Ok(()) }
//! ```

mod accounts;
mod acs;
mod adjustable_clock;
mod authority;
mod date;
mod directory;
mod emulator;
mod entra;
mod fault;
mod graph;
mod guid;
mod host;
mod jwt;
mod parameters;
mod pkce;
mod random;
mod registrations;
mod request_faults;
mod response;
mod seed;
mod serve;
mod state;
mod tls;

pub use accounts::{ACCOUNTS, Account, DirectoryObject, Persona, account};
pub use adjustable_clock::Clock;
pub use date::acs_timestamp;
pub use directory::{CALLERS, CONTOSO, FABRIKAM, Group, Tenant};
pub use emulator::{ACCESS_KEY, Emulator, Options};
pub use fault::{
    AuthorizationError, AuthorizationFault, EndSessionFault, Faults, IdTokenFault, MetadataFault, Outage,
    PUBLISHED_ERRORS, PublishedError, TokenError, TokenResponseFault,
};
pub use seed::{Seed, SeedError};
pub use serve::{serve, serve_router_tls, serve_tls, url_of};
pub use state::TokenRequest;
pub use tls::Tls;
