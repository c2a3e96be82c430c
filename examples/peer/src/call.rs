//! `peer call URL`: connects to an echo endpoint and measures it.

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{
    Client, StatusCode, Url,
    header::{CONTENT_TYPE, LOCATION},
};
use strata_core::Instant;
use strata_peer::{ChannelConfig, ChannelId, Event, MessageKind, Peer};
use tokio::sync::mpsc;

use crate::{
    driver::{self, Handle, Opening, Settings},
    session::Application,
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
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    patience: u64,
}

/// Calls, measures, prints, hangs up.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let local = local_address_towards(&options.url).await?;
    let driver = driver::start(Settings {
        bind: SocketAddr::new(local, 0),
        candidates: vec![local],
        max_sessions: 1,
        implicit_channels: false,
    })
    .await?;
    // A server that takes the request and never answers it has failed as well.
    let client = Client::builder()
        .timeout(Duration::from_secs(options.patience))
        .build()?;
    let mut call = Call {
        client,
        driver,
        location: None,
    };
    let outcome = tokio::select! {
        outcome = call.measure(&options) => outcome,
        () = crate::serve::interrupted() => Err(anyhow::anyhow!("interrupted")),
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
            .answer(opened.id, answer)
            .await
            .context("the other side's answer")?;

        let patience = Duration::from_secs(options.patience);
        let mut bar = None;
        loop {
            let Ok(report) = tokio::time::timeout(patience, inbox.recv()).await else {
                bail!("no progress for {} s", options.patience);
            };
            let report = report.context("the call ended early")?;
            match report {
                Report::Opened => {
                    crate::print(&format!("set-up      {:.1} ms", millis(started.elapsed())));
                }
                Report::RoundTrip { least, median } => {
                    crate::print(&format!(
                        "round trip  {:.3} ms median, {:.3} ms least, of {PINGS}",
                        millis(median),
                        millis(least)
                    ));
                    bar = Some(progress_bar(options.bytes)?);
                }
                Report::Returned { bytes } => {
                    if let Some(bar) = &bar {
                        bar.set_position(bytes);
                    }
                }
                Report::Done { took } => {
                    if let Some(bar) = &bar {
                        bar.finish_and_clear();
                    }
                    let rate = bits(options.bytes) / took.as_secs_f64() / 1e6;
                    crate::print(&format!(
                        "throughput  {rate:.1} Mbit/s each way ({} bytes there and back in {:.2} s)",
                        options.bytes,
                        took.as_secs_f64()
                    ));
                    return Ok(());
                }
                Report::Failed(reason) => bail!("{reason}"),
            }
        }
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
        if let Some(location) = response.headers().get(LOCATION) {
            let location = location
                .to_str()
                .context("the Location header is not text")?;
            self.location = Some(
                url.join(location)
                    .context("the Location header is not a URL")?,
            );
        }
        let body = response.text().await.context("reading the answer")?;
        ensure!(
            status == StatusCode::CREATED,
            "{url} answered {status}: {}",
            body.trim()
        );
        Ok(body)
    }

    async fn hang_up(self) {
        self.driver.shutdown().await;
        if let Some(location) = self.location {
            let _ = self.client.delete(location).send().await;
        }
    }
}

fn prepare(now: Instant, peer: &mut Peer) -> anyhow::Result<()> {
    peer.open_channel(now, ChannelConfig::new("measure"))?;
    Ok(())
}

enum Report {
    Opened,
    RoundTrip { least: Duration, median: Duration },
    Returned { bytes: u64 },
    Done { took: Duration },
    Failed(String),
}

/// The caller's side of the conversation: pings first, then bulk.
struct Caller {
    reports: mpsc::Sender<Report>,
    total: u64,
    sent: u64,
    returned: u64,
    /// When each ping that is under way, or was, left and how long it took.
    pings: Vec<Duration>,
    ping_sent: Instant,
    bulk_started: Option<Instant>,
    /// The sizes of the messages that are under way.
    under_way: VecDeque<usize>,
    finished: bool,
}

impl Caller {
    fn new(total: u64, reports: mpsc::Sender<Report>) -> Self {
        Self {
            reports,
            total,
            sent: 0,
            returned: 0,
            pings: Vec::with_capacity(PINGS),
            ping_sent: Instant::EPOCH,
            bulk_started: None,
            under_way: VecDeque::new(),
            finished: false,
        }
    }

    fn report(&self, report: Report) {
        // A call makes fewer reports than the queue holds, so only a terminal that is gone loses one.
        let _ = self.reports.try_send(report);
    }

    fn fail(&mut self, reason: impl Into<String>) {
        if !self.finished {
            self.finished = true;
            self.report(Report::Failed(reason.into()));
        }
    }

