//! Connections from clients: so many at most, and none that dawdles.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

/// Serves for ever.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // Those for whom there is no slot wait in the kernel's queue, which is short.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // The client has gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                // Out of file descriptors, most likely: some will be closed soon.
                tracing::warn!(%error, "no connection is accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(MAX_IDLE)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "HTTP");
            }
            drop(slot);
        });
    }
}

/// Connections at once: each costs a file descriptor, of which a process often has 1024.
const MAX_CONNECTIONS: usize = 512;

/// How long a connection may take to send the head of a request, the first or the next one.
const MAX_IDLE: Duration = Duration::from_secs(10);

/// How long no connection is accepted when the system has no room for another.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
