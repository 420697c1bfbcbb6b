//! Whole runs: that equal inputs give equal bytes, that extremes end in numbers and not in panics, that
//! faults do what they say and leave nothing behind.

mod bytes;
mod estimates;
mod extremes;
mod faults;
mod folders;
mod golden;
mod support;
mod worlds;
