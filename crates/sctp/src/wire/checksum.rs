//! `CRC32c` (RFC 9260 Appendix A), by the fastest means that the features allow.
//!
//! | features        | by                                                                              |
//! |-----------------|---------------------------------------------------------------------------------|
//! | `fast-checksum` | the crate `crc-fast`: carry-less multiplication of up to 512 bits               |
//! | `std`           | the crate `crc32c`: the processor's CRC instruction, or tables where it has none |
//! | neither         | a table, byte by byte                                                           |

/// The checksum as it goes out: RFC 9260 Appendix A has the lowest byte first.
#[cfg(feature = "fast-checksum")]
pub(super) fn crc32c(bytes: &[u8]) -> [u8; 4] {
    crc_fast::crc32_iscsi(bytes).to_le_bytes()
}

/// The checksum as it goes out: RFC 9260 Appendix A has the lowest byte first.
#[cfg(all(feature = "std", not(feature = "fast-checksum")))]
pub(super) fn crc32c(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).to_le_bytes()
}

/// The checksum as it goes out: RFC 9260 Appendix A has the lowest byte first.
#[cfg(not(feature = "std"))]
pub(super) fn crc32c(bytes: &[u8]) -> [u8; 4] {
    by_table(bytes)
}

/// For builds without `std`, which is what tells whether the processor has the instructions.
#[cfg(any(test, not(feature = "std")))]
fn by_table(bytes: &[u8]) -> [u8; 4] {
    let step = |sum: u32, byte: &u8| {
        let [low, ..] = (sum ^ u32::from(*byte)).to_le_bytes();
        let entry = TABLE.get(usize::from(low)).copied().unwrap_or_default();
        (sum >> 8) ^ entry
    };
    (!bytes.iter().fold(u32::MAX, step)).to_le_bytes()
}

/// The remainders of all bytes, by the reflected polynomial.
#[cfg(any(test, not(feature = "std")))]
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut byte = 0_u32;
    while let Some((entry, tail)) = rest.split_first_mut() {
        let mut sum = byte;
        let mut bit = 0;
        while bit < 8 {
            sum = (sum >> 1) ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 };
            bit += 1;
        }
        *entry = sum;
        rest = tail;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    type Means = fn(&[u8]) -> [u8; 4];

    /// Every means that the features of this build have.
    fn means() -> Vec<Means> {
        let mut means: Vec<Means> = alloc::vec![crc32c, by_table];
        #[cfg(feature = "std")]
        means.push(|bytes| crc32c::crc32c(bytes).to_le_bytes());
        #[cfg(feature = "fast-checksum")]
        means.push(|bytes| crc_fast::crc32_iscsi(bytes).to_le_bytes());
        means
    }

    /// RFC 9260 Appendix A names the polynomial of RFC 3385; RFC 3720 B.4 has examples of the same sum, and the last
    /// is the check value by which catalogues know it.
    #[test]
    fn every_means_gives_the_sums_of_the_examples() {
        let rising: Vec<u8> = (0..32).collect();
        let falling: Vec<u8> = (0..32).rev().collect();
        let examples: [(&[u8], u32); 6] = [
            (&[], 0),
            (&[0; 32], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&rising, 0x46dd_794e),
            (&falling, 0x113f_db5c),
            (b"123456789", 0xe306_9283),
        ];
        for (bytes, sum) in examples {
            for crc32c in means() {
                assert_eq!(crc32c(bytes), sum.to_le_bytes(), "{bytes:?}");
            }
        }
    }

    /// Lengths around the blocks that wide instructions take at once, and beginnings that are not aligned.
    #[test]
    fn every_means_gives_the_same_sum_at_every_length() {
        let bytes: Vec<u8> = (0..4000_u32)
            .map(|at| at.wrapping_mul(0x9e37_79b9).to_be_bytes()[0])
            .collect();
        for length in (0..300).chain([767, 768, 769, 1160, 1200, 1500, 3990]) {
            let bytes = &bytes[length % 7..length % 7 + length];
            for crc32c in means() {
                assert_eq!(crc32c(bytes), by_table(bytes), "{length} bytes");
            }
        }
    }
}
