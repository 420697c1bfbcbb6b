//! The learned hash against what is known about it: that it keeps the order, how evenly it spreads
//! keys, what a retrain moves, and what federated training gives. Numbers V9 to V18 and I3 to I15 are
//! rows of the validation table.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "statistics are compared with published ones within tolerances"
)]

mod balance;
mod bytes;
mod common;
mod dlht;
mod federated;
mod monotone;
mod movement;
mod trigger;
