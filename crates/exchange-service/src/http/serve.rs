//! Serves the routes on a listener.

use std::{future::Future, io, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::net::{budget, connections::Connections, serve::accept};

/// Serves until `shutdown`, then lets requests in flight finish, for 20 seconds at most.
///
/// # Errors
///
/// None at present.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(Connections::new(budget::connections()), listener, router, shutdown).await
}

/// The same as [`serve`], with the given limit of connections.
pub(crate) async fn serve_within(
    slots: Arc<Connections>,
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let respond = move |request: Request<Incoming>, peer: SocketAddr| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    };
    accept(slots, listener, respond, shutdown).await
}
