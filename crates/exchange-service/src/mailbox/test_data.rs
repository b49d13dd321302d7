//! Mailboxes and sites for tests.

use std::net::{IpAddr, Ipv4Addr};

use contract::UnixTime;

use super::ids::Reserved;
use crate::rate_limit::Site;

pub(super) fn reserved(number: u64) -> Reserved {
    let mut random = [0; 16];
    random[..8].copy_from_slice(&number.to_be_bytes());
    Reserved { expires_at: UnixTime::from_seconds(300), random }
}

pub(super) fn site(number: u8) -> Option<Site> {
    Some(Site::from(IpAddr::from(Ipv4Addr::new(192, 0, 2, number))))
}
