//! The rules of every engine, on random schedules.

use strata_core::{Entropy, Instant};
use strata_peer::{ConnectionState, Description, Direction, MediaKind, MessageKind, Peer};
use strata_sim::contract::Check;

use crate::support::{
    EVERYTHING, answerer_config, describe, offerer_config, packet, peers, sections,
};

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

#[test]
fn the_contract_is_kept() {
    let coverage = Check::new(|entropy| {
        let [mut a, mut b] = peers([offerer_config(), answerer_config()], EVERYTHING, entropy);
        describe(&mut a, &mut b, strata_sim::START);
        (a, b)
    })
    .drive(|a, b, now, dice| {
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
            150 => peer.close(now),
            _ => {}
        }
    })
    .ring_keys()
    .run()
    .unwrap();
    assert!(coverage.transmits > 1000, "{coverage:?}");
    assert!(coverage.closed > 0, "{coverage:?}");
}
