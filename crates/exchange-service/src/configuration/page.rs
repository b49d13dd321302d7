//! The section `page`: the page that uses the service.

use std::collections::BTreeSet;

use contract::ids::ClientId;

use super::{address::origin, fault::ConfigurationError, ids::client_id, section::Section};

/// The page that uses the service.
#[derive(Debug)]
pub(crate) struct Page {
    /// Artifact A3.
    pub(crate) client_id: ClientId,
    /// The allowed values of the header `Origin`, compared byte by byte.
    pub(crate) origins: BTreeSet<String>,
}

impl Page {
    pub(super) fn read(mut section: Section) -> Result<Self, ConfigurationError> {
        let client_id = client_id("page.client_id", &section.required_text("client_id")?)?;
        let origins = section.required_texts("origins")?;
        section.nothing_left()?;
        let origins = origins.into_iter().map(|text| origin("page.origins", text)).collect::<Result<_, _>>()?;
        Ok(Self { client_id, origins })
    }
}
