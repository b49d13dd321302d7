use gloo_net::http::Request;

/// Whether the Worker runs under a Content-Security-Policy that limits `connect-src`.
///
/// No policy of ours allows `data:`, which sends nothing anywhere; so if it can be fetched, there is no policy. Without
/// one, injected script could send the tokens to any server, and the vault refuses to start. This detects a missing
/// header, not a weaker one: script cannot read its own policy.
pub(crate) async fn is_in_force() -> bool {
    Request::get("data:,").send().await.is_err()
}
