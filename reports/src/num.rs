//! Numbers: the one place where an integer becomes a float, and how a float is written down.

/// The float nearest to a count. Counts above 2^53 lose their last bits, which no statistic shows.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts stay below 2^53; above it the error is 1e-16"
)]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// The same for lengths.
pub(crate) fn float_len(len: usize) -> f64 {
    float(len as u64)
}

/// The nearest integer, for counts and pixels that were computed as floats.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates; callers pass sizes of figures"
)]
pub(crate) fn nearest(value: f64) -> i32 {
    value.round() as i32
}

/// The nearest count; negative values and NaN become 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the value is clamped to 0 first"
)]
pub(crate) fn nearest_count(value: f64) -> u64 {
    value.max(0.0).round() as u64
}

/// How a float stands in a table: shortest form that reads back, empty when there is no number.
pub(crate) fn cell(value: Option<f64>) -> String {
    match value {
        Some(v) if v.is_finite() => format!("{}", v + 0.0),
        _ => String::new(),
    }
}

/// `12345678` as `12 345 678`: thin groups of three, as a reader expects in running text.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Simulated seconds as a reader says them: `90 s`, `30 min`, `2 h`, `1 h 20 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = nearest_count(seconds);
    if (seconds - float(whole)).abs() > 1e-6 {
        return format!("{} s", significant(seconds, 3));
    }
    if whole < 120 || !whole.is_multiple_of(60) {
        return format!("{whole} s");
    }
    match (whole / 3600, whole / 60 % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A number with about so many significant digits, never in exponent form, for people.
pub(crate) fn significant(value: f64, digits: u32) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let decimals = decimals(value, digits);
    format!("{:.decimals$}", value + 0.0)
}

/// Decimals that give a number about so many significant digits.
pub(crate) fn decimals(value: f64, digits: u32) -> usize {
    let mut decimals = digits.saturating_sub(1) as usize;
    let mut bound = 10.0;
    while value.abs() >= bound && decimals > 0 {
        decimals -= 1;
        bound *= 10.0;
    }
    let mut small = 1.0;
    while value.abs() > 0.0 && value.abs() < small && decimals < 6 {
        decimals += 1;
        small /= 10.0;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_in_shortest_form() {
        assert_eq!(cell(Some(0.1)), "0.1");
        assert_eq!(cell(Some(3.0)), "3");
        assert_eq!(cell(Some(-0.0)), "0");
        assert_eq!(cell(Some(f64::NAN)), "");
        assert_eq!(cell(None), "");
    }

    #[test]
    fn people_read_groups_and_units() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(duration(90.0), "90 s");
        assert_eq!(duration(1800.0), "30 min");
        assert_eq!(duration(4800.0), "1 h 20 min");
        assert_eq!(significant(1234.5, 3), "1234");
        assert_eq!(significant(12.345, 3), "12.3");
        assert_eq!(significant(0.012_34, 3), "0.0123");
    }
}
