//! Packets of many sources, the sections they belong to, and which sources are remembered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use strata_core::Instant;
use strata_peer::fuzzing::{MediaRouter, Section};
use strata_peer::{Mid, RemoteSource};
use strata_rtp::extension::{ExtensionForm, ExtensionId};
use strata_rtp::rtcp::{
    Bye, Compound, Packet as Rtcp, ReceiverReport, SdesChunk, SdesItem, SourceDescription,
};
use strata_rtp::{Header, Items, Packet, PayloadType, SequenceNumber, Ssrc, Timestamp};
use strata_srtp::{Inbound, MasterKey, Profile};

use crate::Outcome;

/// Sections that come and go, and packets for them: an operation is two bytes, what and with what. Some take
/// more from the bytes behind them. An input that begins like an RTP packet is one, for two sections that have
/// nearly all types between them. Refused if no packet has found a section.
///
/// After each operation, what is remembered is what a plain model says: a packet goes where its name, its source
/// or its type say, in this order; nobody else's packets move a source; one that names a section nobody has belongs to
/// none; and a source is forgotten for another only in a full table: who has left first, who is described last, then
/// by silence.
pub fn peer_router(data: &[u8]) -> Outcome {
    let mut world = World::new();
    if data.first().is_some_and(|first| first >> 6 == 2) {
        world.sections = vec![section(0, types(0..64)), section(1, types(96..128))];
        world.negotiate();
        world.rtp(data);
    } else {
        let mut rest = data;
        while let Some((&[what, with], tail)) = rest.split_first_chunk() {
            rest = world.perform(what, with, tail);
        }
    }
    if world.routed == 0 {
        return Outcome::refused("no packet has a section");
    }
    Outcome::Parsed
}

/// Fewer than there are sources, so that it is reached.
const LIMIT: usize = 4;
const SOURCES: u8 = 8;
const MIDS: u8 = 8;
const MID_ID: u8 = 4;
const RID_ID: u8 = 10;

/// How long after its goodbye a source is the first to make room.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// What sections have, and what packets are of.
const CODECS: [&[(u8, Option<u8>)]; 4] = [
    &[(96, Some(97))],
    &[(96, None), (98, Some(99))],
    &[(98, None)],
    &[(0, None), (111, None)],
];
const TYPES: [u8; 8] = [96, 97, 98, 99, 0, 111, 5, 127];

struct World {
    now: Instant,
    router: MediaRouter,
    sections: Vec<Section>,
    known: BTreeMap<u32, Known>,
    left: VecDeque<Left>,
    packets: u64,
    forgotten: u64,
    routed: u64,
}

/// A source that is remembered.
#[derive(Clone, Copy)]
struct Known {
    home: Home,
    standing: Standing,
    /// How many packets there had been when it was heard or learned of last.
    heard: u64,
}

/// Who makes room first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// With a goodbye, and not heard since.
    Left,
    Learned,
    /// The newest description names it.
    Described,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    Section(Mid),
    /// Of a section with this name, if there ever is one.
    Nowhere(Option<Mid>),
}

/// A source that has said goodbye.
struct Left {
    ssrc: u32,
    due: Instant,
    heard: Option<u64>,
}

impl World {
    fn new() -> Self {
        let profile = Profile::AeadAes128Gcm;
        let master = MasterKey::new(&vec![1; profile.key_len()], &vec![2; profile.salt_len()]);
        let keys = Inbound::new(profile, &master).expect("the key fits");
        Self {
            now: Instant::EPOCH,
            router: MediaRouter::new(LIMIT, keys),
            sections: Vec::new(),
            known: BTreeMap::new(),
            left: VecDeque::new(),
            packets: 0,
            forgotten: 0,
            routed: 0,
        }
    }

