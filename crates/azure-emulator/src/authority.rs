//! The authority of a request, and the identity that an account has there.

use crate::{
    accounts::{Account, DirectoryObject},
    directory::{CONTOSO, FABRIKAM, Tenant},
};

/// The first path segment of every Entra URL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Authority {
    /// `organizations` or `common`: people sign in to their home tenants.
    AnyTenant(&'static str),
    /// One tenant, by its id or domain.
    One(&'static Tenant),
}

/// An account with one of its directory objects. A guest has another object id than in the home tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) account: &'static Account,
    pub(crate) tenant: &'static Tenant,
    pub(crate) object_id: &'static str,
}

impl Authority {
    /// Reads a tenant id, a domain or one of the shared names. Like Entra, it ignores the case.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        let is = |name: &str| segment.eq_ignore_ascii_case(name);
        let shared = ["organizations", "common"].into_iter().find(|name| is(name)).map(Self::AnyTenant);
        let one = || [&FABRIKAM, &CONTOSO].into_iter().find(|tenant| is(tenant.id) || is(tenant.domain));
        shared.or_else(|| one().map(Self::One))
    }

    /// The segment in the URLs that the metadata publishes.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::AnyTenant(name) => name,
            Self::One(tenant) => tenant.id,
        }
    }

    /// The tenant segment of an issuer. For a shared authority it is Entra's literal placeholder `{tenantid}`.
    pub(crate) fn issuer_tenant(self) -> &'static str {
        match self {
            Self::AnyTenant(_) => "{tenantid}",
            Self::One(tenant) => tenant.id,
        }
    }

    /// The identity of `account` at this authority, or `None` if the tenant's directory does not contain it.
    pub(crate) fn identity(self, account: &'static Account) -> Option<Identity> {
        let as_identity =
            |object: &'static DirectoryObject| Identity { account, tenant: object.tenant, object_id: object.id };
        match self {
            Self::AnyTenant(_) => Some(as_identity(&account.home)),
            Self::One(tenant) => account.objects().find(|object| object.tenant == tenant).map(as_identity),
        }
    }
}

impl Identity {
    /// Whether the account signed in to another tenant than its home tenant.
    pub(crate) fn is_guest(&self) -> bool {
        self.account.home.tenant != self.tenant
    }
}

#[cfg(test)]
mod tests {
    use super::Authority;
    use crate::{
        accounts::account,
        directory::{CONTOSO, FABRIKAM},
    };

    #[test]
    fn finds_a_tenant_by_id_and_by_domain() {
        assert_eq!(Authority::parse(FABRIKAM.id), Some(Authority::One(&FABRIKAM)));
        assert_eq!(Authority::parse("Contoso.Example"), Some(Authority::One(&CONTOSO)));
        assert_eq!(Authority::parse("consumers"), None);
    }

    #[test]
    fn a_guest_has_another_object_id_than_in_the_home_tenant() {
        let bob = account("bob@contoso.example").unwrap();
        let at_home = Authority::AnyTenant("organizations").identity(bob).unwrap();
        let as_guest = Authority::One(&FABRIKAM).identity(bob).unwrap();
        assert_eq!((at_home.is_guest(), as_guest.is_guest()), (false, true));
        assert_ne!(at_home.object_id, as_guest.object_id);
    }

    #[test]
    fn an_account_has_no_identity_in_a_tenant_that_did_not_invite_it() {
        let alice = account("alice@fabrikam.example").unwrap();
        assert!(Authority::One(&CONTOSO).identity(alice).is_none());
    }
}
