//! Master key identifiers (RFC 3711 §3.1). They are not supported, but recognised, so that the error can name them.

/// Looks for a master key identifier in packets that are not authentic.
///
/// It looks only while no packet was authentic: a sender that uses an identifier has it in every packet. It looks at a
/// few packets only, so forged ones cost little.
#[derive(Debug)]
pub(crate) struct MkiSearch {
    /// The packet as it arrived, since every try overwrites the packet.
    original: Vec<u8>,
    /// In how many packets it still looks.
    left: u8,
    /// The length that was found.
    found: Option<u8>,
}

impl MkiSearch {
    pub(crate) const fn new() -> Self {
        Self {
            original: Vec::new(),
            left: SEARCHED_PACKETS,
            found: None,
        }
    }

    /// Keeps a packet that is about to be tried.
    pub(crate) fn keep(&mut self, packet: &[u8]) {
        if self.is_active() {
            self.original.clear();
            self.original.extend_from_slice(packet);
        }
    }

    /// A packet was authentic as it was.
    pub(crate) fn stop(&mut self) {
        if self.is_active() {
            *self = Self {
                left: 0,
                ..Self::new()
            };
        }
    }

    /// Looks for an identifier without which the packet that was kept is authentic, and says how long it is.
    ///
    /// The identifier would end `behind` octets before the end of the packet. What is tried overwrites `packet`.
    pub(crate) fn find(
        &mut self,
        behind: usize,
        packet: &mut [u8],
        mut is_authentic: impl FnMut(&mut [u8]) -> bool,
    ) -> Option<u8> {
        if !self.is_active() {
            return None;
        }
        if let Some(octets) = self.found {
            let rest = self.without(octets, behind, packet);
            return rest.is_some_and(is_authentic).then_some(octets);
        }
        self.left = self.left.saturating_sub(1);
        self.found = LENGTHS.into_iter().find(|octets| {
            let rest = self.without(*octets, behind, packet);
            rest.is_some_and(&mut is_authentic)
        });
        self.found
    }

    const fn is_active(&self) -> bool {
        self.left > 0 || self.found.is_some()
    }

    /// Writes the packet that was kept into `packet`, without an identifier of so many octets. `behind` is how many
    /// octets follow the identifier.
    fn without<'a>(&self, octets: u8, behind: usize, packet: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let octets = usize::from(octets);
        let length = packet.len().checked_sub(octets)?;
        let (front, tail) = self
            .original
            .split_at_checked(length.checked_sub(behind)?)?;
        let tail = tail.get(octets..)?;
        let kept = front.iter().chain(tail);
        for (to, from) in packet.iter_mut().zip(kept) {
            *to = *from;
        }
        packet.get_mut(..length)
    }
}

/// Lengths that are in use, of the 128 that RFC 4568 §9.2 allows.
const LENGTHS: [u8; 6] = [4, 1, 2, 8, 16, 32];

/// The first may be damaged.
const SEARCHED_PACKETS: u8 = 4;
