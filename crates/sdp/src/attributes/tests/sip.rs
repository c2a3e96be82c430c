//! Messages of key management, and who may send: RFC 4567, RFC 4570.

use alloc::{format, string::ToString as _, vec::Vec};

use super::{canonical, refused, tolerated};
use crate::{
    Connection, FieldError, FilterMode, KeyMgmt,
    Reason::{Malformed, Missing, Trailing},
    SourceFilter,
};

#[test]
fn messages_of_key_management() {
    canonical::<KeyMgmt>(&[
        "mikey AQAFgM0XflABAAAAAAAAAAAAAAsAyA==",
        "keyp1 Zm9v",
        "MIKEY2 Zg==",
    ]);
    // RFC 4567 §3.1: a space after the colon.
    tolerated::<KeyMgmt>(&[(" mikey  Zm8", "mikey Zm8=")]);
    refused::<KeyMgmt>(&[
        ("", "prtcl-id", Missing),
        ("mikey", "keymgmt-data", Missing),
        ("mi-key Zm9v", "prtcl-id", Malformed),
        // As RFC 4567 §5.1 abbreviates it.
        (
            "mikey AQAFgM0XflABAAAAAAAAAAAAAAsAyO...",
            "keymgmt-data",
            Malformed,
        ),
        ("mikey Zm9v Zm9v", "keymgmt-data", Trailing),
    ]);
    let message: KeyMgmt = "mikey Zm9v".parse().unwrap();
    assert_eq!(message, KeyMgmt::new(KeyMgmt::MIKEY, *b"foo").unwrap());
    assert_eq!(
        format!("{message:?}"),
        "KeyMgmt { protocol: \"mikey\", data_bytes: 3 }"
    );
    // RFC 4567 §3: its case counts.
    assert_ne!(message, KeyMgmt::new("MIKEY", *b"foo").unwrap());
    assert_eq!(
        KeyMgmt::new("", *b"foo"),
        Err(FieldError::new("prtcl-id", Missing))
    );
}

#[test]
fn source_filters() {
    canonical::<SourceFilter>(&[
        // RFC 4570 §3.2.1 to §3.2.6.
        " incl IN IP4 232.3.4.5 192.0.2.10",
        " excl IN IP4 192.0.2.11 192.0.2.10",
        " incl IN IP4 * 192.0.2.10",
        " incl IN IP6 FF0E::11A 2001:DB8:1:2:240:96FF:FE25:8EC9",
        " incl IN * channel-1.example.com src-1.example.com",
        " excl IN * * a.example.com 192.0.2.1 2001:db8::1",
    ]);
    tolerated::<SourceFilter>(&[("INCL IN IP4  *  a b ", " incl IN IP4 * a b")]);
    refused::<SourceFilter>(&[
        ("", "filter-mode", Missing),
        ("only IN IP4 * a", "filter-mode", Malformed),
        ("incl", "nettype", Missing),
        ("incl IN", "address-types", Missing),
        ("incl I=N IP4", "nettype", Malformed),
        ("incl IN IP4", "dest-address", Missing),
        ("incl IN IP4 *", "src-list", Missing),
        // RFC 4570 §3.1: no TTL; and `*` for the type of an address is wrong.
        (
            "incl IN IP4 232.3.4.5/127 192.0.2.10",
            "dest-address",
            Malformed,
        ),
        ("incl IN * 232.3.4.5 192.0.2.10", "dest-address", Malformed),
    ]);
    let filter = SourceFilter::new(
        FilterMode::Exclude,
        "2001:db8::1".parse().unwrap(),
        ["2001:db8::2".parse().unwrap()],
    );
    assert_eq!(filter.to_string(), " excl IN IP6 2001:db8::1 2001:db8::2");
    let mixed: SourceFilter = "incl IN * x a.example.com 192.0.2.1 ::1".parse().unwrap();
    let ips: Vec<_> = mixed.source_ips().map(|ip| ip.to_string()).collect();
    assert_eq!(ips, ["192.0.2.1", "::1"]);
}

#[test]
fn a_source_filter_covers_the_addresses_of_a_connection() {
    for (filter, connection, covers) in [
        (
            "incl IN IP4 232.3.4.5 192.0.2.10",
            "IN IP4 232.3.4.5/127",
            true,
        ),
        (
            "incl IN IP4 232.3.4.5 192.0.2.10",
            "IN IP4 232.3.4.6/127",
            false,
        ),
        ("incl IN IP4 232.3.4.5 192.0.2.10", "IN IP6 FF0E::1", false),
        ("incl IN IP4 * 192.0.2.10", "IN IP4 232.4.4.4/63", true),
        ("incl IN IP4 * 192.0.2.10", "IN IP6 FF0E::1", false),
        ("incl IN * * a.example.com", "IN IP6 FF0E::1", true),
        ("incl XX IP4 * 192.0.2.10", "IN IP4 232.4.4.4/63", false),
        // RFC 4570 §3.2.4: the third of three.
        (
            "incl IN IP4 224.2.1.3 192.0.2.42",
            "IN IP4 224.2.1.1/127/3",
            true,
        ),
        (
            "incl IN IP4 224.2.1.4 192.0.2.42",
            "IN IP4 224.2.1.1/127/3",
            false,
        ),
        (
            "incl IN IP4 224.2.1.0 192.0.2.42",
            "IN IP4 224.2.1.1/127/3",
            false,
        ),
        ("incl IN IP6 FF0E::11A ::1", "IN IP6 ff0e::11a", true),
        ("incl IN IP6 ff0e::11c ::1", "IN IP6 FF0E::11A/3", true),
        ("incl IN IP6 ff0e::11d ::1", "IN IP6 FF0E::11A/3", false),
        (
            "incl IN IP6 ff0e::ffff ::1",
            "IN IP6 FF0E::11A/99999999999999999999999",
            true,
        ),
        (
            "incl IN * Channel-1.example.com x",
            "IN IP4 channel-1.example.com/127",
            true,
        ),
        (
            "incl IN * channel-2.example.com x",
            "IN IP4 channel-1.example.com/127",
            false,
        ),
    ] {
        let read: SourceFilter = filter.parse().unwrap();
        let to: Connection = connection.parse().unwrap();
        assert_eq!(read.covers(&to), covers, "{filter} / {connection}");
    }
}
