//! Numbers that others published or that follow from theory, each measured on the real simulator.
//!
//! A test holds the published figure at the stated tolerance, once as printed and once at another
//! seed or size, and beside it a planted bug that must fall outside: a tolerance that lets the bug
//! pass would say nothing. Seeds are fixed, so that a test is either always green or always red.
//! `cargo test -p dhtlab-protocols --test published -- --nocapture` shows what was measured.

mod blocked;
mod greedy;
mod hops;
mod iterator;
mod rfm;
mod rounds;
mod silent;
mod statistics;
mod survival;
mod tables;
mod walk;
mod warm;
