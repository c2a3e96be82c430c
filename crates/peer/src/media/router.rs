//! Which section a packet belongs to: RFC 9143 §9.2.

use strata_rtp::{
    Packet, PayloadType, Ssrc,
    extension::ExtensionId,
    rtcp::{SdesItem, SourceDescription},
};

use crate::{Mid, Transceiver, transceiver::Parameters};

/// What the packet path needs to know of a media section.
#[derive(Clone, Debug)]
pub(crate) struct MediaSection {
    pub(crate) mid: Mid,
    pub(crate) ssrc: Ssrc,
    pub(crate) rtx: Option<Ssrc>,
    pub(crate) sends: bool,
    pub(crate) receives: bool,
    /// The number of the MID header extension.
    pub(crate) mid_extension: Option<ExtensionId>,
    pub(crate) media_types: TypeSet,
    pub(crate) repair_types: TypeSet,
    /// The number of the RTCP compound that asked for a key frame last.
    pub(crate) asked_by: u64,
}

/// A set of payload types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypeSet(u128);

impl TypeSet {
    fn insert(&mut self, payload_type: PayloadType) {
        self.0 |= 1 << payload_type.get();
    }

    pub(crate) const fn contains(self, payload_type: PayloadType) -> bool {
        self.0 >> payload_type.get() & 1 == 1
    }

    const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) section: usize,
    pub(crate) repair: bool,
}

/// The sections, and what is known of the other side's sources.
#[derive(Debug)]
pub(crate) struct Router {
    sections: Vec<MediaSection>,
    /// Our own sources, sorted.
    own: Vec<(u32, usize)>,
    /// Sorted by MID.
    by_mid: Vec<(Mid, usize)>,
    /// The other side's sources, sorted by their number; bounded by `max_sources`.
    by_source: Vec<Source>,
    /// How many packets were routed.
    packets: u64,
    /// The number of the MID extension. RFC 9143 §9.1: it is the same in the whole bundle.
    mid_extension: Option<ExtensionId>,
    /// The only section that has a payload type; `None` for types of no section or of several.
    by_type: Vec<Option<u16>>,
    max_sources: usize,
    /// How many sources had to go for others.
    pub(crate) forgotten: u64,
}

/// A source of the other side.
#[derive(Clone, Copy, Debug)]
struct Source {
    ssrc: u32,
    home: Home,
    standing: Standing,
    /// Which packet was its last.
    last: u64,
}

/// How much a source is worth its place; those worth the least make room first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It has said BYE and was not heard since.
    Left,
    Learned,
    /// The other side's description names it, so its packets need not say where they belong.
    Described,
}

/// Where a source belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Section(usize),
    /// It has named a section that is not there; `None` if nothing can have such a name. Its description
    /// may still be on its way.
    Nowhere(Option<Mid>),
}

impl Router {
    pub(crate) const fn new(max_sources: usize) -> Self {
        Self {
            sections: Vec::new(),
            own: Vec::new(),
            by_mid: Vec::new(),
            by_source: Vec::new(),
            packets: 0,
            mid_extension: None,
            by_type: Vec::new(),
            max_sources,
            forgotten: 0,
        }
    }

    pub(crate) fn sections(&self) -> &[MediaSection] {
        &self.sections
    }

    /// The section called `mid`.
    pub(crate) fn find(&self, mid: Mid) -> Option<usize> {
        let at = self
            .by_mid
            .binary_search_by_key(&mid, |(mid, _)| *mid)
            .ok()?;
        self.by_mid.get(at).map(|(_, section)| *section)
    }

    /// The section that we send this source in.
    pub(crate) fn of_own_source(&mut self, ssrc: Ssrc) -> Option<&mut MediaSection> {
        let place = self.own.binary_search_by_key(&ssrc.get(), |(own, _)| *own);
        let (_, section) = self.own.get(place.ok()?)?;
        self.sections.get_mut(*section)
    }

