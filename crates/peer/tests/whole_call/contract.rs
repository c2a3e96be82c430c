//! The rules of every engine, on random schedules.

use strata_peer::{ConnectionState, MessageKind};
use strata_sim::contract::Check;

use crate::support::{
    EVERYTHING, answerer_config, describe, offerer_config, packet, peers, sections,
};

#[test]
fn the_contract_is_kept() {
    let coverage = Check::new(|entropy| {
        let [mut a, mut b] = peers([offerer_config(), answerer_config()], EVERYTHING, entropy);
        describe(&mut a, &mut b, strata_sim::START);
        (a, b)
    })
    .drive(|a, b, now, dice| {
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
