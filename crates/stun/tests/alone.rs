//! This crate is enough: nothing else is imported, and everything that its signatures show has a name here.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use strata_stun::{
    Attribute, AttributeError, AttributeType, Attributes, Class, Clock, Entropy, EntropySource,
    ErrorCode, Expiry, Instant, Integrity, IntegrityError, IntegrityKey, Message, MessageWriter,
    Method, ParseError, RawAttribute, Retransmission, Schedule, TooLong, TransactionId, Truncated,
    UnknownAttributes, WriteError, XorMappedAddress,
};

/// A client with one transaction, as a user would write it over a socket.
struct Client {
    id: TransactionId,
    key: IntegrityKey,
    request: Vec<u8>,
    timer: Retransmission,
}

impl Client {
    fn new(now: Instant, entropy: &mut Entropy, key: IntegrityKey) -> Result<Self, WriteError> {
        let id = TransactionId::random(entropy);
        let mut request = Vec::new();
        MessageWriter::new(&mut request, Class::Request, Method::BINDING, id)
            .push(&Colour(0xC0_FFEE))
            .integrity(&key)
            .fingerprint()
            .finish()?;
        let timer = Retransmission::start(now, Schedule::default());
        Ok(Self {
            id,
            key,
            request,
            timer,
        })
    }

    /// The address in the answer to the request, if this is one.
    fn handle_answer(&self, datagram: &[u8]) -> Option<SocketAddr> {
        let answer = Message::parse(datagram).ok()?;
        let ours = answer.transaction_id() == self.id && answer.class() == Class::Success;
        let authentic = answer.verify_integrity(&self.key) == Ok(Integrity::Sha1);
        let mapped: Option<XorMappedAddress> = answer.get().ok()?;
        mapped.filter(|_| ours && authentic).map(|mapped| mapped.0)
    }
}

/// An attribute that the crate does not know.
#[derive(Debug, PartialEq, Eq)]
struct Colour(u32);

impl Attribute<'_> for Colour {
    const TYPE: AttributeType = AttributeType::new(0xC001);

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        let bytes = value.try_into().map_err(|_| AttributeError::Length {
            expected: 4,
            actual: value.len(),
        })?;
        Ok(Self(u32::from_be_bytes(bytes)))
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

/// Counts up, from the number of forks on.
struct Counter(Arc<AtomicU8>);

impl EntropySource for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}

fn answer_to(request: &[u8], from: SocketAddr, key: &IntegrityKey) -> Result<Vec<u8>, ParseError> {
    let request = Message::parse(request)?;
    let mut out = Vec::new();
    MessageWriter::new(
        &mut out,
        Class::Success,
        request.method(),
        request.transaction_id(),
    )
    .push(&XorMappedAddress(from))
    .integrity(key)
    .finish()
    .map_or(Ok(Vec::new()), |()| Ok(out))
}

/// RFC 8489 §6.2.1, in time that nobody waits for: the answer to the third send arrives.
#[test]
fn a_lost_request_is_sent_again_until_its_answer_comes() {
    let key = IntegrityKey::short_term("password");
    let mut entropy = Entropy::from_source(Counter(Arc::default()));
    let start = Instant::EPOCH;
    let mut client = Client::new(start, &mut entropy, key.clone()).unwrap();
    assert_eq!(client.id.octets(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let mut sends = vec![start];
    while sends.len() < 3 {
        let now = client.timer.due();
        assert_eq!(client.timer.handle_timeout(now), Some(Expiry::Resend));
        sends.push(now);
    }
    let waits = [500, 1000].map(Duration::from_millis);
    assert_eq!(
        sends,
        [start, start + waits[0], start + waits[0] + waits[1]]
    );

    let from = "192.0.2.1:32853".parse().unwrap();
    let answer = answer_to(&client.request, from, &key).unwrap();
    assert_eq!(client.handle_answer(&answer), Some(from));
    let forged = answer_to(&client.request, from, &IntegrityKey::short_term("guess")).unwrap();
    assert_eq!(client.handle_answer(&forged), None);
}

#[test]
fn attributes_of_others_are_read_and_written() {
    let mut entropy = Entropy::system();
    let now = Clock::start().now();
    let client = Client::new(now, &mut entropy, IntegrityKey::new(b"key")).unwrap();
    let request = Message::parse(&client.request).unwrap();
    assert_eq!(request.get(), Ok(Some(Colour(0xC0_FFEE))));
    let mut attributes: Attributes<'_> = request.attributes();
    let raw: Option<RawAttribute<'_>> = attributes.next();
    assert_eq!(raw.map(|raw| raw.value), Some(&[0, 0xC0, 0xFF, 0xEE][..]));
    let wrong = request.verify_integrity(&IntegrityKey::new(b"another"));
    assert_eq!(wrong, Err(IntegrityError::Mismatch));
}

/// RFC 8489 §6.3.1
#[test]
fn an_attribute_that_must_be_known_is_refused_by_its_number() {
    let id = TransactionId::new([7; 12]);
    let mut out = Vec::new();
    MessageWriter::new(&mut out, Class::Request, Method::BINDING, id)
        .push_raw(RawAttribute {
            attribute_type: AttributeType::new(0x7001),
            value: b"?",
        })
        .finish()
        .unwrap();
    let request = Message::parse(&out).unwrap();
    let mut refusal = Vec::new();
    MessageWriter::new(&mut refusal, Class::Error, request.method(), id)
        .push(&ErrorCode::UNKNOWN_ATTRIBUTE)
        .unknown_attributes(request.unknown_attributes(&[]))
        .finish()
        .unwrap();
    let refusal = Message::parse(&refusal).unwrap();
    assert_eq!(refusal.get(), Ok(Some(ErrorCode::UNKNOWN_ATTRIBUTE)));
    let unknown = refusal.get::<UnknownAttributes<'_>>().unwrap().unwrap();
    assert_eq!(
        unknown.iter().collect::<Vec<_>>(),
        [AttributeType::new(0x7001)]
    );
}

#[test]
fn errors_say_what_is_wrong_in_types_that_have_names() {
    let truncated = Truncated {
        expected: 2,
        actual: 0,
    };
    assert_eq!(Message::parse(&[]), Err(ParseError::Truncated(truncated)));
    let mut out = Vec::new();
    let id = TransactionId::new([7; 12]);
    let written = MessageWriter::new(&mut out, Class::Indication, Method::BINDING, id)
        .push_raw(RawAttribute {
            attribute_type: AttributeType::SOFTWARE,
            value: &vec![0; 65_536],
        })
        .finish();
    let too_long = TooLong {
        limit: 65_535,
        actual: 65_536,
    };
    assert_eq!(written, Err(WriteError::TooLong(too_long)));
}
