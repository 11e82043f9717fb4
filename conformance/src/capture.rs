//! A recording proxy on loopback: every request that a client sends, byte for byte.
//!
//! A client either takes the recorder for the server (its endpoint is the recorder's address) or for its HTTP proxy (the
//! request line then has the whole URL, which the recorder cuts down as a proxy does). Either way the requests go on to
//! one fixed server on loopback, so a client that believes in a public domain sends nothing out of this machine.

mod parse;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) use parse::{Captured, Framing};

type Log = Arc<Mutex<Vec<Captured>>>;

/// The proxy; it stops with this value.
pub(crate) struct Recorder {
    address: SocketAddr,
    log: Log,
    accepting: JoinHandle<()>,
}

impl Recorder {
    /// Starts in front of `server`.
    ///
    /// # Errors
    /// If no port of the loopback interface is free.
    pub(crate) async fn start(server: SocketAddr) -> Result<Self> {
        anyhow::ensure!(server.ip().is_loopback(), "{server} is not on this machine");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let log = Log::default();
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&log)));
        Ok(Self { address, log, accepting })
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests since the last call, in the order in which they began to be received.
    pub(crate) fn take(&self) -> Vec<Captured> {
        std::mem::take(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, log: Log) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(relay(client, server, Arc::clone(&log)));
    }
}

/// Carries one connection until either side ends it.
async fn relay(client: TcpStream, server: SocketAddr, log: Log) -> Result<()> {
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, to_server) = TcpStream::connect(server).await?.into_split();
    let requests = tokio::spawn(requests(from_client, to_server, log));
    // The response may come before it has sent everything, so both directions run side by side.
    tokio::io::copy(&mut from_server, &mut to_client).await?;
    to_client.shutdown().await?;
    requests.await?
}

/// Hands requests on and notes each: when it is whole, or cut short by the end of the connection.
async fn requests(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, log: Log) -> Result<()> {
    let mut parser = parse::Parser::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = client.read(&mut buffer).await?;
        let Some(received) = buffer.get(..count).filter(|received| !received.is_empty()) else { break };
        let passed_on = parser.push(received)?;
        // Noted before it is passed on: a client that has the response must find the request in the log.
        note(&log, parser.finished());
        server.write_all(&passed_on).await?;
    }
    note(&log, parser.cut_short());
    server.shutdown().await?;
    Ok(())
}

fn note(log: &Log, captured: impl IntoIterator<Item = Captured>) {
    log.lock().unwrap_or_else(PoisonError::into_inner).extend(captured);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_reach_the_server_and_the_log_and_responses_the_client() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let recorder = Recorder::start(server.local_addr().unwrap()).await.unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            let mut got = vec![0; 1024];
            let count = stream.read(&mut got).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
            got.truncate(count);
            got
        });
        let mut client = TcpStream::connect(recorder.address).await.unwrap();
        client.write_all(b"GET http://b.example.com/k?a HTTP/1.1\r\nHost: b.example.com\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        client.read_to_end(&mut response).await.unwrap();
        assert_eq!(response, b"HTTP/1.1 204 No Content\r\n\r\n");
        assert_eq!(serving.await.unwrap(), b"GET /k?a HTTP/1.1\r\nHost: b.example.com\r\n\r\n");
        let [captured] = recorder.take().try_into().unwrap();
        assert_eq!((captured.method.as_str(), captured.target.as_str()), ("GET", "/k?a"));
    }

    #[tokio::test]
    async fn a_server_elsewhere_is_refused() {
        assert!(Recorder::start("192.0.2.1:80".parse().unwrap()).await.is_err());
    }
}
