//! All samples on one port, for a person who wants to see each: its name comes before the paths that are its own.

use axum::Router;
use azure_emulator::Clock;

use super::{Program, Sample};
use crate::backend::{CONTOSO_PAGE, FABRIKAM_PAGE};

/// The samples at these addresses of Entra and ACS. Microsoft's single-page sample knows one organization; here that is
/// Fabrikam. Some are as they should not be, and their name says what they do.
pub fn street(entra: &str, acs: &str) -> Router {
    let elsewhere = "00000000-1111-4222-8333-444444444444";
    let houses = [
        ("/quickstart", FABRIKAM_PAGE, Sample::new(Program::Quickstart).with_cors()),
        ("/hero-node", CONTOSO_PAGE, Sample::new(Program::HeroNode)),
        ("/hero-csharp", CONTOSO_PAGE, Sample::new(Program::HeroCsharp)),
        ("/function", CONTOSO_PAGE, Sample::new(Program::Function).with_cors()),
        ("/without-cors", CONTOSO_PAGE, Sample::new(Program::Quickstart)),
        ("/of-another-scope", CONTOSO_PAGE, Sample { scope: "another_scope", ..Sample::new(Program::HeroNode) }),
        ("/of-another-audience", CONTOSO_PAGE, Sample { audience: elsewhere, ..Sample::new(Program::HeroCsharp) }),
    ];
    houses.into_iter().fold(Router::new(), |street, (name, client_id, sample)| {
        street.nest(name, sample.router(entra.to_owned(), acs.to_owned(), client_id, Clock::system()))
    })
}
