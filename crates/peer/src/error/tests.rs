use std::error::Error;

use super::*;
use crate::{CloseReason, DescriptionKind, SignalingState};

/// What somebody reads who prints an error and all its sources.
fn chain(error: &dyn Error) -> Vec<String> {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(error) = source {
        parts.push(error.to_string());
        source = error.source();
    }
    parts
}

fn descriptions() -> Vec<DescriptionError> {
    use DescriptionError as E;
    let parse = strata_sdp::Session::parse("v=1\r\n").unwrap_err();
    let states = [
        SignalingState::Stable,
        SignalingState::HaveLocalOffer,
        SignalingState::HaveRemoteOffer,
        SignalingState::Closed,
    ];
    let kinds = [
        DescriptionKind::Offer,
        DescriptionKind::Answer,
        DescriptionKind::Rollback,
    ];
    let wrong = states
        .into_iter()
        .flat_map(|state| kinds.map(|kind| E::WrongState { kind, state }));
    let sections = problems()
        .into_iter()
        .map(|problem| E::Section { index: 3, problem });
    let (limit, expected, actual) = (5, 4, 3);
    wrong
        .chain(sections)
        .chain([
            E::Closed,
            parse.into(),
            E::NotCreatedHere,
            E::TooManySections { limit },
            E::SectionCount { expected, actual },
            E::NoTransport,
            E::NewAssociation,
            E::UnexpectedRestart,
        ])
        .collect()
}

fn problems() -> Vec<SectionProblem> {
    use SectionProblem as P;
    let mid = "".parse::<Mid>().unwrap_err();
    vec![
        mid.into(),
        P::DuplicateMid,
        P::Changed,
        P::Attribute("ice-ufrag"),
        P::Fingerprint,
        P::NotBundled,
        P::Setup,
        P::RtcpMux,
        P::Codecs,
    ]
}

fn others() -> Vec<Box<dyn Error>> {
    let field = "candidate:x".parse::<strata_sdp::Candidate>().unwrap_err();
    let mid: Mid = "7".parse().unwrap();
    let limit = 9;
    vec![
        Box::new(AddCandidateError::NoRemoteDescription),
        Box::new(AddCandidateError::UnknownMid),
        Box::new(AddCandidateError::UnknownUfrag),
        Box::new(AddCandidateError::from(field)),
        Box::new(AddCandidateError::from(
            strata_ice::AddCandidateError::TooMany(3),
        )),
        Box::new(AddCandidateError::TooMany { limit }),
        Box::new(AddCandidateError::Closed),
        Box::new(OpenChannelError::from(
            strata_sctp::OpenError::TooManyChannels,
        )),
        Box::new(OpenChannelError::Rejected),
        Box::new(OpenChannelError::Closed),
        Box::new(AddTransceiverError::Closed),
        Box::new(AddTransceiverError::NoSrtp),
        Box::new(AddTransceiverError::TooMany { limit }),
        Box::new(WriteError::Closed),
        Box::new(WriteError::NotConnected),
        Box::new(WriteError::NoSrtp),
        Box::new(WriteError::UnknownMid(mid)),
        Box::new(WriteError::NotSending(mid)),
        Box::new(WriteError::PayloadType(PayloadType::new(96).unwrap())),
        Box::new(WriteError::TooLong { limit, actual: 10 }),
        Box::new(WriteError::QueueFull { limit }),
        Box::new(WriteError::Repeated(SequenceNumber::new(7))),
        Box::new(WriteError::TooOld(SequenceNumber::new(7))),
        Box::new(WriteError::SourceRetired),
        Box::new(WriteError::KeyExhausted),
        Box::new(WriteError::ReducedSize),
        Box::new(WriteError::Malformed),
        Box::new(CloseReason::Local),
        Box::new(CloseReason::Remote),
        Box::new(CloseReason::IceFailed),
        Box::new(CloseReason::Dtls(strata_dtls::CloseReason::Timeout)),
        Box::new(CloseReason::Sctp(strata_sctp::CloseReason::ConnectTimeout)),
        Box::new(CloseReason::NoSrtpProfile),
    ]
}

#[test]
fn errors_and_reasons_read_well_from_end_to_end() {
    let descriptions = descriptions()
        .into_iter()
        .map(|e| Box::new(e) as Box<dyn Error>);
    let mut texts = std::collections::BTreeSet::new();
    for error in descriptions.chain(others()) {
        let parts = chain(error.as_ref());
        let text = parts.join(": ");
        for (at, part) in parts.iter().enumerate() {
            let said = parts[..at]
                .iter()
                .any(|before| before.contains(part.as_str()));
            assert!(!said, "said twice: {text}");
        }
        for wrong in ["a answer", "a offer", "{", "}", "None", "Some(", "  "] {
            assert!(!text.contains(wrong), "{text}");
        }
        // Names of variants are for programmers.
        let words = text.replace(|c: char| !c.is_alphanumeric(), " ");
        let camel = |word: &str| word.len() > 4 && word.chars().skip(1).any(char::is_uppercase);
        let variants: Vec<_> = words
            .split(' ')
            .filter(|word| camel(word) && word.chars().any(char::is_lowercase))
            .collect();
        assert_eq!(variants, [""; 0], "{text}");
        texts.insert(text);
    }
    assert!(texts.len() > 50, "{texts:#?}");
}

#[test]
fn the_way_on_is_said() {
    let error = DescriptionError::WrongState {
        kind: DescriptionKind::Answer,
        state: SignalingState::Stable,
    };
    assert_eq!(
        error.to_string(),
        "an answer cannot be made or set in the state stable: \
         there is no offer to answer or to take back"
    );
    let reason = CloseReason::Sctp(strata_sctp::CloseReason::ConnectTimeout);
    assert_eq!(
        reason.to_string(),
        "SCTP: the other side does not answer the handshake"
    );
    let line = strata_sdp::Session::parse("v=0\r\no=x\r\n").unwrap_err();
    let error = DescriptionError::from(line);
    assert_eq!(
        chain(&error),
        [format!("the description cannot be read: {line}")]
    );
}
