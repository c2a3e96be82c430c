//! Data channels, from the first that is opened on.

use core::time::Duration;

use strata_core::{Endpoint as _, Entropy, Instant, earliest};
use strata_sctp::{
    Channel, ChannelConfig, ChannelId, CloseReason, Config, DataChannels, Role, Stats,
};

use crate::{OpenChannelError, jsep::DataSection};

/// The SCTP association and its channels; nothing, until either side wants them.
#[derive(Debug, Default)]
pub(super) struct Data {
    channels: Option<Box<DataChannels>>,
    /// Both descriptions have the data section.
    agreed: bool,
    rejected: bool,
    /// When the association must stand, once it is being made.
    deadline: Option<Instant>,
    /// Whether it did not, and was given up.
    late: bool,
    /// Since when there is no path, after there was one.
    suspended: Option<Instant>,
}

impl Data {
    pub(super) fn open(
        &mut self,
        now: Instant,
        channel: ChannelConfig,
        config: &Config,
        entropy: &mut Entropy,
    ) -> Result<ChannelId, OpenChannelError> {
        if self.rejected {
            return Err(OpenChannelError::Rejected);
        }
        Ok(self.ensure(now, config, entropy).open(now, channel)?)
    }

    fn ensure(
        &mut self,
        now: Instant,
        config: &Config,
        entropy: &mut Entropy,
    ) -> &mut DataChannels {
        let suspended = self.suspended.is_some();
        self.channels.get_or_insert_with(|| {
            let mut channels = DataChannels::new(config.clone(), entropy.fork());
            if suspended {
                channels.suspend(now);
            }
            Box::new(channels)
        })
    }

    /// There is no path: SCTP and its deadline stand still.
    pub(super) fn suspend(&mut self, now: Instant) {
        self.suspended = Some(now);
        if let Some(channels) = &mut self.channels {
            channels.suspend(now);
        }
    }

    /// There is a path again.
    pub(super) fn resume(&mut self, now: Instant) {
        let Some(since) = self.suspended.take() else {
            return;
        };
        self.deadline = self.deadline.map(|at| at + now.duration_since(since));
        if let Some(channels) = &mut self.channels {
            channels.resume(now);
        }
    }

    /// There is another path than before, which may be `lost`.
    pub(super) fn path_changed(&mut self, now: Instant, lost: bool) {
        if let Some(channels) = &mut self.channels {
            channels.path_changed(now, lost);
        }
    }

    /// Takes over what the descriptions say of the data section, and gives the channels that are gone by that.
    pub(super) fn negotiate(
        &mut self,
        now: Instant,
        section: DataSection,
        config: &Config,
        entropy: &mut Entropy,
    ) -> Vec<ChannelId> {
        match section {
            DataSection::Absent => {}
            // RFC 8841 §8.3: without the section there is no association.
            DataSection::Rejected => {
                let gone = self.ids().collect();
                *self = Self {
                    rejected: true,
                    suspended: self.suspended,
                    ..Self::default()
                };
                return gone;
            }
            DataSection::Accepted {
                remote_port,
                max_message_size,
            } => {
                self.rejected = false;
                let first = !core::mem::replace(&mut self.agreed, true);
                // RFC 8841 §6: 0 is any size.
                let size = max_message_size.map_or(usize::MAX, |size| {
                    usize::try_from(size).unwrap_or(usize::MAX)
                });
                let channels = self.ensure(now, config, entropy);
                if first {
                    channels.set_remote_port(remote_port);
                }
                channels.set_remote_max_message_size(size);
            }
        }
        Vec::new()
    }

    /// DTLS is connected: the association may be made, and must stand after `timeout`.
    pub(super) fn connect(&mut self, now: Instant, role: strata_dtls::Role, timeout: Duration) {
        if !self.agreed {
            return;
        }
        if let Some(channels) = &mut self.channels {
            if !channels.is_connected() && !channels.is_closed() {
                let since = self.suspended.unwrap_or(now);
                self.deadline.get_or_insert(since + timeout);
            }
            // RFC 8832 §6: the DTLS client uses even streams.
            channels.set_role(
                now,
                match role {
                    strata_dtls::Role::Client => Role::Client,
                    strata_dtls::Role::Server => Role::Server,
                },
            );
            channels.connect(now);
        }
    }

    /// The engine, if both sides have agreed on data channels.
    pub(super) fn agreed(&mut self) -> Option<&mut DataChannels> {
        self.channels.as_deref_mut().filter(|_| self.agreed)
    }

    pub(super) fn engine(&mut self) -> Option<&mut DataChannels> {
        self.channels.as_deref_mut()
    }

    pub(super) fn channel(&mut self, id: ChannelId) -> Option<Channel<'_>> {
        self.channels.as_deref_mut()?.channel(id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = ChannelId> + '_ {
        self.channels.iter().flat_map(|channels| channels.ids())
    }

    /// Whether there was an association, and it is over.
    pub(super) fn is_over(&self) -> bool {
        self.channels
            .as_deref()
            .is_some_and(DataChannels::is_closed)
    }

    pub(super) fn poll_event(&mut self) -> Option<strata_sctp::Event> {
        self.channels.as_deref_mut()?.poll_event()
    }

    pub(super) fn abort(&mut self, now: Instant) {
        if let Some(channels) = &mut self.channels {
            channels.abort(now);
        }
    }

    pub(super) fn stats(&self) -> Option<&Stats> {
        self.channels.as_deref().map(DataChannels::stats)
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let Some(channels) = &mut self.channels else {
            return;
        };
        channels.handle_timeout(now);
        let running = self.suspended.is_none();
        if running && self.deadline.is_some_and(|deadline| deadline <= now) {
            self.deadline = None;
            if !channels.is_connected() && !channels.is_closed() {
                self.late = true;
                channels.abort(now);
            }
        }
    }

    /// Why the association is over. The engine `said` that it was aborted where it was too late.
    pub(super) const fn close_reason(&self, said: CloseReason) -> CloseReason {
        if self.late {
            CloseReason::ConnectTimeout
        } else {
            said
        }
    }

    /// When the association must stand, as long as it does not.
    fn deadline(&self) -> Option<Instant> {
        let channels = self.channels.as_deref()?;
        let stands = channels.is_connected() || channels.is_closed();
        let runs = !stands && self.suspended.is_none();
        self.deadline.filter(|_| runs)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        earliest([self.channels.as_deref()?.poll_timeout(), self.deadline()])
    }
}
