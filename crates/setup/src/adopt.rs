//! Uses a registration that exists, because a person chose it by its application id.

use uuid::Uuid;

use crate::{
    current::registration,
    failure::Failure,
    graph::Graph,
    record::{Record, Registration},
};

/// The application ids that a person chose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adoption<'a> {
    /// The page's registration.
    pub page: Option<&'a str>,
    /// The API's registration.
    pub api: Option<&'a str>,
}

impl Record {
    /// Enters the chosen registrations, as such that this program did not create.
    ///
    /// # Errors
    /// [`Failure::AdoptionUnknown`] if the tenant has no such registration, [`Failure::AdoptionDiffers`] if the record
    /// has another one that exists, and those of a request.
    pub async fn adopt(&mut self, graph: &Graph, chosen: Adoption<'_>) -> Result<(), Failure> {
        for (recorded, app_id) in [(&mut self.page, chosen.page), (&mut self.api, chosen.api)] {
            if let Some(app_id) = app_id {
                adopt(graph, recorded, app_id).await?;
            }
        }
        Ok(())
    }
}

async fn adopt(graph: &Graph, recorded: &mut Option<Registration>, app_id: &str) -> Result<(), Failure> {
    let unknown = || Failure::AdoptionUnknown(app_id.to_owned());
    let app_id = Uuid::try_parse(app_id).map_err(|_| unknown())?.hyphenated().to_string();
    if let Some(known) = recorded.as_ref() {
        if known.app_id == app_id {
            return Ok(());
        }
        if graph.find(&format!("applications/{}?$select=id", known.id)).await?.is_some() {
            return Err(Failure::AdoptionDiffers { recorded: known.app_id.clone(), chosen: app_id });
        }
    }
    let found = graph.list(&format!("applications?$filter=appId eq '{app_id}'&$select=id,appId")).await?;
    *recorded = Some(registration(found.first().ok_or_else(unknown)?, false));
    Ok(())
}
