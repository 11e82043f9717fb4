//! HTTP/1.1 over TCP and TLS: connections, their pool, and nothing else. No redirects, no cookies, no decompression, no
//! logins or proxies from the surroundings.

mod client;
mod connect;
mod io;
mod pool;
mod proxy;
mod tls;

pub(crate) use client::{HttpClient, HttpSettings};
pub(crate) use connect::Connector;
pub use connect::{Dial, Stream, TcpDial};
pub(crate) use proxy::Proxies;
pub use proxy::{NoProxy, Proxy, ProxyError};
pub use tls::{TlsError, TrustRoots};
pub(crate) use tls::{certificates, tls_config};
