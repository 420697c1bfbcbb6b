//! How much memory there is. Only commands ask; no result depends on it.

use std::fs;

use crate::estimate::{Estimate, largest_that_fits, show_bytes};
use crate::exit::Failure;

/// Bytes of memory that a new program may use; `None` where the system does not tell.
pub fn available() -> Option<u64> {
    parse(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// Refuses what would not fit into `available` bytes: a single run that is too large. How many runs are made
/// side by side is for the schedule.
///
/// # Errors
/// Exit code 5, with the estimate and the largest network that fits.
pub fn refuse_if_too_large(estimate: &Estimate, available: Option<u64>) -> Result<(), Failure> {
    let Some(available) = available else { return Ok(()) };
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let room = available as f64;
    if estimate.bytes <= room {
        return Ok(());
    }
    let message = format!(
        "this would need about {}, and {} are available",
        show_bytes(estimate.bytes),
        show_bytes(room)
    );
    let fits = largest_that_fits(estimate, available);
    let mut help = Vec::new();
    if fits > 0 {
        help.push(format!(
            "the largest network that fits has about {fits} nodes: --set network.nodes={fits}"
        ));
    }
    help.push("--force runs it all the same".to_owned());
    Err(Failure::TooLarge { message, help })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_in_kib() {
        assert_eq!(parse("MemTotal: 9 kB\nMemAvailable:   2048 kB\n"), Some(2 << 20));
        assert_eq!(parse("nothing"), None);
    }

    #[test]
    fn a_refusal_names_the_largest_network_that_fits() {
        let estimate = Estimate {
            events: 0.0,
            bytes: 2e9,
            side_by_side_bytes: 4e9,
            seconds: 0.0,
            runs: 2.0,
            bytes_per_node: 1_000.0,
            nodes: 2_000_000,
        };
        let refused = refuse_if_too_large(&estimate, Some(1_000_000_000)).unwrap_err();
        assert_eq!(refused.code(), 5);
        assert!(refused.help()[0].contains("network.nodes=1000000"), "{refused:?}");
        assert!(refuse_if_too_large(&estimate, None).is_ok());
    }
}
