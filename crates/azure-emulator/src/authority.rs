//! The authority of a request, and the directory object as which an account signs in there.

use crate::{
    accounts::{Account, DirectoryObject},
    directory::{CONTOSO, FABRIKAM, Tenant},
};

/// The first segment of every Entra URL.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Authority {
    /// `organizations` or `common`: whoever signs in does so at home.
    AnyTenant(&'static str),
    One(&'static Tenant),
}

/// An account as one tenant knows it: a guest has another object id than at home.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) account: &'static Account,
    pub(crate) tenant: &'static Tenant,
    pub(crate) object_id: &'static str,
}

impl Authority {
    /// By id, by domain or by one of the shared names. Entra does not mind the case.
    pub(crate) fn parse(segment: &str) -> Option<Self> {
        let is = |name: &str| segment.eq_ignore_ascii_case(name);
        let shared = ["organizations", "common"].into_iter().find(|name| is(name)).map(Self::AnyTenant);
        let one = || [&FABRIKAM, &CONTOSO].into_iter().find(|tenant| is(tenant.id) || is(tenant.domain));
        shared.or_else(|| one().map(Self::One))
    }

    /// The segment as Entra writes it in the URLs that it publishes.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::AnyTenant(name) => name,
            Self::One(tenant) => tenant.id,
        }
    }

    /// What stands for the tenant in an issuer; a literal placeholder where the tenant is not known yet.
    pub(crate) fn issuer_tenant(self) -> &'static str {
        match self {
            Self::AnyTenant(_) => "{tenantid}",
            Self::One(tenant) => tenant.id,
        }
    }

    /// Who `account` is here, or none if this tenant does not know it.
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
    /// Whether the account's home is another tenant than the one it signed in to.
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
    fn a_tenant_is_found_by_id_and_by_domain() {
        assert_eq!(Authority::parse(FABRIKAM.id), Some(Authority::One(&FABRIKAM)));
        assert_eq!(Authority::parse("Contoso.Example"), Some(Authority::One(&CONTOSO)));
        assert_eq!(Authority::parse("consumers"), None);
    }

    #[test]
    fn bob_is_somebody_else_where_he_is_a_guest() {
        let bob = account("bob@contoso.example").unwrap();
        let at_home = Authority::AnyTenant("organizations").identity(bob).unwrap();
        let as_guest = Authority::One(&FABRIKAM).identity(bob).unwrap();
        assert!(!at_home.is_guest() && as_guest.is_guest());
        assert_ne!(at_home.object_id, as_guest.object_id);
    }

    #[test]
    fn alice_is_nobody_in_contoso() {
        let alice = account("alice@fabrikam.example").unwrap();
        assert!(Authority::One(&CONTOSO).identity(alice).is_none());
    }
}
