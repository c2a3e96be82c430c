//! A STUN server, and a client that asks it for its own address, over UDP on this machine.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example owns its sockets and says what it does"
)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::{error::Error, io::ErrorKind, thread, time::Duration};

use strata_stun::{
    AttributeType, Class, Clock, Entropy, ErrorCode, Expiry, Message, MessageWriter, Method,
    RawAttribute, Retransmission, Schedule, Software, TransactionId, WriteError, XorMappedAddress,
};

fn main() -> Result<(), Box<dyn Error>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let server = socket.local_addr()?;
    // The thread ends with the program.
    thread::spawn(move || serve(&socket).map_err(|error| eprintln!("server: {error}")));
    println!("{server} sees us at {}", ask(server, &[])??);
    let unknown = RawAttribute {
        attribute_type: AttributeType::new(0x7001), // below 0x8000: who does not know it must not go on
        value: b"what?",
    };
    let refusal = ask(server, &[unknown])?.err();
    let refusal = refusal.ok_or("the server ignored what it must understand")?;
    println!("{server} refuses what it does not know: {refusal}");
    Ok(())
}

/// Answers every request that comes.
fn serve(socket: &UdpSocket) -> Result<(), Box<dyn Error>> {
    let (mut datagram, mut out) = ([0; 1500], Vec::new());
    loop {
        let (length, from) = socket.recv_from(&mut datagram)?;
        // RFC 8489 §6.3: what is not STUN, is damaged, or is not known here is dropped in silence.
        if let Some(Ok(request)) = datagram.get(..length).map(Message::parse)
            && (request.class(), request.method()) == (Class::Request, Method::BINDING)
            && request.verify_fingerprint() != Some(false)
        {
            out.clear();
            answer(&request, from, &mut out)?;
            // Whoever writes an address that nothing can be sent to must not end the server.
            if let Err(error) = socket.send_to(&out, from) {
                eprintln!("server: no answer to {from}: {error}");
            }
        }
    }
}

fn answer(request: &Message<'_>, from: SocketAddr, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let (method, id) = (request.method(), request.transaction_id());
    // RFC 8489 §6.3.1: comprehension-required attributes that are not known are answered by 420, and their list.
    let mut unknown = request.unknown_attributes(&[]).peekable();
    let answer = if unknown.peek().is_some() {
        MessageWriter::new(out, Class::Error, method, id)
            .push(&ErrorCode::UNKNOWN_ATTRIBUTE)
            .unknown_attributes(unknown)
    } else {
        MessageWriter::new(out, Class::Success, method, id).push(&XorMappedAddress(from))
    };
    answer.push(&Software("strata")).fingerprint().finish()
}

/// What the server says: the address it sees, or why it refuses. Fails when it says nothing, or nonsense.
fn ask(
    server: SocketAddr,
    attributes: &[RawAttribute<'_>],
) -> Result<Result<SocketAddr, String>, Box<dyn Error>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Who is not on the path cannot guess the id, and so cannot answer in the server's place.
    let id = TransactionId::random(&mut Entropy::system());
    let (mut request, mut datagram) = (Vec::new(), [0; 1500]);
    let mut writer = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id);
    for attribute in attributes {
        writer = writer.push_raw(*attribute);
    }
    writer.fingerprint().finish()?;
    // RFC 8489 §6.2.1: sent again after 0.5 s, 1.5 s, 3.5 s, ..., given up after 39.5 s.
    let clock = Clock::start();
    let mut timer = Retransmission::start(clock.now(), Schedule::default());
    socket.send_to(&request, server)?;
    loop {
        // A time-out of zero would mean none at all.
        let wait = timer.due().duration_since(clock.now());
        socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        match socket.recv_from(&mut datagram) {
            Ok((length, from)) => {
                if let Some(Ok(answer)) = datagram.get(..length).map(Message::parse)
                    && (from, answer.transaction_id()) == (server, id)
                {
                    return match answer.get::<ErrorCode<'_>>()? {
                        Some(error) => Ok(Err(format!("{} {}", error.code, error.reason))),
                        None => Ok(Ok(answer.get::<XorMappedAddress>()?.ok_or("no address")?.0)),
                    };
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error.into()),
        }
        match timer.handle_timeout(clock.now()) {
            Some(Expiry::Resend) => drop(socket.send_to(&request, server)?),
            Some(Expiry::TimedOut) => return Err("no answer".into()),
            None => {}
        }
    }
}
