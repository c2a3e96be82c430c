//! Connections from clients: so many at most, and none that dawdles.

use std::{io, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::Semaphore,
    time::timeout,
};

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
        let router = router.clone();
        tokio::spawn(async move {
            converse(stream, router).await;
            drop(slot);
        });
    }
}

/// Serves one client, for as long as one may take.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(MAX_IDLE)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    let served = if let Ok(served) = timeout(MAX_AGE, connection.as_mut()).await {
        served
    } else {
        connection.as_mut().graceful_shutdown();
        let last = timeout(LAST_REQUEST, connection).await;
        last.unwrap_or_else(|_| {
            tracing::debug!("a client that does not read its answers is given up");
            Ok(())
        })
    };
    if let Err(error) = served {
        tracing::debug!(%error, "HTTP");
    }
}

/// Connections at once: each costs a file descriptor, of which a process often has 1024.
const MAX_CONNECTIONS: usize = 512;

/// How long a connection may take to send the head of a request, the first or the next one.
const MAX_IDLE: Duration = Duration::from_secs(10);

/// How long a connection may be used for new requests. Whoever asks and never reads would keep it for
/// ever: then there is nothing to wait for but the client.
const MAX_AGE: Duration = Duration::from_secs(30);

/// How long the last request of a connection may take, its answer included.
const LAST_REQUEST: Duration = Duration::from_secs(20);

/// Bytes of a request's head, and of what is read ahead. Browsers' heads are around 1 KiB.
const MAX_HEAD: usize = 16 << 10;

/// How long no connection is accepted when the system has no room for another.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_the_answer_is_given_up() {
        let router = Router::new().route("/", get(async || "a".repeat(1000)));
        let (mut client, server) = tokio::io::duplex(100);
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        timeout(Duration::from_hours(1), converse(server, router))
            .await
            .expect("it is closed");
        drop(client);
    }
}
