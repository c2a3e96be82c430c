//! Tables of addresses.

use alloc::string::ToString as _;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn addresses_have_one_form() {
    let v6 = |text: &str, flow, scope| {
        SocketAddr::V6(SocketAddrV6::new(text.parse().unwrap(), 7, flow, scope))
    };
    let table = [
        (v6("::ffff:192.0.2.1", 5, 3), "192.0.2.1:7".parse().unwrap()),
        (
            "192.0.2.1:7".parse().unwrap(),
            "192.0.2.1:7".parse().unwrap(),
        ),
        (v6("2001:db8::1", 5, 3), v6("2001:db8::1", 0, 0)),
        (v6("fe80::1", 5, 3), v6("fe80::1", 0, 3)),
        (v6("::1", 0, 1), v6("::1", 0, 0)),
    ];
    for (address, expected) in table {
        assert_eq!(canonical(address), expected, "{address}");
        assert_eq!(canonical(expected), expected, "{address}");
    }
    assert_eq!(without_scope(v6("fe80::1", 5, 3)), v6("fe80::1", 0, 0));
}

#[test]
fn what_no_host_has_is_refused_in_every_form() {
    let refused = [
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "ff02::1",
        "fec0::1",
        "feff::1",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
    ];
    let nested = [
        "0.0.0.0",
        "127.0.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
    ];
    let filter = AddressFilter::new();
    for refused in refused {
        assert!(!filter.permits(ip(refused)), "{refused}");
    }
    for nested in nested {
        let v4: Ipv4Addr = nested.parse().unwrap();
        let [a, b, c, d] = v4.octets().map(u16::from);
        let (high, low) = (a << 8 | b, c << 8 | d);
        let forms = [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xFF9B, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0, 0, 0, 0, 0xFFFF, 0, high, low),
            Ipv6Addr::new(0x64, 0xFF9B, 1, 5, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xFF9B, 1, high, c, d << 8, 0x0102, 0x0304),
            Ipv6Addr::new(0x64, 0xFF9B, 1, 0x0800 | a, b, low, 0x0102, 0x0304),
            Ipv6Addr::new(0x64, 0xFF9B, 1, 0x0809, a, b << 8 | c, d << 8 | 9, 0x0304),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, high, low, 0, 1, 0xF0F0, 0xF0F0),
            Ipv6Addr::new(0x2001, 0, 0x0808, 0x0808, 0, 1, !high, !low),
        ];
        for form in forms {
            assert!(!filter.permits(IpAddr::V6(form)), "{form} is {nested}");
        }
    }
    let permitted = [
        "192.0.2.1",
        "10.0.0.1",
        "169.254.1.1",
        "223.255.255.255",
        "2001:db8::1",
        "fd00::1",
        "fe80::1",
        "::ffff:192.0.2.1",
        "64:ff9b::192.0.2.1",
        "2002:c000:201::1",
        "2001:1::1",
    ];
    for permitted in permitted {
        assert!(filter.permits(ip(permitted)), "{permitted}");
    }
}

#[test]
fn who_has_a_loopback_address_reaches_others_but_not_those_of_translators() {
    let (public, local) = (AddressFilter::new(), AddressFilter::new().loopback(true));
    for own in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert!(!public.permits(ip(own)), "{own}");
        assert!(public.permits_with_loopback(ip(own)), "{own}");
        assert!(local.permits(ip(own)), "{own}");
    }
    for elsewhere in ["64:ff9b::127.0.0.1", "2002:7f00:1::1", "::127.0.0.1"] {
        assert!(!local.permits(ip(elsewhere)), "{elsewhere}");
        assert!(!local.permits_with_loopback(ip(elsewhere)), "{elsewhere}");
    }
    let denied = public.deny("127.0.0.0/8".parse().unwrap());
    assert!(!denied.permits_with_loopback(ip("127.0.0.1")));
    assert!(denied.permits_with_loopback(ip("::1")));
}

/// RFC 8215: nobody but their owner knows where in these addresses the IPv4 address stands.
#[test]
fn translators_of_the_own_network_are_used_if_they_are_named() {
    let with = |prefixes: &[&str]| {
        let prefixes = prefixes.iter().map(|text| text.parse().unwrap());
        prefixes.fold(
            AddressFilter::new().deny("10.0.0.0/8".parse().unwrap()),
            AddressFilter::allow,
        )
    };
    let public = ip("64:ff9b:1::192.0.2.1");
    // Who allows everything has not said where.
    let everywhere = ip("64:ff9b:1:808:808:808:808:808");
    for prefixes in [&[][..], &["::/0", "64:ff9b::/32"]] {
        let filter = with(prefixes);
        assert!(!filter.permits(public) && !filter.permits(everywhere));
    }
    for (prefix, permitted, denied) in [
        ("64:ff9b:1::/96", "64:ff9b:1::c000:201", "64:ff9b:1::a00:1"),
        (
            "64:ff9b:1::/96",
            "64:ff9b:1::c000:201",
            "64:ff9b:1:1::c000:201",
        ),
        (
            "64:ff9b:1::/64",
            "64:ff9b:1:0:c0:2:100:0",
            "64:ff9b:1:0:a:0:100:0",
        ),
        (
            "64:ff9b:1::/56",
            "64:ff9b:1:c0:0:201::",
            "64:ff9b:1:a:0:1:102:304",
        ),
        (
            "64:ff9b:1::/48",
            "64:ff9b:1:c000:2:100::",
            "64:ff9b:1:a00:0:100:102:304",
        ),
        (
            "64:ff9b:1::/48",
            "64:ff9b:1:c000:2:100::",
            "64:ff9b:1:7f00:0:100::",
        ),
    ] {
        let filter = with(&["::/0", prefix]);
        assert!(filter.permits(ip(permitted)), "{prefix}: {permitted}");
        assert!(!filter.permits(ip(denied)), "{prefix}: {denied}");
    }
    let nested = with(&["64:ff9b:1::/48", "64:ff9b:1:7::/96"]);
    assert!(
        nested.permits(ip("64:ff9b:1:7::c000:201")),
        "the longest counts"
    );
}

#[test]
fn blocks_are_denied_and_parts_of_them_allowed() {
    let filter = AddressFilter::new()
        .deny("10.0.0.0/8".parse().unwrap())
        .deny("fd00::/8".parse().unwrap())
        .deny("0.0.0.0/0".parse().unwrap())
        .allow("10.9.0.0/16".parse().unwrap())
        .allow("0.0.0.0/0".parse().unwrap())
        .allow("224.0.0.0/4".parse().unwrap());
    for (text, permitted) in [
        ("10.9.1.1", true),
        ("192.0.2.1", true),
        ("224.0.0.1", false),
        ("fd12::1", false),
        ("fe80::1", true),
    ] {
        assert_eq!(filter.permits(ip(text)), permitted, "{text}");
    }
    let narrow = AddressFilter::new().deny("10.0.0.0/8".parse().unwrap());
    assert!(!narrow.permits(ip("::ffff:10.1.1.1")) && narrow.permits(ip("11.0.0.1")));
    let mapped = AddressFilter::new().deny("::ffff:10.0.0.0/104".parse().unwrap());
    assert_eq!(mapped, narrow);
    for bad in [
        "10.0.0.0",
        "10.0.0.0/33",
        "::/129",
        "x/8",
        "10.0.0.0/-1",
        "/8",
    ] {
        assert_eq!(bad.parse::<Prefix>(), Err(PrefixError), "{bad}");
    }
    let prefix: Prefix = "2001:db8::/32".parse().unwrap();
    assert_eq!(prefix.to_string(), "2001:db8::/32");
}
