//! Offers and answers: what browsers send, what they are answered, and what is refused.
#![cfg(test)]

mod answers;
mod exchange;
mod offers;
mod refused;
mod support;