    /// Takes over what was just negotiated. Sources that were learned stay where they were, unless the
    /// other side says otherwise.
    pub(crate) fn update(&mut self, transceivers: &[Transceiver]) {
        let learned: Vec<(Source, Option<Mid>)> = self
            .by_source
            .iter()
            .map(|source| (*source, self.name_of(source.home)))
            .collect();
        self.sections = transceivers
            .iter()
            .filter(|t| !t.stopped)
            .filter_map(|t| Some(MediaSection::new(t, t.mid?, t.current.as_ref()?)))
            .collect();
        let own = |(at, section): (usize, &MediaSection)| {
            let both = [Some(section.ssrc), section.rtx].into_iter().flatten();
            both.map(move |ssrc| (ssrc.get(), at))
        };
        self.own = self.sections.iter().enumerate().flat_map(own).collect();
        self.own.sort_unstable();
        self.by_mid = self
            .sections
            .iter()
            .enumerate()
            .map(|(i, s)| (s.mid, i))
            .collect();
        self.by_mid.sort_unstable();
        self.mid_extension = self.sections.iter().find_map(|s| s.mid_extension);
        self.index_types();
        self.by_source.clear();
        for (source, mid) in learned {
            let home = match (mid.and_then(|mid| self.find(mid)), source.home) {
                (Some(at), _) => Home::Section(at),
                (None, nowhere @ Home::Nowhere(_)) => nowhere,
                // Its section is gone.
                (None, Home::Section(_)) => continue,
            };
            // Whether it still is described is seen below.
            let standing = source.standing.min(Standing::Learned);
            self.by_source.push(Source {
                home,
                standing,
                ..source
            });
        }
        for transceiver in transceivers {
            let Some(at) = transceiver.mid.and_then(|mid| self.find(mid)) else {
                continue;
            };
            for source in transceiver.remote_sources() {
                self.describe(source.ssrc, Home::Section(at));
                if let Some(rtx) = source.rtx {
                    self.describe(rtx, Home::Section(at));
                }
            }
        }
    }

    /// RFC 9143 §9.2: of the payload types configured for receiving.
    fn index_types(&mut self) {
        let (mut once, mut twice) = (TypeSet::default(), TypeSet::default());
        for section in self.sections.iter().filter(|s| s.receives) {
            let types = section.types();
            twice.0 |= once.0 & types.0;
            once = once.union(types);
        }
        let unique = TypeSet(once.0 & !twice.0);
        if unique == TypeSet::default() {
            self.by_type = Vec::new();
            return;
        }
        self.by_type = (0..128)
            .map(|number| {
                let number = PayloadType::new(number).filter(|n| unique.contains(*n))?;
                let at = self
                    .sections
                    .iter()
                    .position(|s| s.receives && s.types().contains(number))?;
                u16::try_from(at).ok()
            })
            .collect();
    }

    /// The section of a received packet; the source is remembered.
    pub(crate) fn route(&mut self, packet: &Packet<'_>) -> Option<Route> {
        let (ssrc, payload_type) = (packet.ssrc(), packet.payload_type());
        self.packets = self.packets.wrapping_add(1);
        let known = self.hear(ssrc, payload_type);
        // RFC 9143 §9.2: the MID counts most, then what is known of the source, then the type. A source
        // whose last MID is of no section belongs to none, also when it does not repeat the MID.
        let home = match (self.name_in(packet), known) {
            (Some(name), _) => self.home_of(Mid::from_bytes(name).ok()),
            (None, Some(known)) => known,
            (None, None) => Home::Section(self.only_with(payload_type)?),
        };
        let Home::Section(section) = home else {
            if known != Some(home) {
                self.learn(ssrc, home);
            }
            return None;
        };
        let target = self.sections.get(section)?;
        let repair = target.repair_types.contains(payload_type);
        if !repair && !target.media_types.contains(payload_type) {
            return None;
        }
        if known != Some(home) {
            self.learn(ssrc, home);
        }
        Some(Route { section, repair })
    }

    /// Takes over what RTCP says of where sources belong. RFC 9143 §9.2: names of no section change
    /// nothing, unlike those in RTP.
    pub(crate) fn name_sources(&mut self, description: &SourceDescription<'_>) {
        for chunk in description.chunks.iter() {
            let names = chunk.items.iter().filter(|item| item.kind == SdesItem::MID);
            for name in names {
                let home = self.home_of(Mid::from_bytes(name.text).ok());
                if matches!(home, Home::Section(_)) {
                    self.learn(chunk.ssrc, home);
                }
            }
        }
    }

    /// Where sources belong that give this name.
    fn home_of(&self, name: Option<Mid>) -> Home {
        let section = name.and_then(|mid| self.find(mid));
        section.map_or(Home::Nowhere(name), Home::Section)
    }

    fn name_of(&self, home: Home) -> Option<Mid> {
        match home {
            Home::Section(at) => self.sections.get(at).map(|section| section.mid),
            Home::Nowhere(name) => name,
        }
    }

