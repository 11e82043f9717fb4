//! Connections: accepting them, limiting them, and speaking HTTP/1.1 on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::core::Core;
use crate::framing::{MAX_HEAD, MAX_HEADERS};
use crate::gate::Gate;
use crate::service;
use crate::wire::{Control, Wire};

/// Also the largest single read of a body.
const READ_BUFFER: usize = 512 * 1024;
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// Accepts connections until the server stops.
pub(crate) async fn listen(core: Arc<Core>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    let slots = Arc::new(Semaphore::new(core.settings.max_connections));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, most likely: give those in use time to be closed.
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if core.faults.refuses_connection() {
            // Without this the client would see an orderly end.
            let _ = stream.set_zero_linger();
            continue;
        }
        let _ = stream.set_nodelay(true);
        let (core, tls) = (Arc::clone(&core), tls.clone());
        let connection = {
            let core = Arc::clone(&core);
            async move {
                let _slot = slot;
                match tls {
                    None => serve_connection(core, stream, Some(peer)).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = tokio::time::timeout(TLS_TIMEOUT, tls.accept(stream)).await {
                            serve_connection(core, stream, Some(peer)).await;
                        }
                    }
                }
            }
        };
        drop(core.tasks.spawn(connection));
    }
}

/// Serves one connection to its end.
pub(crate) async fn serve_connection(
    core: Arc<Core>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<SocketAddr>,
) {
    let control = Control::default();
    let wire = Wire::new(io, control.clone(), core.settings.bandwidth);
    let gate = Gate::new(wire, control.clone(), Arc::clone(&core));
    let service = service_fn(move |request| {
        let (core, control) = (Arc::clone(&core), control.clone());
        async move { Box::pin(service::serve(core, control, peer, request)).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD)
        .max_buf_size(READ_BUFFER)
        // The Date header is ours: its clock can be shifted, and it can be left out.
        .auto_date_header(false)
        // A client that stops sending in the middle of a body still gets its response.
        .half_close(true)
        .serve_connection(TokioIo::new(gate), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended with an error");
    }
}
