use gloo_net::http::Request;

/// Whether the Worker runs under a Content-Security-Policy that limits `connect-src`.
///
/// `data:` is no place that anything could be sent to, and no policy of ours allows it: where it can be fetched, there
/// is no policy. Without one, injected script could send the tokens anywhere, so the vault refuses to start. This finds
/// a host that forgot the header, not one that sends a looser one: a policy cannot be read from inside.
pub(crate) async fn is_in_force() -> bool {
    Request::get("data:,").send().await.is_err()
}
