//! Seeds of the ICE layer: operations, two bytes each.

use crate::Seed;

/// Sessions that reach the ends an agent can come to.
pub fn seeds() -> Vec<Seed> {
    // A socket for each, credentials, candidates.
    let signal = [14, 0, 14, 1, 12, 0, 12, 1, 13, 0, 13, 1];
    let exchange = [2, 0].repeat(16);
    let hours = [1, 0].repeat(40);
    let restart = [16, 0, 16, 1, 12, 0, 12, 1, 13, 0, 13, 1];
    vec![
        (
            "ice_agent",
            "completed",
            [&signal[..], &exchange, &[0, 13], &exchange].concat(),
        ),
        ("ice_agent", "nobody-there", [&signal[..8], &hours].concat()),
        (
            "ice_agent",
            "restart",
            [&signal[..], &exchange, &restart, &exchange].concat(),
        ),
        (
            "ice_agent",
            "consent-lost",
            [&signal[..], &exchange, &hours, &hours].concat(),
        ),
        (
            "ice_agent",
            "role-conflict",
            [&[17, 1][..], &signal, &exchange, &exchange].concat(),
        ),
        (
            "ice_agent",
            "forged",
            [&signal[..], &[18, 28, 9, 30, 10, 7, 11, 19], &exchange].concat(),
        ),
        (
            "ice_agent",
            "signed",
            [
                &signal[..],
                &exchange,
                // A request with USE-CANDIDATE, a success and an error, an indication, unknown attributes.
                &[240, 6, 2, 1, 0, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8],
                &[1, 0, 240, 1, 1, 4, 8, 0, 1, 2, 3, 4, 5, 6, 7],
                &[1, 0, 240, 3, 1, 5, 4, 0, 0, 4, 87, 240, 4, 0],
                &[240, 7, 1, 9, 4, 1, 2, 3, 4, 240, 0x17, 1, 10, 0],
                &exchange,
            ]
            .concat(),
        ),
        (
            "ice_agent",
            "closed",
            [&signal[..], &exchange, &[19, 255, 19, 254]].concat(),
        ),
    ]
}
