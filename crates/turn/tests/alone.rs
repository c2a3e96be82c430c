//! This crate is enough: nothing else is imported, and everything that its signatures show has a name here.

use strata_turn::{
    AttributeType, ChannelData, ChannelDataError, ChannelNumber, Method, TooLong, Truncated,
    attribute_type, method,
};

/// A relay of one peer: what comes on its channel goes out, and nothing else.
struct Relay {
    channel: ChannelNumber,
    dropped: Option<ChannelDataError>,
}

impl Relay {
    fn handle_input<'a>(&mut self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        match ChannelData::parse(datagram) {
            Ok(data) if data.channel == self.channel => Some(data.data),
            Ok(_) => None,
            Err(error) => {
                self.dropped = Some(error);
                None
            }
        }
    }
}

#[test]
fn data_goes_through_on_its_channel_alone() {
    let channel = ChannelNumber::new(0x4001).unwrap();
    let mut relay = Relay {
        channel,
        dropped: None,
    };
    let framed = |channel, data| {
        let mut out = Vec::new();
        let written: Result<(), TooLong> = ChannelData { channel, data }.write(&mut out);
        written.unwrap();
        out
    };
    assert_eq!(
        relay.handle_input(&framed(channel, b"hello")),
        Some(&b"hello"[..])
    );
    assert_eq!(
        relay.handle_input(&framed(ChannelNumber::MAX, b"hello")),
        None
    );
    assert_eq!(relay.dropped, None);
    let cut = &framed(channel, b"hello")[..6];
    assert_eq!(relay.handle_input(cut), None);
    let truncated = Truncated {
        expected: 5,
        actual: 2,
    };
    assert_eq!(relay.dropped, Some(ChannelDataError::Truncated(truncated)));
}

/// RFC 8656 §17, §18
#[test]
fn the_numbers_have_types_with_names() {
    let allocate: Method = method::ALLOCATE;
    let lifetime: AttributeType = attribute_type::LIFETIME;
    assert_eq!((allocate.get(), lifetime.get()), (3, 0x000D));
}
