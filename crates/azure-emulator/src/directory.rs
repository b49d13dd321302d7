//! The tenants and their groups.

/// A tenant: the directory of one organization.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// The tenant id, a GUID.
    pub id: &'static str,
    /// The verified domain, which authority URLs may contain instead of the id.
    pub domain: &'static str,
    /// The name that pages show.
    pub display_name: &'static str,
}

/// The home tenant of most accounts.
pub const FABRIKAM: Tenant =
    Tenant { id: "fab00000-0000-4000-8000-000000000001", domain: "fabrikam.example", display_name: "Fabrikam" };

/// The tenant that owns the multitenant applications, and Bob's home tenant.
pub const CONTOSO: Tenant =
    Tenant { id: "c0700000-0000-4000-8000-000000000002", domain: "contoso.example", display_name: "Contoso" };

/// A group of people in a tenant's directory.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// The object id, a GUID.
    pub id: &'static str,
    /// The name that pages show.
    pub display_name: &'static str,
}

/// The only group. With an assignment of the group, its members may exchange their tokens.
pub const CALLERS: Group = Group { id: "96000000-0000-4000-8000-000000000050", display_name: "Callers of Fabrikam" };
