//! What `apply` would do, for a person to confirm.

use serde::Serialize;

use crate::{
    change::{Change, changes},
    current::Current,
    failure::Failure,
    graph::Graph,
    record::Record,
    rights::Rights,
    settings::Settings,
};

/// The plan. `apply` makes the changes of a plan and no others.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// The person, and what they lack.
    pub rights: Rights,
    /// The changes.
    pub changes: Vec<Change>,
    /// What the registrations have and the settings do not want. It stays.
    pub unwanted: Vec<String>,
}

impl Plan {
    /// Compares the tenant with the settings, and changes nothing.
    ///
    /// # Errors
    /// [`Failure::NameTaken`], [`Failure::PermissionUnknown`], and those of a request.
    pub async fn read(graph: &Graph, settings: &Settings, record: &Record) -> Result<Self, Failure> {
        let rights = Rights::read(graph).await?;
        let current = Current::read(graph, settings, record).await?;
        Ok(Self { rights, changes: changes(settings, &current)?, unwanted: current.unwanted(settings) })
    }

    /// Checks that the tenant still needs these changes.
    ///
    /// # Errors
    /// [`Failure::PlanDiffers`], and those of reading the tenant.
    pub(crate) async fn verify(&self, graph: &Graph, settings: &Settings, record: &Record) -> Result<(), Failure> {
        let current = Current::read(graph, settings, record).await?;
        let is_same = changes(settings, &current)? == self.changes && current.unwanted(settings) == self.unwanted;
        if is_same { Ok(()) } else { Err(Failure::PlanDiffers) }
    }
}
