//! The page from the web servers of operators, with what `page-host build` makes.

use cross_tests::{Browser, Setup, Stack, WebServer};

use crate::sign_in::{SIGNED_IN, sign_in_as};

#[tokio::test]
async fn signs_in_through_nginx() {
    signs_in_through(WebServer::Nginx).await;
}

#[tokio::test]
async fn signs_in_through_caddy() {
    signs_in_through(WebServer::Caddy).await;
}

async fn signs_in_through(web_server: WebServer) {
    let (stack, browser) = (Stack::served_by(web_server, Setup::default()).await, Browser::start().await);
    sign_in_as("alice@fabrikam.example", &stack, &browser).await;
    browser.wait_for_text(SIGNED_IN).await;
    assert_eq!(stack.site.requests(), Vec::<String>::new(), "the web server has sent all files");
}
