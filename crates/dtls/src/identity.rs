//! Who the peer is (RFC 8122, RFC 8842).

use strata_crypto::{
    Fingerprint,
    certificate::{PublicKeyError, parse_public_key},
    signature::PublicKey,
};

use crate::CloseReason;

/// The peer's certificate, and the fingerprints it may have.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    fingerprints: Vec<Fingerprint>,
    certificate: Option<Vec<u8>>,
}

/// What is known of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The certificate or the fingerprints are missing yet.
    Unknown,
    /// The certificate has a fingerprint that it may have.
    Verified,
    /// It has not.
    Mismatch,
}

impl Identity {
    /// Sets the fingerprints that the certificate may have. An empty slice changes nothing.
    pub(crate) fn set_fingerprints(&mut self, fingerprints: &[Fingerprint]) {
        if fingerprints.is_empty() {
            return;
        }
        // RFC 8122 §5: only those of the strongest hash function count, and the certificate must match one of them.
        let strongest = fingerprints.iter().map(Fingerprint::function).max();
        self.fingerprints = fingerprints
            .iter()
            .filter(|fingerprint| Some(fingerprint.function()) == strongest)
            .copied()
            .collect();
    }

    /// Takes the certificate out of the peer's Certificate message and gives its key.
    pub(crate) fn set_certificate(&mut self, der: Option<&[u8]>) -> Result<PublicKey, CloseReason> {
        let der = der.ok_or(CloseReason::NoCertificate)?;
        self.certificate = Some(der.to_vec());
        // If the fingerprint is known already, it is checked before anything in the certificate is read.
        if self.verdict() == Verdict::Mismatch {
            return Err(CloseReason::FingerprintMismatch);
        }
        parse_public_key(der).map_err(|error| match error {
            PublicKeyError::Unsupported => CloseReason::UnsupportedCertificate,
            PublicKeyError::Malformed | _ => CloseReason::MalformedCertificate,
        })
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match &self.certificate {
            Some(der) if !self.fingerprints.is_empty() => {
                if self.fingerprints.iter().any(|one| one.matches(der)) {
                    Verdict::Verified
                } else {
                    Verdict::Mismatch
                }
            }
            Some(_) | None => Verdict::Unknown,
        }
    }

    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use strata_crypto::{Certificate, fingerprint::HashFunction};

    use super::*;

    #[test]
    fn the_strongest_function_decides() {
        let (ours, other) = (
            Certificate::generate().unwrap(),
            Certificate::generate().unwrap(),
        );
        let of = |function, certificate: &Certificate| Fingerprint::of(function, certificate.der());
        let verdict = |fingerprints: &[Fingerprint]| {
            let mut identity = Identity::default();
            identity.set_fingerprints(fingerprints);
            match identity.set_certificate(Some(ours.der())) {
                Ok(_) => Ok(identity.verdict()),
                Err(reason) => Err(reason),
            }
        };
        let mismatch = Err(CloseReason::FingerprintMismatch);
        let (weak, strong) = (HashFunction::Sha256, HashFunction::Sha512);
        assert_eq!(verdict(&[]), Ok(Verdict::Unknown));
        assert_eq!(verdict(&[of(weak, &ours)]), Ok(Verdict::Verified));
        assert_eq!(verdict(&[of(weak, &other)]), mismatch);
        assert_eq!(
            verdict(&[of(weak, &other), of(weak, &ours)]),
            Ok(Verdict::Verified)
        );
        assert_eq!(verdict(&[of(weak, &ours), of(strong, &other)]), mismatch);
        assert_eq!(
            verdict(&[of(weak, &other), of(strong, &ours)]),
            Ok(Verdict::Verified)
        );
    }

    #[test]
    fn no_certificate_is_no_identity() {
        assert_eq!(
            Identity::default().set_certificate(None),
            Err(CloseReason::NoCertificate)
        );
        assert_eq!(
            Identity::default().set_certificate(Some(b"nonsense")),
            Err(CloseReason::MalformedCertificate)
        );
    }
}
