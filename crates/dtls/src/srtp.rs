//! Keying of SRTP (RFC 5764).

use strata_core::wire::Reader;
use strata_crypto::srtp::{MasterKey, Profile};
use zeroize::Zeroizing;

use crate::Role;

/// The SRTP profile and the master keys and salts of both directions (RFC 5764 §4.2). Wiped on drop, and never shown.
///
/// The keys of one end mirror those of the other: what is local here is remote there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrtpKeys {
    profile: Profile,
    local: MasterKey,
    remote: MasterKey,
}

impl SrtpKeys {
    /// Splits the `EXTRACTOR-dtls_srtp` material, which `export` writes, for the end that has this role.
    pub(crate) fn derive(profile: Profile, role: Role, export: impl FnOnce(&mut [u8])) -> Self {
        let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
        let mut material = Zeroizing::new([0; MAX_MATERIAL_LEN]);
        let length = key_len.saturating_add(salt_len).saturating_mul(2);
        let material = material.get_mut(..length).unwrap_or_default();
        export(material);
        let mut reader = Reader::new(material);
        let mut next = |length| reader.take(length).unwrap_or_default();
        // RFC 5764 §4.2: in this order, the keys before the salts.
        let (client_key, server_key) = (next(key_len), next(key_len));
        let (client_salt, server_salt) = (next(salt_len), next(salt_len));
        let client = MasterKey::new(client_key, client_salt);
        let server = MasterKey::new(server_key, server_salt);
        let (local, remote) = match role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        Self {
            profile,
            local,
            remote,
        }
    }

    /// The negotiated profile.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The key of what we send.
    pub const fn local(&self) -> &MasterKey {
        &self.local
    }

    /// The key of what the peer sends.
    pub const fn remote(&self) -> &MasterKey {
        &self.remote
    }
}

/// The longest material: two keys of 32 octets and two salts of 14.
const MAX_MATERIAL_LEN: usize = 2 * (32 + 14);

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5764 §4.2: the client's key, the server's, the client's salt, the server's.
    #[test]
    fn material_is_split_in_the_order_of_rfc_5764_section_4_2() {
        for profile in Profile::ALL {
            let [client, server] = [Role::Client, Role::Server].map(|role| {
                SrtpKeys::derive(profile, role, |material| {
                    for (octet, value) in material.iter_mut().zip(1..) {
                        *octet = value;
                    }
                })
            });
            let (key, salt) = (profile.key_len(), profile.salt_len());
            let material: Vec<u8> = (1..).take(2 * (key + salt)).collect();
            let (keys, salts) = material.split_at(2 * key);
            let expected = [0, 1].map(|index| {
                MasterKey::new(&keys[index * key..][..key], &salts[index * salt..][..salt])
            });
            assert_eq!(client.local(), &expected[0]);
            assert_eq!(client.remote(), &expected[1]);
            assert_eq!(server.local(), client.remote());
            assert_eq!(server.remote(), client.local());
            assert_eq!((client.profile(), server.profile()), (profile, profile));
        }
    }

    #[test]
    fn keys_that_differ_in_anything_are_not_equal_and_no_octet_of_them_shows() {
        let keys = |profile, role, value| {
            SrtpKeys::derive(profile, role, |material| {
                material.fill(value);
                material[0] = 0xee;
            })
        };
        let one = keys(Profile::AeadAes128Gcm, Role::Client, 0xdd);
        assert_eq!(one, one.clone());
        for other in [
            keys(Profile::AeadAes128Gcm, Role::Server, 0xdd),
            keys(Profile::AeadAes128Gcm, Role::Client, 0xdc),
            keys(Profile::Aes128CmHmacSha1_80, Role::Client, 0xdd),
        ] {
            assert_ne!(one, other);
        }
        let shown = format!("{one:?}");
        assert_eq!(
            shown,
            "SrtpKeys { profile: AeadAes128Gcm, local: MasterKey(key 16 octets, salt 12 octets), \
             remote: MasterKey(key 16 octets, salt 12 octets) }"
        );
    }
}
