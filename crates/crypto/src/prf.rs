//! The pseudo-random function of TLS 1.2 (RFC 5246 §5).

use crate::hmac;

/// Fills `out` with `PRF(secret, label, seed)`, the seed being the concatenation of `seed`.
///
/// `algorithm` is the hash of the cipher suite (SHA-256 or SHA-384; RFC 5289 §3).
pub fn prf(
    algorithm: hmac::Algorithm,
    secret: &[u8],
    label: &[u8],
    seed: &[&[u8]],
    out: &mut [u8],
) {
    let key = hmac::Key::new(algorithm, secret);
    // P_hash(secret, seed) = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) + ...
    // with A(0) = label + seed and A(i) = HMAC(secret, A(i - 1)).
    let mut parts = Vec::with_capacity(seed.len().saturating_add(2));
    parts.push(label);
    parts.extend_from_slice(seed);
    let mut a = key.sign(&parts);
    for chunk in out.chunks_mut(algorithm.tag_len()) {
        let mut block = Vec::with_capacity(parts.len().saturating_add(1));
        block.push(a.as_ref());
        block.extend_from_slice(&parts);
        let tag = key.sign(&block);
        for (octet, computed) in chunk.iter_mut().zip(tag.as_ref()) {
            *octet = *computed;
        }
        a = key.sign(&[a.as_ref()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text.replace(char::is_whitespace, "")).unwrap()
    }

    /// RFC 5246 prints no vectors; these are the ones known as "TLS 1.2 PRF test vectors", from the
    /// mailing list of the IETF's TLS working group.
    #[test]
    fn sha256_vector() {
        let mut out = [0; 100];
        prf(
            hmac::Algorithm::Sha256,
            &hex("9bbe436ba940f017b17652849a71db35"),
            b"test label",
            &[&hex("a0ba9f936cda311827a6f796ffd5198c")],
            &mut out,
        );
        assert_eq!(
            out.to_vec(),
            hex(
                "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a
                 6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab
                 4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
                 87347b66"
            )
        );
    }

    /// From the same source.
    #[test]
    fn sha384_vector() {
        let mut out = [0; 148];
        prf(
            hmac::Algorithm::Sha384,
            &hex("b80b733d6ceefcdc71566ea48e5567df"),
            b"test label",
            &[&hex("cd665cf6a8447dd6ff8b27555edb7465")],
            &mut out,
        );
        assert_eq!(
            out.to_vec(),
            hex(
                "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd
                 e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd
                 8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425
                 9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6
                 91c8f3a26854308d5eaa3be85e0990703d73e56f"
            )
        );
    }

    #[test]
    fn the_seed_is_a_concatenation() {
        let (mut whole, mut split) = ([0; 50], [0; 50]);
        prf(
            hmac::Algorithm::Sha256,
            b"s",
            b"label",
            &[b"seed"],
            &mut whole,
        );
        prf(
            hmac::Algorithm::Sha256,
            b"s",
            b"lab",
            &[b"elsee", b"d"],
            &mut split,
        );
        assert_eq!(whole, split);
    }
}
