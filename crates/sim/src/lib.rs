//! A virtual network for testing strata engines.
