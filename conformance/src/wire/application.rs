//! The application server that upload callbacks are delivered to.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{\"ok\":true}";

/// Responds to every request with `{"ok":true}`. One for all scenarios, so that both clients name the same URL.
pub(super) struct Application {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Application {
    /// Starts it.
    ///
    /// # Errors
    /// If no port is free or the runtime does not start.
    pub(super) fn start() -> Result<Self> {
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream));
            }
        });
        Ok(Self { address, _runtime: runtime })
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn respond(mut stream: TcpStream) -> Result<()> {
    // The callbacks of the scenarios are far smaller than this and come in one piece.
    let mut request = [0; 8192];
    let count = stream.read(&mut request).await?;
    anyhow::ensure!(count > 0, "nothing was asked");
    stream.write_all(RESPONSE).await?;
    Ok(())
}
