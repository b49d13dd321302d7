//! From a bound listener to the last answer.

use std::{future::Future, io, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot};

/// A little more than a request may take.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until `shutdown`, then lets requests under way finish, for 20 seconds at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (draining, drained_from) = oneshot::channel();
    let served = axum::serve(listener, router).with_graceful_shutdown(async {
        shutdown.await;
        // Nobody listens any more only if serving has ended already.
        let _ = draining.send(());
    });
    let out_of_patience = async {
        match drained_from.await {
            Ok(()) => tokio::time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        served = served.into_future() => served,
        () = out_of_patience => Ok(()),
    }
}
