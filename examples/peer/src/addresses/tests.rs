use std::cell::RefCell;

use super::*;

thread_local! {
    /// What the machine of the test running on this thread has.
    static MACHINE: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
}

fn machine_has(addresses: &[&str]) {
    let own = ips(addresses).into_iter().map(Own::from);
    MACHINE.with_borrow_mut(|machine| *machine = own.collect());
}

/// The interface of an address goes down, or up.
fn set_up(address: &str, up: bool) {
    let ip: IpAddr = address.parse().unwrap();
    MACHINE.with_borrow_mut(|machine| {
        let mut own = machine.iter_mut();
        own.find(|own| own.ip == ip).unwrap().up = up;
    });
}

#[expect(clippy::unnecessary_wraps, reason = "a look can fail")]
fn look() -> io::Result<Vec<Own>> {
    Ok(MACHINE.with_borrow(Clone::clone))
}

fn ips(addresses: &[&str]) -> Vec<IpAddr> {
    addresses.iter().map(|ip| ip.parse().unwrap()).collect()
}

fn listener(address: &str) -> Addresses {
    Addresses::of_listener_on(address.parse().unwrap(), look).unwrap()
}

fn at(seconds: u64) -> Instant {
    Instant::EPOCH + Duration::from_secs(seconds)
}

const USUAL: [&str; 5] = ["127.0.0.1", "192.0.2.2", "::1", "2001:db8::2", "fe80::2"];

/// Where the listener is, where media binds, what is offered.
#[test]
fn what_is_offered_follows_from_the_listener() {
    machine_has(&USUAL);
    let cases: [(&str, &str, &[&str]); 6] = [
        ("127.0.0.1", "0.0.0.0", &["127.0.0.1", "192.0.2.2"]),
        ("127.0.0.9", "0.0.0.0", &["127.0.0.9", "192.0.2.2"]),
        ("::1", "::", &["::1", "192.0.2.2", "2001:db8::2"]),
        ("192.0.2.2", "192.0.2.2", &["192.0.2.2"]),
        ("0.0.0.0", "0.0.0.0", &["127.0.0.1", "192.0.2.2"]),
        (
            "::",
            "::",
            &["127.0.0.1", "192.0.2.2", "::1", "2001:db8::2"],
        ),
    ];
    for (on, bind, offered) in cases {
        let mut addresses = listener(on);
        assert_eq!(addresses.bind(), bind.parse::<IpAddr>().unwrap(), "{on}");
        assert_eq!(addresses.candidates(at(0)), ips(offered), "{on}");
    }
}

#[test]
fn a_machine_without_ipv4_beyond_loopback_is_reached_by_ipv6() {
    machine_has(&["127.0.0.1", "::1", "2001:db8::2", "fe80::2"]);
    let mut addresses = listener("127.0.0.1");
    assert_eq!(addresses.bind(), Ipv6Addr::UNSPECIFIED);
    assert_eq!(
        addresses.candidates(at(0)),
        ips(&["127.0.0.1", "2001:db8::2"])
    );
}

#[test]
fn a_machine_with_loopback_alone_is_reached_by_that() {
    machine_has(&["127.0.0.1", "::1", "fe80::2"]);
    let mut addresses = listener("127.0.0.1");
    assert_eq!(addresses.bind(), Ipv4Addr::UNSPECIFIED);
    assert_eq!(addresses.candidates(at(0)), ips(&["127.0.0.1"]));
    assert!(addresses.admits(at(0), Ipv4Addr::LOCALHOST.into()));
}

#[test]
fn a_machine_that_lists_nothing_is_reached_by_loopback_or_not_at_all() {
    let nothing: Look = || Err(io::Error::other("no permission"));
    let listen = |ip: &str| Addresses::of_listener_on(ip.parse().unwrap(), nothing);
    let mut inside = listen("127.0.0.1").unwrap();
    assert_eq!(inside.candidates(at(9)), ips(&["127.0.0.1"]));
    assert!(inside.admits(at(99), Ipv4Addr::LOCALHOST.into()));
    assert!(listen("0.0.0.0").is_err());
    machine_has(&[]);
    assert!(Addresses::of_listener_on(Ipv4Addr::UNSPECIFIED.into(), look).is_err());
}