    /// Does what two bytes say, and gives back what is left of the input.
    fn perform<'a>(&mut self, what: u8, with: u8, mut tail: &'a [u8]) -> &'a [u8] {
        match what % 9 {
            0 => self.put(with),
            1 => {
                let mid = mid(with % MIDS);
                self.sections.retain(|section| section.mid != mid);
                self.negotiate();
            }
            2 => self.rtp(&packet(with, None)),
            3 => {
                let name = take(&mut tail, 1);
                self.rtp(&packet(with, name.first().copied()));
            }
            4 => self.rtp(take(&mut tail, with)),
            5 => self.rtcp(&bye(with)),
            6 => {
                let name = take(&mut tail, 1);
                self.rtcp(&description(
                    with,
                    name.first().copied().unwrap_or_default(),
                ));
            }
            7 => {
                self.now += Duration::from_millis(u64::from(with) * 16);
                self.rtcp(&report());
            }
            _ => self.rtcp(take(&mut tail, with)),
        }
        tail
    }

    /// A section comes, or changes.
    fn put(&mut self, with: u8) {
        let own = with % MIDS;
        let codecs = CODECS[usize::from(with >> 3) % CODECS.len()];
        let source = |number| Ssrc::new(u32::from(number % SOURCES));
        let declared = RemoteSource::new(source(own), Some(source(own + 1)));
        let number = |number| PayloadType::new(number).expect("below 128");
        let types = codecs
            .iter()
            .map(|(media, rtx)| (number(*media), rtx.map(number)));
        let new = Section {
            receives: with & 0x20 == 0,
            mid_extension: (with & 0x40 == 0).then_some(MID_ID),
            sources: (with & 0x80 != 0).then_some(declared).into_iter().collect(),
            ..section(own, types.collect())
        };
        match self.sections.iter_mut().find(|old| old.mid == new.mid) {
            Some(old) => *old = new,
            None => self.sections.push(new),
        }
        self.negotiate();
    }

    fn negotiate(&mut self) {
        self.router.update(&self.sections);
        let there = |mid: &Mid| self.sections.iter().any(|section| section.mid == *mid);
        // Who belonged to a section that is gone is forgotten, who waited for one that has come has found it.
        self.known.retain(|_, known| match known.home {
            Home::Section(mid) => there(&mid),
            Home::Nowhere(_) => true,
        });
        for known in self.known.values_mut() {
            known.standing = known.standing.min(Standing::Learned);
            if let Home::Nowhere(Some(mid)) = known.home
                && there(&mid)
            {
                known.home = Home::Section(mid);
            }
        }
        for section in self.sections.clone() {
            let both = |source: RemoteSource| [Some(source.ssrc), source.rtx];
            for ssrc in section.sources.into_iter().flat_map(both).flatten() {
                self.learn(ssrc.get(), Home::Section(section.mid));
                self.stand(ssrc.get(), Standing::Described);
            }
        }
        self.check();
    }

    fn rtp(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else {
            return;
        };
        self.packets += 1;
        let (ssrc, number) = (packet.ssrc().get(), packet.payload_type());
        let known = self.hear(ssrc, number);
        // RFC 9143 §9.2: the name counts most, then what is known of the source, then the type.
        let home = match (self.name_in(&packet), known) {
            (Some(name), _) => Some(self.home_of(name)),
            (None, Some(home)) => Some(home),
            (None, None) => self.only_with(number).map(Home::Section),
        };
        let expected = match home {
            Some(Home::Section(mid)) => self.kind_in(mid, number).map(|repair| (mid, repair)),
            Some(Home::Nowhere(_)) | None => None,
        };
        assert_eq!(self.router.route(&packet), expected);
        self.routed += u64::from(expected.is_some());
        match home {
            Some(home @ Home::Nowhere(_)) => self.learn(ssrc, home),
            Some(home) if expected.is_some() => self.learn(ssrc, home),
            Some(_) | None => {}
        }
        self.check();
    }

    /// Where a source that is heard belongs by what is known of it. RFC 9143 §9.1: after its goodbye the number may be
    /// another's, if the type is none of the section.
    fn hear(&mut self, ssrc: u32, number: PayloadType) -> Option<Home> {
        let known = self.known.get_mut(&ssrc)?;
        known.heard = self.packets;
        let home = known.home;
        if known.standing > Standing::Left {
            return Some(home);
        }
        known.standing = Standing::Learned;
        match home {
            Home::Section(mid) => self.kind_in(mid, number).map(|_| home),
            Home::Nowhere(_) => None,
        }
    }

    fn rtcp(&mut self, bytes: &[u8]) {
        let Ok(compound) = Compound::parse(bytes) else {
            return;
        };
        self.router.handle_rtcp(self.now, &compound);
        for part in compound.iter().flatten() {
            match part {
                Rtcp::SourceDescription(description) => self.name_sources(&description),
                Rtcp::Bye(bye) => self.left.extend(bye.ssrcs.iter().map(|ssrc| Left {
                    ssrc: ssrc.get(),
                    due: self.now + STRAGGLERS,
                    heard: self.known.get(&ssrc.get()).map(|known| known.heard),
                })),
                _ => {}
            }
        }
        // RFC 3550 §6.2.1: who has left makes room first from a while later on, unless it was heard since.
        while let Some(left) = self.left.front()
            && (left.due <= self.now || self.left.len() > LIMIT)
        {
            let heard = self.known.get(&left.ssrc).map(|known| known.heard);
            let ssrc = left.ssrc;
            let known = self.known.get(&ssrc);
            let undescribed = known.is_some_and(|known| known.standing == Standing::Learned);
            if undescribed && heard == left.heard {
                self.stand(ssrc, Standing::Left);
            }
            self.left.pop_front();
        }
        self.check();
    }

    fn name_sources(&mut self, description: &SourceDescription<'_>) {
        for chunk in description.chunks.iter() {
            for item in chunk.items.iter().filter(|item| item.kind == SdesItem::MID) {
                let home = self.home_of(item.text);
                if matches!(home, Home::Section(_)) {
                    self.learn(chunk.ssrc.get(), home);
                }
            }
        }
    }

    fn learn(&mut self, ssrc: u32, home: Home) {
        if let Some(known) = self.known.get_mut(&ssrc) {
            known.home = home;
            return;
        }
        if self.known.len() == LIMIT {
            let mut silent = self.known.iter().collect::<Vec<_>>();
            silent.sort_by_key(|(ssrc, known)| (known.standing, known.heard, **ssrc));
            let (least, standing) = (*silent[0].0, silent[0].1.standing);
            self.known.remove(&least);
            self.forgotten += u64::from(standing != Standing::Left);
        }
        let known = Known {
            home,
            standing: Standing::Learned,
            heard: self.packets,
        };
        self.known.insert(ssrc, known);
    }

    fn stand(&mut self, ssrc: u32, standing: Standing) {
        if let Some(known) = self.known.get_mut(&ssrc) {
            known.standing = standing;
        }
    }

    /// What is remembered is what the model says.
    fn check(&self) {
        let known = self.known.iter().map(|(ssrc, known)| match known.home {
            Home::Section(mid) => (Ssrc::new(*ssrc), Some(mid)),
            Home::Nowhere(_) => (Ssrc::new(*ssrc), None),
        });
        let remembered: Vec<_> = self.router.sources().collect();
        assert_eq!(remembered, known.collect::<Vec<_>>());
        assert!(remembered.len() <= LIMIT);
        assert_eq!(self.router.forgotten(), self.forgotten);
    }

    /// What the packet says of its section. RFC 9143 §9.1: the number is the same in all of them.
    fn name_in<'a>(&self, packet: &Packet<'a>) -> Option<&'a [u8]> {
        let id = self
            .sections
            .iter()
            .find_map(|section| section.mid_extension);
        packet.extensions().get(ExtensionId::new(id?)?)
    }

    fn home_of(&self, name: &[u8]) -> Home {
        let name = Mid::from_bytes(name).ok();
        let section = self
            .sections
            .iter()
            .find(|section| Some(section.mid) == name);
        section.map_or(Home::Nowhere(name), |section| Home::Section(section.mid))
    }

    /// The only section that receives this type.
    fn only_with(&self, number: PayloadType) -> Option<Mid> {
        let receiving = self.sections.iter().filter(|section| section.receives);
        let mut with = receiving.filter(|section| kind(section, number).is_some());
        let one = with.next()?;
        with.next().is_none().then_some(one.mid)
    }

    fn kind_in(&self, mid: Mid, number: PayloadType) -> Option<bool> {
        let section = self.sections.iter().find(|section| section.mid == mid)?;
        kind(section, number)
    }
}

