//! `peer call URL`: connects to an echo endpoint and measures it.

mod caller;

use std::{net::IpAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{
    Client, Response, StatusCode, Url,
    header::{CONTENT_TYPE, IF_MATCH, LOCATION},
};
use strata_peer::{ChannelConfig, Codecs, Instant, Keeps, Peer, sdp::Fragment};
use tokio::{net::TcpStream, sync::mpsc, time::timeout};

use self::caller::{Caller, PINGS, REPORT_QUEUE, Report};
use crate::{
    addresses::Addresses,
    driver::{self, Handle, Opening, Settings},
    signals::interrupted,
};

/// What `call` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The echo endpoint, such as <http://127.0.0.1:8080/echo>.
    url: Url,
    /// How many bytes to push through the data channel and back.
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    bytes: u64,
    /// Seconds without progress after which the call has failed.
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
}

/// Calls, measures, prints, hangs up.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    ensure!(
        options.url.scheme() == "http",
        "{}: only http is spoken here",
        options.url
    );
    let patience = Duration::from_secs(options.patience);
    let local = timeout(patience, local_address_towards(&options.url))
        .await
        .unwrap_or_else(|_| bail!("nobody answers within {patience:?}"))
        .with_context(|| format!("cannot reach {}", options.url))?;
    let driver = driver::start(Settings {
        addresses: Addresses::of_caller(local),
        udp_port: 0,
        max_sessions: 1,
        // Patience ends it sooner.
        keep_failed: Duration::from_secs(options.patience),
        implicit_channels: false,
        codecs: Codecs::default(),
        keeps: Keeps::NOTHING,
    })
    .await?;
    // A server that takes the request and never answers it has failed as well.
    // Connections that are kept may lead over an address that is lost by then.
    let client = Client::builder()
        .timeout(patience)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()?;
    let mut call = Call {
        client,
        driver,
        location: None,
    };
    let outcome = tokio::select! {
        outcome = call.measure(&options) => outcome,
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    call.hang_up().await;
    outcome
}

struct Call {
    client: Client,
    driver: Handle,
    /// Where the other side's session can be ended.
    location: Option<Url>,
}

impl Call {
    async fn measure(&mut self, options: &Options) -> anyhow::Result<()> {
        let (reports, mut inbox) = mpsc::channel(REPORT_QUEUE);
        let started = tokio::time::Instant::now();
        let caller = Caller::new(options.bytes, reports);
        let opened = self
            .driver
            .open(Opening::Offer { prepare }, |_| Box::new(caller))
            .await?;
        let answer = self.exchange(&options.url, opened.sdp).await?;
        self.driver
            .answer(opened.id.clone(), answer)
            .await
            .context("the other side's answer")?;

        let bar = progress_bar(options.bytes)?;
        let outcome = self
            .watch(options, started, &opened.id, &mut inbox, &bar)
            .await;
        bar.finish_and_clear();
        let took = outcome?;
        let rate = bits(options.bytes) / took.as_secs_f64() / 1e6;
        crate::print(&format!(
            "throughput  {rate:.1} Mbit/s each way ({} bytes there and back in {:.2} s)",
            options.bytes,
            took.as_secs_f64()
        ));
        Ok(())
    }

    /// The WHIP exchange: our offer for the other side's answer.
    async fn exchange(&mut self, url: &Url, offer: String) -> anyhow::Result<String> {
        let response = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/sdp")
            .body(offer)
            .send()
            .await
            .with_context(|| format!("cannot reach {url}"))?;
        let status = response.status();
        // RFC 9725 §4.5: it may have been redirected.
        let from = response.url().clone();
        if let Some(location) = response.headers().get(LOCATION) {
            let location = location
                .to_str()
                .context("the Location header is not text")?;
            self.location = Some(
                from.join(location)
                    .context("the Location header is not a URL")?,
            );
        }
        let body = text(response).await.context("reading the answer")?;
        ensure!(
            status == StatusCode::CREATED,
            "{from} answered {status}: {}",
            body.trim()
        );
        Ok(body)
    }

