//! Which account or organization has consented to which permission of which application.

use std::collections::HashSet;

use crate::{
    accounts::{Account, Persona},
    authority::Identity,
    directory::Tenant,
    entra::scopes::{Permission, Scopes},
    registrations::Application,
};

/// All consents of all applications.
///
/// Every account except [`Persona::AwaitsConsent`] and [`Persona::Administrator`] has consented to everything from the
/// start.
#[derive(Debug, Default)]
pub(crate) struct Consents {
    to_everything: Vec<&'static Account>,
    /// Accounts that had consented from the start and whose consent a test withdrew.
    withdrawn: Vec<&'static Account>,
    by_person: HashSet<(&'static str, &'static str, Permission)>,
    by_organization: HashSet<(&'static Tenant, &'static str, Permission)>,
}

impl Consents {
    /// The consents at the start, when these accounts of a seed have consented to everything.
    pub(crate) fn of(to_everything: Vec<&'static Account>) -> Self {
        Self { to_everything, ..Self::default() }
    }

    /// The permissions of `scopes` that `app` still needs consent to.
    pub(crate) fn missing(&self, identity: &Identity, app: &Application, scopes: &Scopes) -> Vec<Permission> {
        let account = identity.account;
        let from_the_start = !matches!(account.persona, Persona::AwaitsConsent | Persona::Administrator);
        if self.to_everything.contains(&account) || from_the_start && !self.withdrawn.contains(&account) {
            return Vec::new();
        }
        self.not_given(identity, app, scopes)
    }

    /// The permissions of `scopes` that neither the person nor their organization consented to while the emulator ran.
    pub(crate) fn not_given(&self, identity: &Identity, app: &Application, scopes: &Scopes) -> Vec<Permission> {
        let given = |permission: &Permission| {
            self.by_person.contains(&(identity.object_id, app.client_id, *permission))
                || self.by_organization.contains(&(identity.tenant, app.client_id, *permission))
        };
        scopes.permissions.iter().filter(|permission| !given(permission)).copied().collect()
    }

    /// Gives `account`'s consent to everything, or withdraws all consent that the account gave for itself.
    pub(crate) fn set(&mut self, account: &'static Account, given: bool) {
        self.to_everything.retain(|other| *other != account);
        self.withdrawn.retain(|other| *other != account);
        if given {
            self.to_everything.push(account);
        } else {
            self.withdrawn.push(account);
            self.by_person.retain(|(id, _, _)| account.objects().all(|object| object.id != *id));
        }
    }

    /// Records consent to all of `scopes`, for the person or for all people of their tenant.
    pub(crate) fn give(&mut self, identity: &Identity, app: &Application, scopes: &Scopes, for_organization: bool) {
        for permission in &scopes.permissions {
            if for_organization {
                self.by_organization.insert((identity.tenant, app.client_id, *permission));
            } else {
                self.by_person.insert((identity.object_id, app.client_id, *permission));
            }
        }
    }
}