/// Whether a type is of retransmissions in a section; `None` if it is not there.
fn kind(section: &Section, number: PayloadType) -> Option<bool> {
    let repairs = section.types.iter().any(|(_, rtx)| *rtx == Some(number));
    let carries = section.types.iter().any(|(media, _)| *media == number);
    (repairs || carries).then_some(repairs)
}

fn section(number: u8, types: Vec<(PayloadType, Option<PayloadType>)>) -> Section {
    Section {
        mid: mid(number),
        receives: true,
        mid_extension: Some(MID_ID),
        types,
        sources: Vec::new(),
    }
}

fn types(numbers: std::ops::Range<u8>) -> Vec<(PayloadType, Option<PayloadType>)> {
    numbers
        .filter_map(PayloadType::new)
        .map(|number| (number, None))
        .collect()
}

fn mid(number: u8) -> Mid {
    number.to_string().parse().expect("a digit")
}

/// What a packet or a description calls its section: mostly one there may be.
fn name(choice: u8) -> Vec<u8> {
    let mut name = match choice % 12 {
        8 => b"nobody".to_vec(),
        9 => Vec::from(b"\0"),
        10 => b"not a token".to_vec(),
        11 => b"0123456789abcdefg".to_vec(),
        number => (number % MIDS).to_string().into_bytes(),
    };
    if choice >= 0xc0 {
        name.push(0);
    }
    name
}

