//! What a completed exchange means for the layers below (RFC 9429 §5.11).

use strata_dtls::Role;
use strata_sdp::Setup;

use super::{
    Content, DataSection, Jsep, Negotiated, NegotiatedTransport, Settled,
    remote::{RemoteContent, RemoteDescription, RemoteTransport},
};

impl Jsep {
    /// An exchange is complete: what it means for the layers below.
    pub(super) fn settle(&mut self, remote: RemoteDescription, offerer: bool) -> Negotiated {
        self.complete();
        self.on_restart_settled();
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
            .and_then(|t| self.settle_transport(t, offerer));
        Negotiated { transport, data }
    }

    fn settle_transport(
        &mut self,
        transport: RemoteTransport,
        offerer: bool,
    ) -> Option<NegotiatedTransport> {
        // As answerer, we have written what `answer_setup` says.
        let role = match (transport.setup, self.role()) {
            (Setup::ActPass, Some(role)) => role,
            (setup, _) => role_of(setup.answer())?,
        };
        let mut fingerprints = transport.fingerprints.clone();
        if let Some(before) = &self.settled {
            // Or the one that was verified could be replaced in two steps.
            fingerprints.retain(|fingerprint| before.fingerprints.contains(fingerprint));
        }
        self.settled = Some(Settled {
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

/// The DTLS role of one who says this (RFC 8842 §5).
pub(super) const fn role_of(setup: Setup) -> Option<Role> {
    match setup {
        Setup::Active => Some(Role::Client),
        Setup::Passive => Some(Role::Server),
        Setup::ActPass | Setup::HoldConn => None,
    }
}
