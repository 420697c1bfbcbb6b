//! The order of values along an axis of a sweep.

use std::cmp::Ordering;

/// Units that a value of a scenario may carry, in those of the first of their kind.
const UNITS: [(&str, f64); 13] = [
    ("", 1.0),
    ("%", 0.01),
    ("ns", 1e-9),
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
    ("B", 1.0),
    ("KiB", 1_024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
];

/// The size of a value such as `20`, `2.5`, `1_000`, `80%`, `90s`, `1h` or `64KiB`; `None` of a word.
pub fn magnitude(value: &str) -> Option<f64> {
    let value = value.trim_matches('"');
    let digit = |c: char| c.is_ascii_digit() || ".-+_".contains(c);
    let end = value.find(|c| !digit(c)).unwrap_or(value.len());
    let (number, unit) = value.split_at(end);
    let (_, factor) = UNITS.iter().find(|known| known.0 == unit.trim())?;
    let number: f64 = number.replace('_', "").parse().ok()?;
    Some(number * factor)
}

/// By size where both have one, else as texts; a size comes before a word.
pub fn compare(a: &str, b: &str) -> Ordering {
    match (magnitude(a), magnitude(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_order_of_size() {
        let mut values =
            ["aws-2019", "1h", "90s", "2m", "1000", "20", "8", "50%", "1KiB", "\"3s\""];
        values.sort_by(|a, b| compare(a, b));
        assert_eq!(
            values,
            ["50%", "\"3s\"", "8", "20", "90s", "2m", "1000", "1KiB", "1h", "aws-2019"]
        );
    }

    #[test]
    fn words_have_no_size() {
        assert_eq!(magnitude("kademlia"), None);
        assert_eq!(magnitude(""), None);
        assert_eq!(magnitude("3 apples"), None);
        assert_eq!(magnitude("1_000"), Some(1000.0));
    }
}
