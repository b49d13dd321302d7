//! All samples on one port, for trying them manually. The paths of each begin with its name.

use axum::Router;
use azure_emulator::Clock;

use super::{Program, Sample};
use crate::backend::{CONTOSO_PAGE, FABRIKAM_PAGE};

/// The samples, with these addresses of Entra and ACS. The quickstart sample serves one organization, which is Fabrikam
/// here. Samples with a fault have it in their name.
pub fn all_samples(entra: &str, acs: &str) -> Router {
    let elsewhere = "00000000-1111-4222-8333-444444444444";
    let samples = [
        ("/quickstart", FABRIKAM_PAGE, Sample::new(Program::Quickstart).with_cors()),
        ("/hero-node", CONTOSO_PAGE, Sample::new(Program::HeroNode)),
        ("/hero-csharp", CONTOSO_PAGE, Sample::new(Program::HeroCsharp)),
        ("/function", CONTOSO_PAGE, Sample::new(Program::Function).with_cors()),
        ("/without-cors", CONTOSO_PAGE, Sample::new(Program::Quickstart)),
        ("/of-another-scope", CONTOSO_PAGE, Sample { scope: "another_scope", ..Sample::new(Program::HeroNode) }),
        ("/of-another-audience", CONTOSO_PAGE, Sample { audience: elsewhere, ..Sample::new(Program::HeroCsharp) }),
    ];
    samples.into_iter().fold(Router::new(), |router, (name, client_id, sample)| {
        router.nest(name, sample.router(entra.to_owned(), acs.to_owned(), client_id, Clock::system()))
    })
}