    fn ping(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        self.ping_sent = now;
        let text = format!("ping {}", self.pings.len());
        self.send(now, peer, id, MessageKind::Text, text.into_bytes());
    }

    fn send(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        id: ChannelId,
        kind: MessageKind,
        data: Vec<u8>,
    ) {
        let Some(mut channel) = peer.channel(id) else {
            return self.fail("the channel is gone");
        };
        if let Err(error) = channel.send(now, kind, data) {
            self.fail(format!("cannot send: {error}"));
        }
    }

    fn message(&mut self, now: Instant, peer: &mut Peer, id: ChannelId, data: &[u8]) {
        if self.bulk_started.is_some() {
            return self.bulk_message(now, peer, id, data);
        }
        if data != format!("ping {}", self.pings.len()).as_bytes() {
            return self.fail("what came back is not the ping that was sent");
        }
        self.pings.push(now - self.ping_sent);
        if self.pings.len() < PINGS {
            return self.ping(now, peer, id);
        }
        self.pings.sort_unstable();
        let least = self.pings.first().copied().unwrap_or_default();
        let median = self.pings.get(PINGS / 2).copied().unwrap_or_default();
        self.report(Report::RoundTrip { least, median });
        self.bulk_started = Some(now);
        self.push(now, peer, id);
        self.finish_if_done(now);
    }

    fn bulk_message(&mut self, now: Instant, peer: &mut Peer, id: ChannelId, data: &[u8]) {
        let Some(size) = self.under_way.pop_front() else {
            return self.fail("more came back than was sent");
        };
        if data != bulk(self.returned, size) {
            return self.fail(format!(
                "what came back after {} bytes differs",
                self.returned
            ));
        }
        let step = self.total / PROGRESS_STEPS + 1;
        let before = self.returned / step;
        self.returned += size as u64;
        if self.returned / step != before {
            self.report(Report::Returned {
                bytes: self.returned,
            });
        }
        self.push(now, peer, id);
        self.finish_if_done(now);
    }

    /// Sends as much as the window allows.
    fn push(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        while self.sent < self.total && self.sent - self.returned < WINDOW && !self.finished {
            let size = usize::try_from(self.total - self.sent)
                .unwrap_or(MESSAGE)
                .min(MESSAGE);
            let data = bulk(self.sent, size);
            self.under_way.push_back(size);
            self.sent += size as u64;
            self.send(now, peer, id, MessageKind::Binary, data);
        }
    }

    fn finish_if_done(&mut self, now: Instant) {
        if let Some(started) = self.bulk_started
            && self.returned == self.total
            && !self.finished
        {
            self.finished = true;
            self.report(Report::Done {
                took: now - started,
            });
        }
    }
}

impl Application for Caller {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller has no use for the other events, nor for those to come"
    )]
    fn handle_event(&mut self, now: Instant, peer: &mut Peer, event: Event) {
        match event {
            Event::ChannelOpened { id, .. } => {
                self.report(Report::Opened);
                self.ping(now, peer, id);
            }
            Event::ChannelMessage { id, data, .. } => self.message(now, peer, id, &data),
            Event::ChannelClosed { .. } => self.fail("the other side closed the channel"),
            Event::Closed { reason } => self.fail(format!("the connection closed: {reason}")),
            _ => {}
        }
    }

    fn handle_timeout(&mut self, _now: Instant, _peer: &mut Peer) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// The bytes that stand at `offset` of the bulk: each message begins with its place, so that none can
/// be taken for another.
fn bulk(offset: u64, size: usize) -> Vec<u8> {
    let mut data = vec![0xa5; size];
    for (to, from) in data.iter_mut().zip(offset.to_be_bytes()) {
        *to = from;
    }
    data
}

/// The address of ours from which the URL's host is reached.
async fn local_address_towards(url: &Url) -> anyhow::Result<IpAddr> {
    let host = url
        .host_str()
        .with_context(|| format!("{url} names no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(80);
    let remote = tokio::net::lookup_host((host, port))
        .await
        .with_context(|| format!("cannot find {host}"))?
        .next()
        .with_context(|| format!("{host} has no address"))?;
    let unspecified = match remote {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    // Connecting a UDP socket sends nothing; it only makes the system choose a source address.
    let probe = UdpSocket::bind((unspecified, 0))?;
    probe
        .connect(remote)
        .with_context(|| format!("no way to {remote}"))?;
    Ok(probe.local_addr()?.ip())
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

/// Round trips measured.
const PINGS: usize = 20;

/// Bytes of one bulk message.
const MESSAGE: usize = 64 << 10;

/// Bytes that may be under way: what has left and not yet come back.
const WINDOW: u64 = 4 << 20;

/// How often progress is reported over a whole transfer.
const PROGRESS_STEPS: u64 = 200;

/// More than all the reports of one call.
const REPORT_QUEUE: usize = 256;