#[test]
fn a_machine_with_many_addresses_offers_the_first() {
    let many: Vec<String> = (0..100).map(|n| format!("192.0.2.{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    machine_has(&many);
    for on in ["127.0.0.1", "0.0.0.0"] {
        let mut addresses = listener(on);
        assert_eq!(addresses.candidates(at(0)).len(), MAX_OFFERED);
        assert!(addresses.admits(at(0), many[99].parse().unwrap()));
    }
}

/// A loopback listener serves the machine itself, from whichever of its addresses; others serve all.
#[test]
fn only_a_loopback_listener_drops_what_others_send() {
    // In whatever order the machine lists them.
    let mut machine = USUAL;
    machine.reverse();
    machine_has(&machine);
    for (on, theirs) in [
        ("127.0.0.1", false),
        ("::1", false),
        ("192.0.2.2", true),
        ("0.0.0.0", true),
        ("::", true),
    ] {
        let mut addresses = listener(on);
        for own in ips(&USUAL).into_iter().chain(ips(&["127.1.2.3"])) {
            assert!(addresses.admits(at(0), own), "{on}: {own}");
        }
        let others = ips(&["192.0.2.3", "198.51.100.1", "2001:db8::3", "fe80::3", "::"]);
        for other in &others {
            assert_eq!(addresses.admits(at(0), *other), theirs, "{on}: {other}");
        }
        let dropped = if theirs { 0 } else { others.len() as u64 };
        assert_eq!(addresses.foreign(), dropped, "{on}");
    }
}

#[test]
fn an_address_that_the_machine_gets_is_noticed() {
    machine_has(&USUAL[..1]);
    let mut addresses = listener("127.0.0.1");
    let new: IpAddr = USUAL[1].parse().unwrap();
    machine_has(&USUAL);
    assert!(!addresses.admits(at(0), new), "not looked at yet");
    assert!(addresses.admits(at(1), new));
    machine_has(&USUAL[..1]);
    assert_eq!(addresses.candidates(at(1)).len(), 2);
    assert_eq!(addresses.candidates(at(2)).len(), 1);
}

#[test]
fn an_address_that_the_machine_loses_is_noticed() {
    machine_has(&USUAL);
    let mut addresses = listener("127.0.0.1");
    let lost: IpAddr = USUAL[1].parse().unwrap();
    machine_has(&USUAL[..1]);
    assert!(addresses.admits(at(9), lost), "not looked at yet");
    assert!(!addresses.admits(at(10), lost));
    assert_eq!(addresses.foreign(), 1);
}

/// A flood from elsewhere must not become a flood of looks.
#[test]
fn strangers_make_the_program_look_once_a_second() {
    thread_local! {
        static LOOKS: RefCell<u32> = const { RefCell::new(0) };
    }
    let counted: Look = || {
        LOOKS.with_borrow_mut(|looks| *looks += 1);
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    };
    let loopback = Ipv4Addr::LOCALHOST.into();
    let mut addresses = Addresses::of_listener_on(loopback, counted).unwrap();
    for millis in 0..5_000 {
        let now = Instant::EPOCH + Duration::from_millis(millis);
        assert!(!addresses.admits(now, Ipv4Addr::new(192, 0, 2, 9).into()));
    }
    assert_eq!(LOOKS.with_borrow(|looks| *looks), 1 + 4);
    assert_eq!(addresses.foreign(), 5_000);
}

fn change(gone: &[&str], new: &[&str]) -> Change {
    Change {
        gone: ips(gone),
        new: ips(new),
    }
}

#[test]
fn open_sessions_are_told_what_comes_and_goes() {
    machine_has(&["127.0.0.1", "192.0.2.2", "198.51.100.2"]);
    let mut addresses = listener("0.0.0.0");
    let all = change(&[], &["127.0.0.1", "192.0.2.2", "198.51.100.2"]);
    assert_eq!(addresses.watch(at(1)), all);
    assert_eq!(addresses.watch(at(2)), Change::default());
    set_up("192.0.2.2", false);
    assert_eq!(addresses.watch(at(3)), change(&["192.0.2.2"], &[]));
    // Nor is it offered to new ones.
    assert_eq!(
        addresses.candidates(at(3)),
        ips(&["127.0.0.1", "198.51.100.2"])
    );
    assert_eq!(addresses.watch(at(4)), Change::default());
    set_up("192.0.2.2", true);
    assert_eq!(addresses.watch(at(5)), change(&[], &["192.0.2.2"]));
    machine_has(&["127.0.0.1", "203.0.113.2", "2001:db8::2"]);
    let gone = change(&["198.51.100.2", "192.0.2.2"], &["203.0.113.2"]);
    assert_eq!(addresses.watch(at(6)), gone);
}

#[test]
fn a_single_address_can_go_and_come_back() {
    machine_has(&["127.0.0.1", "192.0.2.2"]);
    let mut addresses = Addresses::new(
        Reach::At(ips(&["192.0.2.2"])[0]),
        ips(&["192.0.2.2"])[0],
        look,
        Vec::new(),
    );
    assert_eq!(addresses.watch(at(1)), change(&[], &["192.0.2.2"]));
    machine_has(&["127.0.0.1", "192.0.2.3"]);
    assert_eq!(addresses.watch(at(2)), change(&["192.0.2.2"], &[]));
    assert_eq!(addresses.watch(at(3)), Change::default());
    machine_has(&["127.0.0.1", "192.0.2.2"]);
    assert_eq!(addresses.watch(at(4)), change(&[], &["192.0.2.2"]));
}

/// What the machine sends to itself arrives without a cable.
#[test]
fn an_interface_without_a_carrier_is_no_loss_to_the_machine_itself() {
    machine_has(&USUAL);
    let mut addresses = listener("127.0.0.9");
    assert_eq!(
        addresses.watch(at(1)),
        change(&[], &["127.0.0.9", "192.0.2.2"])
    );
    set_up("192.0.2.2", false);
    assert_eq!(addresses.watch(at(2)), Change::default());
}

#[test]
fn a_caller_offers_first_where_it_reaches_the_other_from() {
    machine_has(&[
        "127.0.0.1",
        "198.51.100.2",
        "192.0.2.2",
        "::1",
        "2001:db8::2",
    ]);
    for (local, bind, offered) in [
        ("192.0.2.2", "0.0.0.0", &["192.0.2.2", "198.51.100.2"][..]),
        (
            "2001:db8::2",
            "::",
            &["2001:db8::2", "198.51.100.2", "192.0.2.2"],
        ),
        ("127.0.0.1", "127.0.0.1", &["127.0.0.1"]),
    ] {
        let mut addresses = Addresses::of_caller_on(local.parse().unwrap(), look);
        assert_eq!(addresses.bind(), bind.parse::<IpAddr>().unwrap(), "{local}");
        assert_eq!(addresses.candidates(at(0)), ips(offered), "{local}");
    }
}
