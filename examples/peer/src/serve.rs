//! `peer serve`: the page, the echo endpoint, and the socket behind them.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::Context as _;
use clap::Args;
use strata_peer::Codecs;
use tokio::net::TcpListener;

use crate::{
    addresses::Addresses,
    driver::{self, Settings},
    echo, http,
    signals::interrupted,
};

/// What `serve` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Where HTTP listens. Media uses the same address; on an unspecified one (`0.0.0.0` or `[::]`) every
    /// address of the machine. On loopback too, but then it takes what the machine itself sends, nothing else.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The UDP port for media; 0 lets the system choose.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    udp_port: u16,
    /// How many sessions may be open at once. One that sends and does not read can hold 12 MiB.
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_sessions: usize,
    /// How many seconds a session is kept whose network is lost, so that its caller can restart ICE. Where all sessions
    /// are in use, it goes sooner.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    keep_failed: u64,
}

/// Serves until Ctrl-C, then closes every session.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let listener = TcpListener::bind(options.listen).await.with_context(|| {
        format!(
            "cannot listen on {} (--listen takes another)",
            options.listen
        )
    })?;
    let listening = listener.local_addr()?;
    let addresses =
        Addresses::of_listener(listening.ip()).context("cannot tell which addresses to offer")?;
    let driver = driver::start(Settings {
        addresses,
        udp_port: options.udp_port,
        max_sessions: options.max_sessions,
        keep_failed: Duration::from_secs(options.keep_failed),
        // A caller may have negotiated its channels with itself alone; what comes on them is echoed too.
        implicit_channels: true,
        codecs: Codecs {
            pass_through: true,
            ..Codecs::default()
        },
        keeps: echo::KEEPS,
    })
    .await?;
    crate::print(&format!(
        "strata echo peer: open http://{}/ in a browser",
        reachable(listening)
    ));

    tokio::select! {
        () = http::serve(listener, http::router(driver.clone())) => {}
        () = driver.gone() => anyhow::bail!("the UDP socket failed"),
        () = interrupted() => driver.shutdown().await,
    }
    Ok(())
}

/// Where a browser on this machine finds what listens on `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
