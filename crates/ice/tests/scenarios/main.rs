//! Agents against each other on a virtual network, and against messages made by hand.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod connecting;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod eviction;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod interfaces;
#[cfg(test)]
mod musts;
#[cfg(test)]
mod nominations;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod rebooting;
#[cfg(test)]
mod recovery;
#[cfg(test)]
#[path = "../support/repair.rs"]
mod repair;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod restarting;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod talker;
#[cfg(test)]
mod translators;
