//! `peer`: a thin tokio program around strata.
//!
//! `peer serve` (also what runs without a subcommand) serves a web page and a WHIP endpoint (RFC 9725)
//! that echoes every track and every data-channel message back to its sender. `peer call URL` is its
//! native counterpart: it connects to such an endpoint and measures it.
//!
//! All protocol work happens in `strata-peer` and the crates below it, which do no I/O. What is here is what they
//! leave to their owner: one UDP socket ([`socket`]), the machine's [`addresses`], the clock on the wall
//! ([`wall_clock`]), one loop that moves datagrams and deadlines between socket and peers ([`driver`]), and signalling
//! over HTTP ([`http`]). On top of each peer connection runs an [`application`]: the [`echo`], or the caller's side of
//! [`call`].

mod addresses;
mod application;
mod call;
mod driver;
mod echo;
mod http;
mod serve;
mod signals;
mod socket;
mod wall_clock;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// WebRTC echo peer: serves a page that calls it, or calls another instance.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Options,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the web page and the echo endpoint (the default).
    Serve(serve::Options),
    /// Call another instance's echo endpoint, and measure set-up, round trip and throughput.
    Call(call::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::Call(options)) => call::run(options).await,
        Some(Command::Serve(options)) => serve::run(options).await,
        None => serve::run(cli.serve).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!(?error, "failed");
            say(&format!("peer: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Tells the person at the terminal something that is not the program's output.
#[expect(
    clippy::print_stderr,
    reason = "a command-line program talks to its user"
)]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints a line of the program's output.
#[expect(
    clippy::print_stdout,
    reason = "a command-line program prints its results"
)]
fn print(line: &str) {
    println!("{line}");
}
