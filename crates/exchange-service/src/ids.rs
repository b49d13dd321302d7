//! The GUIDs that must not be mistaken for each other.

use std::fmt;

/// A GUID's canonical text, 8-4-4-4-12 in lower case.
fn canonical(text: &str) -> Option<String> {
    let well_formed = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    well_formed.then(|| text.to_ascii_lowercase())
}

macro_rules! guid {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) struct $name(String);

        impl $name {
            /// `None` if the text is no GUID. Either case is read.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                canonical(text).map(Self)
            }

            /// The canonical text.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}

guid! {
    /// An application's id in Entra: the page's (artifact A3), or the service's own API, which B is issued for.
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
    fn a_guid_is_hexadecimal_and_hyphens_and_nothing_else() {
        let upper = "FAB00000-0000-4000-8000-000000000001";
        assert_eq!(TenantId::parse(upper).unwrap().as_str(), upper.to_ascii_lowercase());
        for bad in ["", "common", "fab00000-0000-4000-8000-00000000000", "fab00000-0000-4000-8000-00000000000g"] {
            assert_eq!(TenantId::parse(bad), None, "{bad}");
        }
        assert_eq!(TenantId::parse("{fab00000-0000-4000-8000-000000000001}"), None);
        assert_eq!(TenantId::parse("../../v2.0/-0000-4000-8000-000000000"), None);
    }
}
