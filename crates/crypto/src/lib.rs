//! The cryptography of strata: the only crate that imports ring and its kin.
