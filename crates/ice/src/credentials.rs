//! User name fragment and password (RFC 8445 §5.3, RFC 8839 §5.4).

use core::fmt;

use strata_core::Entropy;
use zeroize::Zeroize as _;

/// What checks to one side of an ICE session are authenticated with.
///
/// `Debug` shows the fragment and the length of the password; the password is zeroised on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    ufrag: String,
    password: String,
}

impl Credentials {
    /// The credentials the other side signalled.
    ///
    /// # Errors
    /// [`CredentialsError`] if they are shorter than RFC 8839 §5.4 allows (4 and 22 characters),
    /// longer than it allows (256), or hold anything but letters, digits, `+` and `/`. The characters
    /// `-`, `_`, `#` and `=` are taken too, as browsers take them: old implementations draw credentials
    /// from other alphabets.
    pub fn new(ufrag: &str, password: &str) -> Result<Self, CredentialsError> {
        if !(4..=256).contains(&ufrag.len()) {
            return Err(CredentialsError::UfragLength(ufrag.len()));
        }
        if !(22..=256).contains(&password.len()) {
            return Err(CredentialsError::PasswordLength(password.len()));
        }
        if !ufrag.bytes().chain(password.bytes()).all(is_tolerated) {
            return Err(CredentialsError::Character);
        }
        Ok(Self {
            ufrag: ufrag.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Makes new credentials: a fragment of 48 random bits, and a password of 144.
    ///
    /// RFC 8445 §5.3 asks for at least 24 and 128 bits.
    pub(crate) fn random(entropy: &mut Entropy) -> Self {
        Self {
            ufrag: ice_chars::<8>(entropy),
            password: ice_chars::<24>(entropy),
        }
    }

    /// The user name fragment: the value of `a=ice-ufrag`.
    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    /// The password: the value of `a=ice-pwd`.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("ufrag", &self.ufrag)
            .field("password_len", &self.password.len())
            .finish()
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}

/// Why a fragment and a password cannot be used as credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// A fragment of this many bytes; 4 to 256 are allowed.
    #[error("the user name fragment has {0} bytes, where 4 to 256 are allowed")]
    UfragLength(usize),
    /// A password of this many bytes; 22 to 256 are allowed.
    #[error("the password has {0} bytes, where 22 to 256 are allowed")]
    PasswordLength(usize),
    /// Something else than letters, digits, `+` and `/`, or what is tolerated beside them.
    #[error("the credentials hold something else than letters, digits, `+` and `/`")]
    Character,
}

/// RFC 8839 §5.1: `ice-char = ALPHA / DIGIT / "+" / "/"`; and the characters that other implementations use. A colon
/// cannot be tolerated, because it separates the two fragments of a user name.
const fn is_tolerated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'#' | b'=')
}

/// `N` characters of six random bits each.
fn ice_chars<const N: usize>(entropy: &mut Entropy) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes: [u8; N] = entropy.array();
    let text = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)))
        .map(|character| char::from(*character))
        .collect();
    bytes.zeroize();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_characters_are_checked() {
        let password = "x".repeat(22);
        assert!(Credentials::new("a/+9", &password).is_ok());
        assert_eq!(
            Credentials::new("abc", &password),
            Err(CredentialsError::UfragLength(3))
        );
        assert_eq!(
            Credentials::new("abcd", &"x".repeat(21)),
            Err(CredentialsError::PasswordLength(21))
        );
        assert_eq!(
            Credentials::new("ab:d", &password),
            Err(CredentialsError::Character)
        );
        assert_eq!(
            Credentials::new("ab d", &password),
            Err(CredentialsError::Character)
        );
        let foreign = Credentials::new("_a-#", "0123456789-_#=+/abcdefgh").unwrap();
        assert_eq!(foreign.ufrag(), "_a-#");
        assert_eq!(
            Credentials::new(&"a".repeat(257), &password),
            Err(CredentialsError::UfragLength(257))
        );
    }

    #[test]
    fn the_password_is_not_printed() {
        let credentials = Credentials::new("abcd", "secretsecretsecretsecret").unwrap();
        assert!(!format!("{credentials:?}").contains("secret"));
    }
}
