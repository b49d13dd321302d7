//! Three kinds of GUID. Each has its own type, so that they cannot be confused.

use std::{fmt, str::FromStr};

/// A GUID in its canonical form: lower case, with hyphens.
fn parse_guid(text: &str) -> Option<String> {
    let hyphens = [8, 13, 18, 23];
    let canonical = text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| if hyphens.contains(&i) { b == b'-' } else { b.is_ascii_hexdigit() });
    canonical.then(|| text.to_ascii_lowercase())
}

/// A text that is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAGuid;

impl NotAGuid {
    /// What the text must be.
    pub fn reason(self) -> &'static str {
        "must be a GUID like 11111111-2222-3333-4444-555555555555"
    }
}

impl fmt::Display for NotAGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

macro_rules! guid {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAGuid;

            fn from_str(text: &str) -> Result<Self, NotAGuid> {
                parse_guid(text).map(Self).ok_or(NotAGuid)
            }
        }
    )* };
}

guid! {
    /// An application's id in Entra: the page's (artifact A3), or that of a backend's own API.
    ClientId;
    /// A person's object id in one tenant (artifact A2).
    ObjectId;
    /// An Entra tenant.
    TenantId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_36_characters_of_hex_and_hyphens() {
        assert_eq!(
            "FAB00000-0000-4000-8000-000000000001".parse::<TenantId>().unwrap().as_str(),
            "fab00000-0000-4000-8000-000000000001"
        );
        for bad in [
            "",
            "organizations",
            "fab00000-0000-4000-8000-00000000000",
            "fab00000-0000-4000-8000-00000000000g",
            "{fab00000-0000-4000-8000-000000000001}",
            "../../v2.0/-0000-4000-8000-000000000",
            "fab00000000040008000-000000000001----",
        ] {
            assert_eq!(bad.parse::<TenantId>(), Err(NotAGuid), "{bad}");
        }
    }
}
