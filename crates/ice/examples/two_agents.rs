//! Two agents find a path to each other over UDP and keep the consent to use it fresh, which takes some seconds:
//! `cargo run --example two_agents`.
//!
//! Each side is a thread with a socket of its own. A channel carries what signalling would carry between programs.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example owns its sockets and threads, and says what it does"
)]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::{error::Error, io::ErrorKind, net::UdpSocket, thread, time::Duration};

use strata_ice::{
    Agent, Candidate, Clock, Config, Credentials, Datagram, Endpoint as _, Entropy, Event, Instant,
    Path, Role, State, is_stun,
};

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the two sides signal to each other. `None` says that no more candidates will come.
type Signal = Option<(Credentials, Candidate)>;

fn main() -> Fallible<()> {
    let (to_b, from_a) = channel();
    let (to_a, from_b) = channel();
    let a = thread::spawn(move || run("a", Role::Controlling, &to_b, &from_b));
    let b = thread::spawn(move || run("b", Role::Controlled, &to_a, &from_a));
    for side in [a, b] {
        side.join().map_err(|_| "a side panicked")??;
    }
    Ok(())
}

fn run(name: &str, role: Role, to: &Sender<Signal>, from: &Receiver<Signal>) -> Fallible<()> {
    let config = Config {
        role,
        ..Config::default()
    };
    let (clock, mut agent) = (Clock::start(), Agent::new(config, Entropy::system()));
    // One socket for each address of the machine: here, one.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let candidate = agent.add_local_candidate(clock.now(), socket.local_addr()?)?;
    to.send(Some((agent.local_credentials().clone(), candidate)))?;

    let (mut out, mut done, mut other_done) = (Vec::new(), false, false);
    while !(done && other_done) {
        let now = clock.now();
        for signal in from.try_iter() {
            if let Some((credentials, candidate)) = signal {
                agent.set_remote_credentials(now, credentials)?;
                agent.add_remote_candidate(now, candidate)?;
            } else {
                other_done = true;
            }
        }
        while let Some(transmit) = agent.poll_transmit(now, &mut out) {
            // A datagram that cannot be sent counts as lost: its check is repeated, and other pairs are tried.
            let _ = socket.send_to(&out, transmit.path.remote);
            out.clear();
        }
        while let Some(event) = agent.poll_event() {
            println!("{name}: {event:?}");
            if let (Event::SelectedPair { .. }, Some(path)) = (&event, agent.selected_path()) {
                // From here on the owner may send data on this path.
                socket.send_to(format!("hello from {name}").as_bytes(), path.remote)?;
            }
        }
        if !done && agent.stats().consent_responses_received > 0 {
            println!("{name}: consent is fresh after {:?}", now - Instant::EPOCH);
            done = true;
            to.send(None)?; // The other side may still need answers, until it says the same.
        }
        if agent.state() == State::Failed || now - Instant::EPOCH > Duration::from_secs(30) {
            // What a person needs to find the fault.
            return Err(format!("{name}: {}", agent.report()).into());
        }
        receive(name, &clock, &socket, &mut agent)?;
    }
    Ok(())
}

/// Waits for a datagram, for the agent's next deadline, or for 50 ms, after which there may be signals.
fn receive(name: &str, clock: &Clock, socket: &UdpSocket, agent: &mut Agent) -> Fallible<()> {
    let (shortest, longest) = (Duration::from_millis(1), Duration::from_millis(50));
    let due = agent.poll_timeout();
    let wait = due.map_or(longest, |due| (due - clock.now()).clamp(shortest, longest));
    socket.set_read_timeout(Some(wait))?;
    let mut buffer = [0; 2048];
    let received = socket.recv_from(&mut buffer);
    let now = clock.now();
    agent.handle_timeout(now);
    match received {
        Ok((len, remote)) => {
            let datagram = buffer.get_mut(..len).unwrap_or_default();
            // Data shares the path with the agent's messages, and is told apart by its first octets.
            if is_stun(datagram) {
                let path = Path::udp(socket.local_addr()?, remote);
                agent.handle_input(now, Datagram::new(path, datagram));
            } else {
                println!("{name} hears: {}", String::from_utf8_lossy(datagram));
            }
        }
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