    /// What the packet's MID extension says.
    fn name_in<'a>(&self, packet: &Packet<'a>) -> Option<&'a [u8]> {
        if !packet.extensions().is_present() {
            return None;
        }
        let id = self.mid_extension?;
        packet.extensions().get(id)
    }

    fn only_with(&self, payload_type: PayloadType) -> Option<usize> {
        let at = self.by_type.get(usize::from(payload_type.get()))?;
        at.map(usize::from)
    }

    fn place(&self, ssrc: Ssrc) -> Result<usize, usize> {
        self.by_source
            .binary_search_by_key(&ssrc.get(), |source| source.ssrc)
    }

    /// A source is heard: where it belongs, if that is known.
    fn hear(&mut self, ssrc: Ssrc, payload_type: PayloadType) -> Option<Home> {
        let place = self.place(ssrc).ok()?;
        let source = self.by_source.get_mut(place)?;
        source.last = self.packets;
        if source.standing == Standing::Left {
            source.standing = Standing::Learned;
            // RFC 9143 §9.1: after a BYE the number may be another source's, in another section.
            let home = source.home;
            return self.has_type(home, payload_type).then_some(home);
        }
        Some(source.home)
    }

    fn has_type(&self, home: Home, payload_type: PayloadType) -> bool {
        let Home::Section(section) = home else {
            return false;
        };
        let section = self.sections.get(section);
        section.is_some_and(|section| section.types().contains(payload_type))
    }

    /// Which packet was the last of a source; `None` if it is not known.
    pub(crate) fn last_of(&self, ssrc: Ssrc) -> Option<u64> {
        let place = self.place(ssrc).ok()?;
        self.by_source.get(place).map(|source| source.last)
    }

    /// Where each known source belongs.
    #[cfg(feature = "fuzzing")]
    pub(super) fn homes(&self) -> impl Iterator<Item = (Ssrc, Home)> {
        let sources = self.by_source.iter();
        sources.map(|source| (Ssrc::new(source.ssrc), source.home))
    }

    /// A source has ended, or so it says: it is the first to make room.
    ///
    /// RFC 9143 §9.2 would forget it. But browsers say BYE for encodings that only pause, and they do not name
    /// the section again when those go on.
    pub(crate) fn leave(&mut self, ssrc: Ssrc) {
        let source = self.place(ssrc).ok();
        if let Some(source) = source.and_then(|place| self.by_source.get_mut(place))
            && source.standing == Standing::Learned
        {
            source.standing = Standing::Left;
        }
    }

    /// Remembers a source that a description names.
    fn describe(&mut self, ssrc: Ssrc, home: Home) {
        self.learn(ssrc, home);
        let source = self.place(ssrc).ok();
        if let Some(source) = source.and_then(|place| self.by_source.get_mut(place)) {
            source.standing = Standing::Described;
        }
    }

    /// Remembers whose a source is. Senders may stop to name the section once we have answered their
    /// source, so new sources must not be forgotten; of those with the lowest standing, the one that has been
    /// silent for longest is.
    fn learn(&mut self, ssrc: Ssrc, home: Home) {
        if let Ok(place) = self.place(ssrc) {
            if let Some(known) = self.by_source.get_mut(place) {
                known.home = home;
            }
            return;
        }
        if self.by_source.len() >= self.max_sources.max(1) {
            let sources = self.by_source.iter().enumerate();
            let least = sources.min_by_key(|(_, source)| (source.standing, source.last));
            if let Some((place, least)) = least {
                let stayed = least.standing != Standing::Left;
                self.forgotten = self.forgotten.saturating_add(u64::from(stayed));
                self.by_source.remove(place);
            }
        }
        let place = self.place(ssrc).unwrap_or_else(|place| place);
        let source = Source {
            ssrc: ssrc.get(),
            home,
            standing: Standing::Learned,
            last: self.packets,
        };
        self.by_source.insert(place, source);
    }
}

impl MediaSection {
    fn new(transceiver: &Transceiver, mid: Mid, agreed: &Parameters) -> Self {
        let (mut media_types, mut repair_types) = (TypeSet::default(), TypeSet::default());
        for codec in &agreed.codecs {
            media_types.insert(codec.payload_type);
            if let Some(rtx) = codec.rtx {
                repair_types.insert(rtx);
            }
        }
        Self {
            mid,
            ssrc: transceiver.sender.ssrc,
            rtx: transceiver.sender.rtx,
            sends: agreed.direction.sends(),
            receives: agreed.direction.receives(),
            mid_extension: agreed.extensions.mid.and_then(ExtensionId::new),
            media_types,
            repair_types,
            asked_by: 0,
        }
    }

    const fn types(&self) -> TypeSet {
        self.media_types.union(self.repair_types)
    }
}

#[cfg(test)]
mod tests;
