//! A session description on its way through a gateway: what is in it, and what the other side gets.
//!
//! ```text
//! cargo run --example edit [FILE]
//! ```
//!
//! Without a file, the offer of a SIP phone is edited that encrypts its audio (SDES, RFC 4568).
#![expect(clippy::print_stdout, reason = "it shows what it does")]

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr},
};

use strata_sdp::{Candidate, Connection, Session};

/// Where this gateway takes media, and its first port.
const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const FIRST_PORT: u16 = 40_000;

/// The name of the session is in ISO 8859-1, as its charset says.
const OFFER: &[u8] = b"v=0\r\n\
    o=phone 1766 3 IN IP4 192.168.1.20\r\n\
    s=Acc\xE8s direct\r\n\
    c=IN IP4 192.168.1.20\r\n\
    t=0 0\r\n\
    a=charset:ISO-8859-1\r\n\
    m=audio 11780 RTP/SAVP 8 0 101\r\n\
    a=rtcp:11790\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-16\r\n\
    a=crypto:1 AEAD_AES_256_GCM inline:a2V5IG9mIDMyIGJ5dGVzLCBmb3IgYW4gZXhhbXBsZS5zYWx0IG9mIDEyLi4=\r\n\
    a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:a2V5IG9mIDE2IGJ5dGVzLnNhbHQgb2YgMTQgYnl0|2^20|1:4\r\n\
    a=candidate:1 1 UDP 2130706431 192.168.1.20 11780 typ host\r\n\
    a=candidate:2 1 UDP 2113929471 7e1c2a90-phone.local 11780 typ host\r\n\
    a=end-of-candidates\r\n\
    m=video 0 RTP/SAVP 31\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    // Octets and not text: not everything that phones send is UTF-8.
    let octets = match env::args_os().nth(1) {
        Some(path) => fs::read(path)?,
        None => OFFER.to_vec(),
    };
    // An error says the line and the field: `line 7: port is out of range`.
    let mut session = Session::parse_bytes(&octets)?;
    show(&session);
    relay(&mut session)?;
    println!("\nWhat the other side gets:");
    io::stdout().write_all(&session.to_bytes())?;
    Ok(())
}

fn show(session: &Session) {
    println!("{} from {}", session.name(), session.origin());
    for media in &session.media {
        let address = session.connection_of(media).map(|to| to.address);
        let address = address.as_deref().unwrap_or("nowhere");
        let state = if media.is_rejected() {
            ", rejected"
        } else {
            ""
        };
        println!("{} to {address}:{}{state}", media.kind(), media.port());
        for codec in media.codecs() {
            println!("  codec {}", codec.rtpmap);
        }
        // Of the keys, nothing is shown but their names: `Debug` and the suite show none.
        for crypto in media.cryptos() {
            println!("  {} with {} key(s)", crypto.suite, crypto.keys.len());
        }
        // Attributes are read one by one, so one that is broken does not cost the others.
        for candidate in media.attributes.all::<Candidate>() {
            match candidate.map(|found| (found.socket_addr(), found)) {
                Ok((Some(address), _)) => println!("  candidate {address}"),
                Ok((None, found)) => println!("  candidate by the name {}", found.address),
                Err(error) => println!("  {error}"),
            }
        }
    }
}

/// Puts the gateway in place of the phone. It forwards packets as they are, so the keys may stay.
fn relay(session: &mut Session) -> Result<(), Box<dyn Error>> {
    let mut origin = session.origin().clone();
    origin.session_version = origin.session_version.successor();
    origin.address = GATEWAY.to_string();
    session.set_origin(origin);
    if session.connection().is_some() {
        session.set_connection(Some(&Connection::new(GATEWAY)));
    }
    let mut ports = (FIRST_PORT..=u16::MAX).step_by(2);
    for media in &mut session.media {
        // What is rejected keeps its port 0. Media that is only there for bundles has no port of its own.
        if !media.is_rejected() && !media.is_bundle_only() {
            // This removes `a=rtcp` and the candidates too: they name the phone.
            media.set_destination(GATEWAY, ports.next().ok_or("no port is left")?);
        }
    }
    Ok(())
}
