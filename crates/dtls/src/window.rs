//! The anti-replay window (RFC 6347 §4.1.2.6).

/// Which sequence numbers of an epoch have been seen: the newest 1,024.
///
/// RFC 6347 recommends 64. A record overtaken by more than the window is lost though it arrived. At 1 Gbit/s a path
/// that delays some packets by 10 ms more than others puts 900 between them.
pub(crate) type ReplayWindow = strata_core::ReplayWindow<16>;

#[cfg(test)]
mod tests {
    use crate::{
        CipherSuite, Role,
        protection::{OpenError, Protection},
        wire::record::{ContentType, HEADER_LEN, Header},
    };

    fn keys(role: Role) -> Protection {
        let expand = |block: &mut [u8]| block.fill(7);
        Protection::new(CipherSuite::EcdheEcdsaAes128Gcm, role, expand).expect("the block fits")
    }

    #[test]
    fn a_record_1023_behind_is_opened_and_one_1024_behind_is_not() {
        let (mut client, mut server) = (keys(Role::Client), keys(Role::Server));
        let records: Vec<Vec<u8>> = (0..=1024)
            .map(|_| {
                let mut record = Vec::new();
                client.begin(&mut record);
                record.extend_from_slice(b"text");
                client
                    .finish(ContentType::ApplicationData, &mut record, 0)
                    .expect("the first records");
                record
            })
            .collect();
        let mut open = |number: usize| {
            let mut body = records[number].clone();
            let header = Header::parse(&body).expect("a record");
            body.drain(..HEADER_LEN);
            let range = server.open(header, &mut body)?;
            Ok(body[range].to_vec())
        };
        for (number, expected) in [
            (1024, Ok(b"text".to_vec())),
            (0, Err(OpenError::Replayed)),
            (1, Ok(b"text".to_vec())),
            (1, Err(OpenError::Replayed)),
            (1024, Err(OpenError::Replayed)),
            (500, Ok(b"text".to_vec())),
        ] {
            assert_eq!(open(number), expected, "{number}");
        }
    }
}
