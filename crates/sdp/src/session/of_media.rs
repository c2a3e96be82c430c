//! What a session says of its media descriptions: bundles, and what holds where they are silent themselves.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use crate::{
    Attribute, AttributeError, Connection, Direction, Fingerprint, Group, GroupSemantics,
    IceOptions, IcePwd, IceUfrag, Media, Mid, Session, Setup, SourceFilter,
};

impl Session {
    /// The groups of media descriptions that share a transport (RFC 9143 §7).
    pub fn bundle_groups(&self) -> impl Iterator<Item = Group> {
        self.attributes
            .all::<Group>()
            .flatten()
            .filter(|group| group.semantics == GroupSemantics::Bundle)
    }

    /// The group of media descriptions that share a transport with this one, itself among them.
    ///
    /// It is searched for, in time linear in the description.
    pub fn bundle_of(&self, media: &Media) -> Option<Group> {
        let mid = media.mid()?;
        self.bundle_groups().find(|group| group.mids.contains(&mid))
    }

    /// The place and the media description that `mid` names.
    ///
    /// It is searched for, in time linear in the description: who looks up every name of a stranger's
    /// groups makes a map of the [`mid`](Media::mid)s first.
    pub fn media_by_mid(&self, mid: &Mid) -> Option<(usize, &Media)> {
        self.media
            .iter()
            .enumerate()
            .find(|(_, media)| media.attributes.value_of(Mid::NAME) == Some(mid.as_str()))
    }

    /// The media description that speaks for a bundle (RFC 9143 §7.1): the first one that the first
    /// group names, or the first of all where there is no bundle.
    pub fn tagged_media(&self) -> Option<(usize, &Media)> {
        match self.bundle_groups().next() {
            Some(group) => self.media_by_mid(group.mids.first()?),
            None => self.media.iter().enumerate().next(),
        }
    }

    /// The attribute `T` that holds for `media`: its own, or else the session's.
    pub fn effective<T: Attribute>(&self, media: &Media) -> Option<Result<T, AttributeError>> {
        media.attributes.first().or_else(|| self.attributes.first())
    }

    /// All attributes `T` that hold for `media`: its own if it has any, or else the session's.
    pub fn effective_all<'a, T: Attribute>(
        &'a self,
        media: &'a Media,
    ) -> impl Iterator<Item = Result<T, AttributeError>> + use<'a, T> {
        let attributes = if media.attributes.contains::<T>() {
            &media.attributes
        } else {
            &self.attributes
        };
        attributes.all()
    }

    /// Which way `media` flows: its own direction, or else the session's, or else both ways (RFC 8866
    /// §6.7).
    pub fn direction_of(&self, media: &Media) -> Direction {
        self.readable(media).unwrap_or_default()
    }

    /// The ICE credentials of `media` (RFC 8839 §5.4), if both are there.
    pub fn ice_credentials_of(&self, media: &Media) -> Option<(IceUfrag, IcePwd)> {
        Some((self.readable(media)?, self.readable(media)?))
    }

    /// The ICE options of `media`: its own, or else the session's (RFC 8839 §5.6).
    pub fn ice_options_of(&self, media: &Media) -> IceOptions {
        self.readable(media).unwrap_or_default()
    }

    /// The fingerprints of `media`: its own, or else the session's (RFC 8122 §5). Those that cannot
    /// be read are left out.
    pub fn fingerprints_of(&self, media: &Media) -> Vec<Fingerprint> {
        self.effective_all(media).flatten().collect()
    }

    /// The source filters of `media`: its own stand in place of all of the session's (RFC 4570 §3.1).
    /// Those that cannot be read are left out. Which of them are about its address,
    /// [`SourceFilter::covers`] tells.
    pub fn source_filters_of(&self, media: &Media) -> Vec<SourceFilter> {
        self.effective_all(media).flatten().collect()
    }

    /// The DTLS role of `media` (RFC 8842 §5).
    pub fn setup_of(&self, media: &Media) -> Option<Setup> {
        self.readable(media)
    }

    /// Where `media` goes: its own `c=` line, or else the session's (RFC 8866 §5.7).
    pub fn connection_of(&self, media: &Media) -> Option<Connection> {
        media.connection().or_else(|| self.connection())
    }

    fn readable<T: Attribute>(&self, media: &Media) -> Option<T> {
        self.effective(media)?.ok()
    }
}