    /// Shows what the caller reports, until all is back; then says how long the bulk took.
    async fn watch(
        &self,
        options: &Options,
        started: tokio::time::Instant,
        id: &str,
        inbox: &mut mpsc::Receiver<Report>,
        bar: &ProgressBar,
    ) -> anyhow::Result<Duration> {
        let patience = Duration::from_secs(options.patience);
        let mut connected = false;
        loop {
            let Ok(report) = timeout(patience, inbox.recv()).await else {
                ensure!(connected, "no path to the other side within {patience:?}");
                bail!("no progress for {patience:?}");
            };
            match report.context("the call ended early")? {
                Report::Opened => {
                    connected = true;
                    crate::print(&format!("set-up      {:.1} ms", millis(started.elapsed())));
                }
                Report::RoundTrip { least, median } => crate::print(&format!(
                    "round trip  {:.3} ms median, {:.3} ms least, of {PINGS}",
                    millis(median),
                    millis(least)
                )),
                Report::Returned { bytes } => bar.set_position(bytes),
                Report::RestartAdvised => self.restart(id, patience).await?,
                Report::Done { took } => return Ok(took),
                Report::Failed(reason) => bail!("{reason}"),
            }
        }
    }

    /// Looks for a path anew, with the other side: by `PATCH` (RFC 9725 §4.3.3), again and again until it answers.
    async fn restart(&self, id: &str, patience: Duration) -> anyhow::Result<()> {
        let begun = tokio::time::Instant::now();
        loop {
            let fragment = self.driver.restart(id.to_owned()).await?;
            let answer = self.exchange_restart(fragment).await;
            let known = answer.as_ref().ok().cloned();
            self.driver.restarted(id.to_owned(), known).await?;
            match answer {
                Ok(_) => break,
                Err(error) if begun.elapsed() >= patience => return Err(error),
                // The way to the server may be as broken as that of the call.
                Err(error) => tracing::warn!("the restart is not answered: {error:#}"),
            }
            tokio::time::sleep(RESTART_PAUSE).await;
        }
        let took = millis(begun.elapsed());
        crate::print(&format!("restart     {took:.1} ms for its signalling"));
        Ok(())
    }

    async fn exchange_restart(&self, fragment: String) -> anyhow::Result<Fragment> {
        let location = self.location.clone();
        let location = location.context("the other side named no session to restart")?;
        let request = self
            .client
            .patch(location)
            .header(CONTENT_TYPE, "application/trickle-ice-sdpfrag")
            .header(IF_MATCH, "*")
            .timeout(RESTART_TIMEOUT)
            .body(fragment);
        let response = request.send().await?;
        let status = response.status();
        let body = text(response).await?;
        ensure!(status == StatusCode::OK, "{status}: {}", body.trim());
        Ok(Fragment::parse(&body)?)
    }

    async fn hang_up(self) {
        self.driver.shutdown().await;
        if let Some(location) = self.location {
            let request = self.client.delete(location).timeout(FAREWELL);
            if let Err(error) = request.send().await {
                tracing::debug!(%error, "the other side was not told over HTTP");
            }
        }
    }
}

/// What a server has to say, as far as it is worth reading.
async fn text(mut response: Response) -> anyhow::Result<String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        ensure!(body.len() <= MAX_ANSWER, "more than {MAX_ANSWER} bytes");
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn prepare(now: Instant, peer: &mut Peer) -> anyhow::Result<()> {
    peer.open_channel(now, ChannelConfig::new("measure"))?;
    Ok(())
}

/// The address of ours from which the URL's host is reached.
async fn local_address_towards(url: &Url) -> anyhow::Result<IpAddr> {
    let host = url.host_str().context("the URL names no host")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(80);
    // A name can have addresses where nobody listens, such as `::1` for `localhost`.
    let stream = TcpStream::connect((host, port)).await?;
    Ok(stream.local_addr()?.ip())
}

fn progress_bar(bytes: u64) -> anyhow::Result<ProgressBar> {
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left")?;
    Ok(ProgressBar::new(bytes).with_style(style))
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate needs no more than 52 bits"
)]
fn bits(bytes: u64) -> f64 {
    bytes as f64 * 8.0
}

/// Bytes read of what a server answers.
const MAX_ANSWER: usize = 256 << 10;

/// How long the server may take to answer a restart, and how long we wait to ask again.
const RESTART_TIMEOUT: Duration = Duration::from_secs(3);
const RESTART_PAUSE: Duration = Duration::from_millis(500);

/// How long the server may take to hear that we hang up.
const FAREWELL: Duration = Duration::from_secs(2);
