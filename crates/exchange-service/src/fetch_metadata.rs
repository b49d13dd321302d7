//! What a browser says of where a request comes from (W3C Fetch Metadata).

use axum::http::{HeaderMap, header::ORIGIN};

/// Whether a page of another site, or of another origin of this one, had a browser send this: an image, a script, a frame
/// or a link, for which browsers send no `Origin`. Browsers always say so, and no page can leave it out; of servers and
/// tools nothing is known.
pub(crate) fn is_of_another_page(headers: &HeaderMap) -> bool {
    let is_of_a_page = |site: &str| matches!(site, "cross-site" | "same-site");
    !headers.contains_key(ORIGIN)
        && headers.get_all("sec-fetch-site").iter().any(|site| site.to_str().is_ok_and(is_of_a_page))
}
