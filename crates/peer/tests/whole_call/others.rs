//! What other stacks say in their descriptions, and what strangers send.

use std::{sync::Arc, time::Duration};

use strata_core::{Datagram, Endpoint as _, Path};
use strata_crypto::{Certificate, Fingerprint, fingerprint::HashFunction};
use strata_peer::{Description, MessageKind};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

use crate::support::{
    Call, Contents, EVERYTHING, answerer_config, call, certificates, connect, messages,
    offerer_config, opened, peers,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

const DATA: Contents = Contents {
    media: false,
    data: true,
};

/// A call whose descriptions are changed on their way.
fn call_changed(offers: impl Fn(String) -> String, answers: impl Fn(String) -> String) -> Call {
    let mut entropy = SeededEntropy::entropy(1);
    let [mut a, mut b] = peers([offerer_config(), answerer_config()], DATA, &mut entropy);
    let now = strata_sim::START;
    let offer = a.create_offer(now).unwrap();
    a.set_local_description(now, offer.clone()).unwrap();
    let offer = Description::offer(offers(offer.sdp));
    b.set_remote_description(now, offer).unwrap();
    let answer = b.create_answer(now).unwrap();
    b.set_local_description(now, answer.clone()).unwrap();
    let answer = Description::answer(answers(answer.sdp));
    a.set_remote_description(now, answer).unwrap();
    Pair::new(a, b, LINK, 1)
}

/// Puts these in the place of the fingerprint.
fn with_fingerprints(sdp: &str, certificate: &Arc<Certificate>, written: &[Written]) -> String {
    let lines = written.iter().map(|(function, capitals)| {
        let fingerprint = Fingerprint::of(*function, certificate.der()).to_string();
        let fingerprint = if *capitals {
            fingerprint.to_uppercase()
        } else {
            fingerprint.to_lowercase()
        };
        format!("a=fingerprint:{fingerprint}\r\n")
    });
    let lines: String = lines.collect();
    let of = |line| match line {
        "" => String::new(),
        line if str::starts_with(line, "a=fingerprint:") => lines.clone(),
        line => format!("{line}\r\n"),
    };
    sdp.split("\r\n").map(of).collect()
}

/// A hash function, and whether the fingerprint is in capital letters.
type Written = (HashFunction, bool);

/// RFC 8122 §5: names of hash functions and digits may be in letters of either kind; several fingerprints may be of one
/// certificate.
#[test]
fn a_fingerprint_may_be_of_any_function_in_any_letters() {
    use HashFunction::{Sha256, Sha384, Sha512};
    for written in [
        &[(Sha256, true)][..],
        &[(Sha256, false)],
        &[(Sha384, true)],
        &[(Sha512, false)],
        &[(Sha256, true), (Sha384, true), (Sha512, true)],
        &[(Sha512, true), (Sha256, false)],
    ] {
        let [first, second] = certificates();
        let mut pair = call_changed(
            |sdp| with_fingerprints(&sdp, first, written),
            |sdp| with_fingerprints(&sdp, second, written),
        );
        connect(&mut pair);
    }
}

/// RFC 8841 §6.1: without the attribute 64 KiB are accepted, and 0 stands for any size.
#[test]
fn a_message_beyond_what_the_other_side_accepts_is_refused_and_the_channel_stays() {
    for (line, fits, beyond) in [
        ("a=max-message-size:1000\r\n", 1000, Some(1001)),
        ("", 65_536, Some(65_537)),
        ("a=max-message-size:0\r\n", 200_000, None),
    ] {
        let changed = |sdp: String| {
            let (front, behind) = sdp.split_once("a=max-message-size:").unwrap();
            let (_, behind) = behind.split_once("\r\n").unwrap();
            format!("{front}{line}{behind}")
        };
        let mut pair = call_changed(|sdp| sdp, changed);
        connect(&mut pair);
        pair.run_until(|pair| opened(&pair.a_events).is_some())
            .unwrap();
        let id = opened(&pair.a_events).unwrap();
        let now = pair.now();
        let mut send = |length: usize| {
            let mut channel = pair.a.channel(id).unwrap();
            channel.send(now, MessageKind::Binary, vec![1; length])
        };
        if let Some(beyond) = beyond {
            assert!(send(beyond).is_err(), "{line:?}");
        }
        send(fits).unwrap();
        pair.run_for(Duration::from_secs(5)).unwrap();
        let heard = messages(&pair.b_events);
        let lengths: Vec<_> = heard.iter().map(|(_, data)| data.len()).collect();
        assert_eq!(lengths, [fits], "{line:?}");
    }
}

/// What strangers send to a socket that they have found: an empty datagram, what cannot be told apart, DTLS, RTP and
/// RTCP.
const RUBBISH: [&[u8]; 8] = [
    &[],
    &[20],
    &[22, 0xfe],
    &[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0],
    &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 255],
    &[23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 0, 3, 1, 2, 3],
    &[0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
    &[0x80, 200, 0, 6],
];

#[test]
fn strangers_disturb_no_call_whatever_they_send() {
    let stranger = "203.0.113.9:4000".parse().unwrap();
    for rubbish in RUBBISH {
        for millis in (0..80).step_by(10) {
            let mut pair = call(EVERYTHING, LINK, 1);
            pair.run_for(Duration::from_millis(millis)).unwrap();
            let now = pair.now();
            for (peer, own) in [
                (&mut pair.a, Call::A_ADDRESS),
                (&mut pair.b, Call::B_ADDRESS),
            ] {
                let path = Path::udp(own, stranger);
                let mut datagram = rubbish.to_vec();
                peer.handle_input(now, Datagram::new(path, &mut datagram));
            }
            connect(&mut pair);
            assert!(pair.now() - strata_sim::START < Duration::from_millis(250));
        }
    }
}

#[test]
fn nobody_is_answered_before_there_is_a_description() {
    let mut entropy = SeededEntropy::entropy(1);
    let [mut peer, _] = peers(
        [offerer_config(), answerer_config()],
        EVERYTHING,
        &mut entropy,
    );
    let path = Path::udp(Call::A_ADDRESS, Call::B_ADDRESS);
    let now = strata_sim::START;
    for rubbish in RUBBISH.iter().cycle().take(400) {
        let mut datagram = rubbish.to_vec();
        peer.handle_input(now, Datagram::new(path, &mut datagram));
        assert!(peer.poll_transmit(now, &mut datagram).is_none());
    }
}
