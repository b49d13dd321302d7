//! Azure Communication Services: A1, A2 and A3, authorized by C, are exchanged for D.
//!
//! [`AcsClient::exchange`] is the entry point. It joins equal exchanges (`flight`), refuses at once during an outage
//! (`breaker`), retries failures (`retry`), and counts and authorizes each request (`authorized`). An [`Operation`] has
//! what differs between Teams users, Entra ID users and guests.

pub(crate) mod access_key;
pub(crate) mod access_keys;
mod acs_identity;
pub(crate) mod allowance;
pub(crate) mod assignments;
mod authorized;
mod breaker;
mod call;
mod client;
pub(crate) mod client_secret;
mod entra_id_user;
mod flight;
mod guest;
mod hmac;
mod operation;
mod refusal;
mod response;
mod retry;
pub(crate) mod service_identity;
mod settings;
mod teams_user;

pub(crate) use self::{
    call::CallIds,
    client::AcsClient,
    entra_id_user::EntraIdUser,
    guest::Guest,
    operation::{Issued, Operation, Person},
    refusal::AcsRefusal,
    settings::{AcsSettings, ConfiguredCredential, Exchanges},
    teams_user::TeamsUser,
};