fn packet(with: u8, named: Option<u8>) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(TYPES[usize::from(with >> 3) % TYPES.len()])
            .expect("below 128"),
        sequence_number: SequenceNumber::new(1),
        timestamp: Timestamp::new(0),
        ssrc: Ssrc::new(u32::from(with % SOURCES)),
        csrcs: Items::default(),
    };
    let id = |id| ExtensionId::new(id).expect("not 0");
    let name = named.map(name);
    let form = match (with & 0x80, &name) {
        (0, Some(name)) if name.len() <= 16 => ExtensionForm::OneByte,
        (0, None) => ExtensionForm::OneByte,
        _ => ExtensionForm::TwoByte,
    };
    let mut out = Vec::new();
    let written = header.write_with(&mut out, form, |elements| {
        // A name of a stream says nothing of its section.
        if with & 0x40 != 0 {
            elements.push_bytes(id(RID_ID), b"0")?;
        }
        name.iter()
            .try_for_each(|name| elements.push_bytes(id(MID_ID), name))
    });
    written.expect("short elements");
    out
}

/// The goodbye of each source that has a bit.
fn bye(bits: u8) -> Vec<u8> {
    let gone = (0..SOURCES).filter(|number| bits >> number & 1 == 1);
    let ssrcs: Vec<_> = gone.map(|number| Ssrc::new(number.into())).collect();
    let mut out = Vec::new();
    let bye = Bye {
        ssrcs: Items::from(&ssrcs[..]),
        reason: None,
    };
    bye.write(&mut out).expect("few sources");
    out
}

fn description(with: u8, named: u8) -> Vec<u8> {
    let name = name(named);
    let items = [
        SdesItem::cname("c"),
        SdesItem {
            kind: SdesItem::MID,
            text: &name,
        },
    ];
    let chunks = [SdesChunk {
        ssrc: Ssrc::new(u32::from(with % SOURCES)),
        items: items.as_slice().into(),
    }];
    let mut out = Vec::new();
    let description = SourceDescription {
        chunks: chunks.as_slice().into(),
    };
    description.write(&mut out).expect("short texts");
    out
}

/// A report of nothing, which brings only the time.
fn report() -> Vec<u8> {
    let mut out = Vec::new();
    let report = ReceiverReport {
        ssrc: Ssrc::new(0),
        reports: Items::default(),
        profile_extension: &[],
    };
    report.write(&mut out).expect("nothing in it");
    out
}

/// So many bytes of what is left, or as many as there are.
fn take<'a>(tail: &mut &'a [u8], length: u8) -> &'a [u8] {
    let (taken, rest) = tail.split_at(usize::from(length).min(tail.len()));
    *tail = rest;
    taken
}
