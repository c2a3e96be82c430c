//! Data channels between two UDP sockets on this machine: one that delivers everything in order, and one that does
//! not wait for what was lost. There is no encryption: over a network that others reach, DTLS belongs in between.
#![expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "an owner of engines: it has sockets, and shows what it does"
)]

use std::{
    error::Error,
    io, iter,
    net::{Ipv4Addr, UdpSocket},
    time::Duration,
};

use strata_sctp::{
    ChannelConfig, Clock, Config, DataChannels, Endpoint as _, Entropy, Event, MessageKind,
    Reliability, Role,
};

/// One node waits at most this long, so that the other gets its turn in the same thread.
const TURN: Duration = Duration::from_millis(5);

/// Channels, and the connected socket that they are carried over.
struct Node {
    socket: UdpSocket,
    channels: DataChannels,
}

impl Node {
    fn new(socket: UdpSocket, role: Role, clock: &Clock) -> Self {
        let mut channels = DataChannels::new(Config::default(), Entropy::system());
        channels.set_role(clock.now(), role);
        Self { socket, channels }
    }

    /// One round of the loop that every engine wants: send what it has to say, sleep until something arrives or its
    /// deadline comes, tell it, and take its events.
    fn turn(&mut self, clock: &Clock) -> io::Result<Vec<Event>> {
        let mut packet = Vec::with_capacity(2048);
        while self
            .channels
            .poll_transmit(clock.now(), &mut packet)
            .is_some()
        {
            // What cannot be sent is lost, as on any network: SCTP sends it again.
            let _ = self.socket.send(&packet);
            packet.clear();
        }
        let deadline = self.channels.poll_timeout();
        let wait = deadline.map_or(TURN, |at| at.duration_since(clock.now()).min(TURN));
        // The standard library refuses a time-out of zero.
        self.socket
            .set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        packet.resize(2048, 0);
        // An error is a time-out, or an answer of the network that SCTP has its own timers for.
        let arrived = self.socket.recv(&mut packet);
        // Timers first: what is too late must not be saved by a packet that waited in the socket.
        self.channels.handle_timeout(clock.now());
        if let Ok(length) = arrived {
            packet.truncate(length);
            self.channels.handle_input(clock.now(), &mut packet);
        }
        Ok(iter::from_fn(|| self.channels.poll_event()).collect())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::start();
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let (left, right) = (bind()?, bind()?);
    left.connect(right.local_addr()?)?;
    right.connect(left.local_addr()?)?;
    let mut sender = Node::new(left, Role::Client, &clock);
    let mut receiver = Node::new(right, Role::Server, &clock);

    let start = clock.now();
    sender.channels.connect(start);
    let log = sender.channels.open(start, ChannelConfig::new("log"))?;
    let config = ChannelConfig::new("position").with_unordered(true);
    let config = config.with_reliability(Reliability::MaxRetransmits(0));
    let position = sender.channels.open(start, config)?;
    // Messages can be sent before the peer has answered: they wait.
    for (id, text) in [(log, "one"), (position, "x, y"), (log, "two")] {
        let mut channel = sender.channels.channel(id).ok_or("the channel is closed")?;
        channel.send(start, MessageKind::Text, text)?;
    }
    // It ends: a peer that is gone ends the association, too.
    let (mut lines, mut closed) = (Vec::new(), false);
    while !closed {
        for event in receiver.turn(&clock)? {
            if let Event::Message { id, data, .. } = event {
                let channel = receiver.channels.channel(id).ok_or("no such channel")?;
                println!("{}: {}", channel.label(), String::from_utf8_lossy(&data));
                if channel.label() == "log" {
                    lines.push(data);
                }
            }
        }
        if lines.len() == 2 {
            sender.channels.shutdown(clock.now());
        }
        let events = sender.turn(&clock)?;
        closed = matches!(events.last(), Some(Event::Closed { .. }));
    }
    if lines != ["one", "two"] {
        return Err(format!("the log is not what was sent: {lines:?}").into());
    }
    Ok(())
}
