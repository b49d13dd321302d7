//! The accounts, and what a sign-in with each of them shows. The README has the same table, and a test compares them.

use crate::{
    directory::{CALLERS, CONTOSO, FABRIKAM, Group, Tenant},
    fault::{AuthorizationFault, Faults, IdTokenFault, Outage},
};

/// A person with one or more directory objects.
#[derive(Debug, PartialEq)]
pub struct Account {
    /// The user principal name, which the sign-in page shows.
    pub username: &'static str,
    /// The `name` claim of tokens.
    pub display_name: &'static str,
    /// One line for the sign-in page: what a sign-in with this account shows.
    pub purpose: &'static str,
    /// The directory object in the home tenant.
    pub home: DirectoryObject,
    /// The directory object in a tenant that invited the person as a guest.
    pub guest: Option<DirectoryObject>,
    /// The groups of the home tenant that the account is a member of.
    pub groups: &'static [Group],
    /// How the account differs from an ordinary one.
    pub persona: Persona,
    /// The faults of every request that concerns this account.
    pub fault: Faults,
}

/// A user object in one tenant's directory.
#[derive(Debug, PartialEq)]
pub struct DirectoryObject {
    /// The tenant whose directory this is.
    pub tenant: &'static Tenant,
    /// The object id (the `oid` claim), a GUID.
    pub id: &'static str,
}

/// The only property in which an account differs from an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Persona {
    /// No difference: the account has consented to everything, and every request succeeds.
    Ordinary,
    /// The account can consent for the whole organization, and has not consented yet.
    Administrator,
    /// The account has not consented yet.
    AwaitsConsent,
    /// The token endpoint sends a claims challenge before it issues a token for ACS.
    Challenged,
    /// Every session needs a second factor.
    SecondFactor,
    /// The tenant of the account has no service principal of ACS.
    ServiceMissing,
    /// The account is not assigned to the application.
    Unassigned,
    /// The account has no Teams license.
    Unlicensed,
}

impl Account {
    /// The directory object of the home tenant, then that of the guest.
    pub fn objects(&self) -> impl Iterator<Item = &DirectoryObject> {
        std::iter::once(&self.home).chain(&self.guest)
    }

    /// Whether a `login_hint` identifies this account: by username, or by the `login_hint` claim of its ID token.
    pub(crate) fn matches_hint(&self, hint: &str) -> bool {
        self.username.eq_ignore_ascii_case(hint) || self.login_hint() == hint
    }

    /// The `login_hint` claim of the ID token, which is opaque to clients.
    pub(crate) fn login_hint(&self) -> String {
        format!("O.{}", self.home.id.replace('-', ""))
    }
}

/// The account with this username.
pub fn account(username: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.username == username)
}

/// The account with this object id, in its home tenant or as a guest.
pub(crate) fn account_by_object_id(object_id: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().find(|account| account.objects().any(|object| object.id == object_id))
}

/// An ordinary account of Fabrikam.
const fn member(username: &'static str, display_name: &'static str, id: &'static str) -> Account {
    let home = DirectoryObject { tenant: &FABRIKAM, id };
    Account {
        username,
        display_name,
        purpose: "",
        home,
        guest: None,
        groups: &[],
        persona: Persona::Ordinary,
        fault: Faults::NONE,
    }
}

/// All accounts, in the order of the sign-in page.
pub static ACCOUNTS: [Account; 13] = [
    Account {
        purpose: "Every request succeeds.",
        groups: &[CALLERS],
        ..member("alice@fabrikam.example", "Alice Arden", "a11ce000-0000-4000-8000-000000000001")
    },
    Account {
        purpose: "Succeeds in the home tenant; as a guest of Fabrikam, ACS refuses the token.",
        home: DirectoryObject { tenant: &CONTOSO, id: "b0b00000-0000-4000-8000-000000000002" },
        guest: Some(DirectoryObject { tenant: &FABRIKAM, id: "b0b00000-0000-4000-8000-0000000000fa" }),
        ..member("bob@contoso.example", "Bob Brook", "")
    },
    Account {
        purpose: "Has not consented yet: the consent page appears.",
        groups: &[CALLERS],
        persona: Persona::AwaitsConsent,
        ..member("dave@fabrikam.example", "Dave Dale", "da7e0000-0000-4000-8000-000000000003")
    },
    Account {
        purpose: "Administrator: can consent for all of Fabrikam.",
        persona: Persona::Administrator,
        ..member("erin@fabrikam.example", "Erin Elm", "e2100000-0000-4000-8000-000000000004")
    },
    Account {
        purpose: "Not assigned to the application: AADSTS50105.",
        persona: Persona::Unassigned,
        ..member("frank@fabrikam.example", "Frank Field", "f2a00000-0000-4000-8000-000000000005")
    },
    Account {
        purpose: "ACS has no service principal: AADSTS650052.",
        persona: Persona::ServiceMissing,
        ..member("grace@fabrikam.example", "Grace Glen", "92ace000-0000-4000-8000-000000000006")
    },
    Account {
        purpose: "No Teams license: ACS refuses the exchange.",
        persona: Persona::Unlicensed,
        ..member("heidi@fabrikam.example", "Heidi Hill", "4e1d1000-0000-4000-8000-000000000007")
    },
    Account {
        purpose: "Conditional access: the token endpoint requires MFA (AADSTS50076).",
        persona: Persona::Challenged,
        ..member("ivan@fabrikam.example", "Ivan Inlet", "17a20000-0000-4000-8000-000000000008")
    },
    Account {
        purpose: "Must approve the sign-in with a second factor.",
        persona: Persona::SecondFactor,
        ..member("judy@fabrikam.example", "Judy Juniper", "90d10000-0000-4000-8000-00000000000d")
    },
    Account {
        purpose: "The token endpoint returns 429.",
        fault: Faults { token: Some(Outage::ThrottledSeconds), ..Faults::NONE },
        ..member("niaj@fabrikam.example", "Niaj North", "21a30000-0000-4000-8000-00000000000a")
    },
    Account {
        purpose: "The exchange at ACS returns 503.",
        fault: Faults { exchange: Some(Outage::Unavailable), ..Faults::NONE },
        ..member("olivia@fabrikam.example", "Olivia Oak", "011b1a00-0000-4000-8000-00000000000b")
    },
    Account {
        purpose: "Returns to the application with a state that it did not send.",
        fault: Faults { authorization: Some(AuthorizationFault::WrongState), ..Faults::NONE },
        ..member("peggy@fabrikam.example", "Peggy Pond", "9e990000-0000-4000-8000-00000000000c")
    },
    Account {
        purpose: "The ID token has a nonce that the application did not send.",
        fault: Faults { id_token: Some(IdTokenFault::WrongNonce), ..Faults::NONE },
        ..member("rupert@fabrikam.example", "Rupert Reed", "5b9e0000-0000-4000-8000-000000000009")
    },
];

#[cfg(test)]
mod tests {
    use super::ACCOUNTS;
    use crate::guid::is_guid;

    #[test]
    fn every_object_id_is_a_guid_and_occurs_once() {
        let mut ids: Vec<&str> =
            ACCOUNTS.iter().flat_map(|account| account.objects()).map(|object| object.id).collect();
        for id in &ids {
            assert!(is_guid(id), "{id}");
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ACCOUNTS.len() + 1);
    }

    #[test]
    fn the_readme_lists_every_account_with_its_purpose() {
        let readme = include_str!("../README.md");
        for account in &ACCOUNTS {
            let row =
                format!("| `{}` | {} | {} |", account.username, account.home.tenant.display_name, account.purpose);
            assert!(readme.contains(&row), "{row}");
        }
    }
}
