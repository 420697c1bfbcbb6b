//! Whole runs: that equal inputs give equal bytes, that extremes end in numbers and not in panics, that
//! faults do what they say and leave nothing behind.

// The lints know tests by this attribute, also in the helpers of a test.
#[cfg(test)]
mod batches;
#[cfg(test)]
mod bytes;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod disks;
#[cfg(test)]
mod estimates;
#[cfg(test)]
mod extremes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod golden;
#[cfg(unix)]
#[cfg(test)]
mod interrupts;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod memory;
#[cfg(test)]
mod names;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sweeps;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod worlds;
