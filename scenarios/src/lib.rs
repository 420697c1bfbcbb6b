//! Skeleton.

pub mod faults;
pub mod run;
