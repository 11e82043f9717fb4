//! Connections: accepting them, limiting them, and speaking HTTP/1.1 on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::connections::Connections;
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
    let connections = Connections::new(core.settings.max_connections);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, most likely: give those in use time to be closed.
                tracing::warn!(%error, "could not accept a connection");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if core.faults.refuses_connection() {
            // Without this the client would see an orderly end.
            let _ = stream.set_zero_linger();
            continue;
        }
        let _ = stream.set_nodelay(true);
        let control = Control::default();
        let place = connections.place(control.clone()).await;
        drop(core.tasks.spawn(place.serve(serve_accepted(
            Arc::clone(&core),
            control,
            stream,
            Some(peer),
            tls.clone(),
        ))));
    }
}

async fn serve_accepted(
    core: Arc<Core>,
    control: Control,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<SocketAddr>,
    tls: Option<TlsAcceptor>,
) {
    let Some(tls) = tls else { return serve_stream(core, control, stream, peer).await };
    // A client that is silent in the handshake makes room like one that is silent before its first head.
    control.set_waits_for_head(true);
    if let Ok(Ok(stream)) = timeout(TLS_TIMEOUT, tls.accept(stream)).await {
        serve_stream(core, control, stream, peer).await;
    }
}

/// Serves one connection that no listener accepted, to its end.
pub(crate) async fn serve_connection(core: Arc<Core>, io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    serve_stream(core, Control::default(), io, None).await;
}

async fn serve_stream(
    core: Arc<Core>,
    control: Control,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Option<SocketAddr>,
) {
    let wire = Wire::new(io, control.clone(), core.settings.bandwidth);
    let gate = Gate::new(wire, control.clone(), Arc::clone(&core));
    let service = service_fn(move |request| service::serve(Arc::clone(&core), control.clone(), peer, request));
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

#[cfg(test)]
mod tests {
    use std::future::Future;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::Instant;

    use super::*;
    use crate::{Emulator, Fault};

    const PUT: &str = "PUT /demo/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
    const GET: &str = "GET /demo/large HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// A server with room for so many connections, which come over pipes.
    struct Limited {
        emulator: Emulator,
        connections: Arc<Connections>,
        tls: Option<TlsAcceptor>,
    }

    impl Limited {
        async fn new(limit: usize) -> Self {
            let builder = Emulator::builder().verify_signatures(false).bucket("demo").without_listener();
            Self { emulator: builder.start().await.unwrap(), connections: Connections::new(limit), tls: None }
        }

        fn over_tls(mut self) -> Self {
            let tls = crate::tls::self_made(&["demo".to_owned()], &self.emulator.core.settings).unwrap();
            self.tls = Some(tls.acceptor);
            self
        }

        fn connect(&self) -> DuplexStream {
            let (client, server) = duplex(1024);
            let (core, connections) = (Arc::clone(&self.emulator.core), Arc::clone(&self.connections));
            let tls = self.tls.clone();
            tokio::spawn(async move {
                let control = Control::default();
                let place = connections.place(control.clone()).await;
                place.serve(serve_accepted(core, control, server, None, tls)).await;
            });
            client
        }
    }

    /// Sends a request and reads the head of its response.
    async fn exchange(io: &mut DuplexStream, request: &str) -> String {
        io.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(io.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// The result and how long it took; a minute at most.
    async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
        let began = Instant::now();
        (timeout(Duration::from_secs(60), work).await.expect("kept out for a minute"), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_send_no_whole_request_keep_no_one_out() {
        for (sent, limit) in [(0, 2), (1, 2), (30, 2), (PUT.len() - 1, 11)] {
            let server = Limited::new(3).await;
            let mut waiting = Vec::new();
            for _ in 0..3 {
                let mut io = server.connect();
                io.write_all(&PUT.as_bytes()[..sent]).await.unwrap();
                waiting.push(io);
            }
            for _ in 0..3 {
                let mut io = server.connect();
                let (response, took) = timed(exchange(&mut io, PUT)).await;
                assert!(response.starts_with("HTTP/1.1 200"), "{response}");
                assert!(took < Duration::from_secs(limit), "{sent}: {took:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_silent_in_the_handshake_keeps_no_one_out() {
        let server = Limited::new(1).await.over_tls();
        // The first bytes of a handshake, or none.
        for sent in [&[][..], &[0x16, 0x03, 0x01]] {
            let mut first = server.connect();
            first.write_all(sent).await.unwrap();
            let second = server.connect();
            let (read, took) = timed(first.read(&mut [0])).await;
            assert_eq!(read.unwrap(), 0, "the first connection was to make room");
            assert!(took < Duration::from_secs(2), "{took:?}");
            drop(second);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_reads_nothing_keeps_no_one_out() {
        let server = Limited::new(1).await;
        let mut first = server.connect();
        let large =
            format!("PUT /demo/large HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n{}", "x".repeat(9000));
        exchange(&mut first, &large).await;
        first.write_all(GET.as_bytes()).await.unwrap();
        let mut second = server.connect();
        let (response, took) = timed(exchange(&mut second, PUT)).await;
        assert!(response.starts_with("HTTP/1.1 200") && took < Duration::from_secs(11), "{took:?} {response}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_makes_room_between_requests_and_not_within_one() {
        let server = Limited::new(1).await;
        server.emulator.add_fault(Fault::on("PutObject").delay(Duration::from_secs(30)));
        let (mut first, mut second) = (server.connect(), server.connect());
        let ((busy, waiting), took) =
            timed(async { tokio::join!(exchange(&mut first, PUT), exchange(&mut second, PUT)) }).await;
        assert!(busy.starts_with("HTTP/1.1 200") && waiting.starts_with("HTTP/1.1 200"));
        assert!(took >= Duration::from_secs(31) && took < Duration::from_secs(32), "{took:?}");
        assert_eq!(first.read(&mut [0]).await.unwrap(), 0, "the first connection was to make room");
    }
}
