//! The section `page`: the page that uses the service.

use std::collections::BTreeSet;

use contract::ids::ClientId;
use serde::{Deserialize, Serialize};

use super::{
    address::origin,
    fault::ConfigurationError,
    ids::{client_id, each},
};

/// The page that uses the service.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PageSection {
    /// The page's application (client) id, as in its config.json. ACS compares it with the person's token.
    client_id: String,
    /// The origins of the page, exactly as browsers write them.
    origins: Vec<String>,
}

/// The page that uses the service.
#[derive(Debug)]
pub(crate) struct Page {
    /// Artifact A3.
    pub(crate) client_id: ClientId,
    /// The allowed values of the header `Origin`, compared byte by byte.
    pub(crate) origins: BTreeSet<String>,
}

impl PageSection {
    pub(super) fn validate(&self) -> Result<Page, ConfigurationError> {
        let client_id = client_id("page.client_id", &self.client_id)?;
        Ok(Page { client_id, origins: each("page.origins", &self.origins, origin)? })
    }
}
