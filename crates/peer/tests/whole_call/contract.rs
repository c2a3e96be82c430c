//! The rules of every engine, on random schedules.

use strata_core::{Entropy, Instant};
use strata_peer::{ConnectionState, Description, Direction, MediaKind, MessageKind, Peer};
use strata_sim::contract::{Check, Culprit, Forgery, sum};

use crate::{
    repair::{Secrets, repair},
    support::{
        Call, EVERYTHING, answerer_config, describe, offerer_config, packet, peers, sections,
    },
};

/// What two peers may hold, with media, channels and all queues. They hold 137 KB.
const HEAP_BYTES: i64 = 256 * 1024;

/// Another exchange, as far as the states allow: with or without a restart of ICE, a new section, or a
/// change of mind.
fn exchange(offerer: &mut Peer, answerer: &mut Peer, now: Instant, dice: &mut Entropy) {
    match dice.below(4) {
        0 => {
            offerer.restart_ice(now);
        }
        1 if offerer.transceivers().count() < 6 => {
            let _ = offerer.add_transceiver(MediaKind::Video, Direction::SendRecv);
        }
        _ => {}
    }
    let Ok(offer) = offerer.create_offer(now) else {
        return;
    };
    let set = offerer.set_local_description(now, offer.clone());
    let taken = set.is_ok() && answerer.set_remote_description(now, offer).is_ok();
    if !taken || dice.below(4) == 0 {
        let _ = offerer.set_local_description(now, Description::rollback());
        let _ = answerer.set_remote_description(now, Description::rollback());
        return;
    }
    let answer = answerer.create_answer(now).unwrap();
    answerer.set_local_description(now, answer.clone()).unwrap();
    offerer.set_remote_description(now, answer).unwrap();
}

/// A line of a description, without its name.
fn line<'a>(description: &'a str, name: &str) -> &'a str {
    let found = description.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_default()
}

/// Signs what was forged and might be STUN with what both descriptions say. DTLS, and what its keys protect, cannot be
/// repaired by anybody.
fn sign(forgery: &Forgery<'_, Peer, Peer>, datagram: &mut Vec<u8>) {
    let (receiver, other) = match forgery.to {
        Culprit::A => (forgery.a, forgery.b),
        Culprit::B => (forgery.b, forgery.a),
    };
    if datagram.first().is_none_or(|first| *first > 3) {
        return;
    }
    let [own, other] = [receiver, other].map(|peer| peer.local_description().unwrap_or_default());
    let username = format!(
        "{}:{}",
        line(&own, "a=ice-ufrag:"),
        line(&other, "a=ice-ufrag:")
    );
    let secrets = Secrets {
        username: &username,
        asked: line(&own, "a=ice-pwd:"),
        answered: line(&other, "a=ice-pwd:"),
    };
    repair(secrets, datagram);
}

/// RFC 7983 §7.
fn kind(datagram: &[u8]) -> String {
    let kind = match datagram.first() {
        Some(0..=3) => "STUN",
        Some(20..=63) => "DTLS",
        Some(128..=191) => "RTP",
        Some(_) | None => "other",
    };
    kind.to_owned()
}

/// What came past no door.
fn dropped(peer: &Peer) -> u64 {
    let stats = peer.stats();
    let dtls = stats.dtls.map_or(0, |dtls| sum(&dtls.dropped));
    let sctp = stats.sctp.map_or(0, |sctp| sum(&sctp.dropped));
    sum(&stats.dropped) + sum(&stats.ice.drops) - stats.ice.drops.overload + dtls + sctp
}

/// What an application does in a step: it sends media, reports and messages, and negotiates.
fn use_peers(a: &mut Peer, b: &mut Peer, now: Instant, dice: &mut Entropy) {
    if dice.below(100) == 0 {
        let (one, other) = if dice.below(2) == 0 { (a, b) } else { (b, a) };
        exchange(one, other, now, dice);
        return;
    }
    let peer = if dice.below(2) == 0 { a } else { b };
    match dice.below(300) {
        0..100 if peer.connection_state() == ConnectionState::Connected => {
            let number = dice.u16();
            for (mid, payload_type, _) in sections(peer) {
                // A number that was used before is not sent again, and that is all.
                let _ = peer.write_rtp(now, &mid, packet(payload_type, number, false));
            }
        }
        100..150 => {
            let channel = strata_peer::ChannelConfig::new("another");
            if let Ok(id) = peer.open_channel(now, channel)
                && let Some(mut channel) = peer.channel(id)
            {
                let _ = channel.send(now, MessageKind::Text, "hello");
            }
        }
        150..200 => {
            // Authentic reports that say anything: a packet of a known type, whatever is in it.
            let mut report = [0; 64];
            dice.fill(&mut report);
            [report[0], report[2], report[3]] = [0x80 | report[0] & 0x1f, 0, 15];
            report[1] = 200 + report[1] % 8;
            let _ = peer.write_rtcp(now, &report);
        }
        200 => peer.close(now),
        201 => {
            // The machine loses its address, and gets it again.
            for address in [Call::A_ADDRESS, Call::B_ADDRESS] {
                let known = peer.local_description().unwrap_or_default();
                if known.contains(&address.ip().to_string()) {
                    let _ = peer.remove_interface(now, address.ip());
                    let _ = peer.add_local_candidate(now, address);
                    break;
                }
            }
        }
        _ => {}
    }
}

#[test]
fn the_contract_is_kept() {
    let state = |peer: &Peer| format!("{:?}", peer.connection_state());
    let coverage = Check::new(|entropy| {
        let [mut a, mut b] = peers([offerer_config(), answerer_config()], EVERYTHING, entropy);
        describe(&mut a, &mut b, strata_sim::START);
        (a, b)
    })
    .drive(use_peers)
    .repair(|forgery, datagram| sign(&forgery, datagram))
    .dropped(dropped, dropped)
    .states(state, state)
    .kinds(kind)
    .undrained(64)
    .heap(HEAP_BYTES, |work| {
        allocation_counter::measure(work).bytes_current
    })
    .run()
    .unwrap();
    coverage.accepted_both_ways(&["STUN"]).unwrap();
    for kind in ["DTLS", "RTP"] {
        assert!(coverage.accepted[kind].honest > 1000, "{coverage:?}");
    }
    for state in ["Connecting", "Connected", "Closed"] {
        assert!(coverage.states.contains(state), "{coverage:?}");
    }
    for event in ["ChannelOpened", "ChannelMessage", "MediaPacket", "Rtcp"] {
        assert!(coverage.event(event) > 10, "{event}: {coverage:?}");
    }
    assert!(coverage.past_the_door > 1000, "{coverage:?}");
    assert!(coverage.longest_flood > 3000, "{coverage:?}");
    assert!(coverage.closed > 0, "{coverage:?}");
}
