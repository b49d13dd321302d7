use leptos::prelude::*;
use messages::Branding;

use super::elements::{footer, link, maybe, nothing, span};
use crate::texts::{filled, text};

/// Where people find help, and what the owner of the page states. Links open a tab of their own, so that they end no
/// sign-in.
pub(crate) fn view(branding: &Branding) -> AnyView {
    let Branding { support_url, support_email, privacy_url, terms_url, .. } = branding;
    if [support_url, support_email, privacy_url, terms_url].into_iter().all(Option::is_none) {
        return nothing();
    }
    let to = |url: &Option<String>, key| maybe(url.clone().map(|url| link(url, true, text(key))));
    footer(
        "",
        vec![
            to(support_url, "footer.support"),
            // Text, because a link would start a program.
            maybe(support_email.as_ref().map(|address| span("", filled("footer.email", "address", address)))),
            to(privacy_url, "footer.privacy"),
            to(terms_url, "footer.terms"),
        ],
    )
}
