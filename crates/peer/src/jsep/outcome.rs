//! What a completed exchange means for the layers below (RFC 9429 §5.11).

use strata_dtls::Role;
use strata_sdp::Setup;

use super::{
    Association, Content, Jsep,
    remote::{RemoteContent, RemoteDescription, RemoteTransport},
};

/// What a completed exchange means for the layers below.
#[derive(Clone, Debug)]
pub(crate) struct Negotiated {
    /// `None` if nothing is in use.
    pub(crate) transport: Option<NegotiatedTransport>,
    pub(crate) data: DataSection,
}

/// What a completed exchange means for the transport.
#[derive(Clone, Debug)]
pub(crate) struct NegotiatedTransport {
    pub(crate) remote: RemoteTransport,
    /// Our DTLS role.
    pub(crate) role: Role,
    /// Whether the offer was ours.
    pub(crate) offerer: bool,
}

/// What became of the data section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataSection {
    /// There is none.
    Absent,
    /// The other side did not take it.
    Rejected,
    Accepted {
        remote_port: u16,
        /// `None`: any.
        max_message_size: Option<u64>,
    },
}

impl Jsep {
    /// An exchange is complete: what it means for the layers below.
    pub(super) fn conclude(&mut self, remote: RemoteDescription, offerer: bool) -> Negotiated {
        self.complete();
        self.on_restart_concluded();
        let mut data = DataSection::Absent;
        for (section, remote) in self.sections.iter().zip(&remote.sections) {
            if let (
                Content::Data,
                RemoteContent::Data {
                    sctp_port,
                    max_message_size,
                },
            ) = (section.content, &remote.content)
            {
                // Of several, one at most is in use: the others were stopped.
                if !section.rejected {
                    data = DataSection::Accepted {
                        remote_port: *sctp_port,
                        max_message_size: *max_message_size,
                    };
                } else if data == DataSection::Absent {
                    data = DataSection::Rejected;
                }
            }
        }
        let transport = remote
            .transport
            .and_then(|t| self.conclude_transport(t, offerer));
        Negotiated { transport, data }
    }

    fn conclude_transport(
        &mut self,
        transport: RemoteTransport,
        offerer: bool,
    ) -> Option<NegotiatedTransport> {
        // If we are the answerer, our answer says the same: it follows `answer_setup`.
        let role = match (transport.setup, self.role()) {
            (Setup::ActPass, Some(role)) => role,
            (setup, _) => role_of(setup.answer())?,
        };
        let mut fingerprints = transport.fingerprints.clone();
        if let Some(before) = &self.association {
            // Only those that were there before. Otherwise the verified one could be replaced in two steps: a second
            // is added, and then the first is removed.
            fingerprints.retain(|fingerprint| before.fingerprints.contains(fingerprint));
        }
        self.association = Some(Association {
            role,
            fingerprints,
            tls_id: transport.tls_id.clone(),
            credentials: transport.credentials.clone(),
        });
        Some(NegotiatedTransport {
            remote: transport,
            role,
            offerer,
        })
    }
}

/// The DTLS role of the side whose description has this `a=setup` (RFC 8842 §5).
pub(super) const fn role_of(setup: Setup) -> Option<Role> {
    match setup {
        Setup::Active => Some(Role::Client),
        Setup::Passive => Some(Role::Server),
        Setup::ActPass | Setup::HoldConn => None,
    }
}
