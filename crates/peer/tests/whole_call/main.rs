//! Two peers on a virtual network: descriptions, ICE, DTLS, media and data, from the offer to the end.

mod contract;
mod endings;
mod lossy;
mod plain;
mod support;
