//! The tenants and their groups.

/// An organisation's directory.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// The tenant id, a GUID.
    pub id: &'static str,
    /// The verified domain, which serves as a name in authority URLs too.
    pub domain: &'static str,
    /// What people call it.
    pub display_name: &'static str,
}

/// Home of most accounts.
pub const FABRIKAM: Tenant =
    Tenant { id: "fab00000-0000-4000-8000-000000000001", domain: "fabrikam.example", display_name: "Fabrikam" };

/// Owner of the multitenant applications, and Bob's home.
pub const CONTOSO: Tenant =
    Tenant { id: "c0700000-0000-4000-8000-000000000002", domain: "contoso.example", display_name: "Contoso" };

/// A group of people in a tenant's directory.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// The object id, a GUID.
    pub id: &'static str,
    /// What people call it.
    pub display_name: &'static str,
}

/// The one group: an assignment of it lets its members in.
pub const CALLERS: Group = Group { id: "96000000-0000-4000-8000-000000000050", display_name: "Callers of Fabrikam" };
