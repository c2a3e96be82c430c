//! `peer serve`: the page, the echo endpoint, and the socket behind them.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use crate::{
    driver::{self, Settings},
    http,
};

/// What `serve` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Where HTTP listens. Media uses the same address; on a loopback or an unspecified one (`0.0.0.0` or
    /// `[::]`) every address of the machine becomes a candidate.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The UDP port for media; 0 lets the system choose.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    udp_port: u16,
    /// How many sessions may be open at once.
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_sessions: usize,
}

/// Serves until Ctrl-C, then closes every session.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let listening = listener.local_addr()?;
    let driver = driver::start(Settings {
        bind: SocketAddr::new(media_address(listening.ip()), options.udp_port),
        candidates: candidate_addresses(listening.ip())?,
        max_sessions: options.max_sessions,
        // A caller may have negotiated its channels with itself alone; what comes on them is echoed too.
        implicit_channels: true,
    })
    .await?;
    crate::print(&format!(
        "strata echo peer: open http://{listening}/ in a browser"
    ));

    let shutdown = {
        let driver = driver.clone();
        async move {
            interrupted().await;
            // Farewells are best effort: a socket that takes none does not keep the program alive.
            if tokio::time::timeout(FAREWELL, driver.shutdown())
                .await
                .is_err()
            {
                tracing::warn!("not every session could be told");
            }
        }
    };
    tokio::select! {
        result = axum::serve(listener, http::router(driver)).into_future() => Ok(result?),
        () = shutdown => Ok(()),
    }
}

/// Where media is bound when HTTP listens on `ip`.
///
/// Some callers on the same machine use no loopback address: Firefox pairs none of its own with one,
/// and libnice binds its sockets to other interfaces. So loopback means every address here; without the
/// credentials of a session nothing that arrives is answered.
fn media_address(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_loopback() => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(v6) if v6.is_loopback() => Ipv6Addr::UNSPECIFIED.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    }
}

/// The addresses that can be offered when HTTP listens on `ip`, that one first.
fn candidate_addresses(ip: IpAddr) -> anyhow::Result<Vec<IpAddr>> {
    if !media_address(ip).is_unspecified() {
        return Ok(vec![ip]);
    }
    let interfaces = if_addrs::get_if_addrs().context("cannot list the machine's addresses")?;
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .map(if_addrs::Interface::ip)
        .filter(|address| ip.is_ipv6() || address.is_ipv4())
        .filter(|address| match address {
            IpAddr::V4(_) => true,
            // A link-local address means nothing without a zone, which SDP cannot carry.
            IpAddr::V6(v6) => !v6.is_unicast_link_local(),
        })
        .collect();
    addresses.sort_by_key(|address| *address != ip);
    anyhow::ensure!(
        !addresses.is_empty(),
        "this machine has no address to offer"
    );
    Ok(addresses)
}

/// Waits for Ctrl-C, or for the signal by which service managers end a program.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// How long closing all sessions may take.
const FAREWELL: Duration = Duration::from_secs(2);
