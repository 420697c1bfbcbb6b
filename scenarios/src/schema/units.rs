//! Times, sizes and shares as users write them, read exactly: integers only.

use dhtlab_core::ratio::Ratio;
use dhtlab_core::time::Span;

/// The longest time that may be written, so that sums of a few never overflow: about a century.
pub const LONGEST: Span = Span::from_hours(24 * 36_525);

/// Digits that may stand before a decimal point: any such number fits in 64 bits.
const WHOLE_MAX: usize = 19;
/// Digits that may stand after it.
const FRACTION_MAX: usize = 15;

const TIMES: [(&str, u64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The units of time.
pub fn time_units() -> Vec<&'static str> {
    TIMES.iter().map(|(name, _)| *name).collect()
}

/// The units of size.
pub fn size_units() -> Vec<&'static str> {
    SIZES.iter().map(|(name, _)| *name).collect()
}

/// A time such as `250ms`, `1.5h` or `1h30m`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn span(text: &str) -> Result<Span, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("a time is missing".to_owned());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (number, after) = Decimal::leading(rest)?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err("a time needs a unit: ns, us, ms, s, m, h or d".to_owned());
        }
        let Some((_, nanos)) = TIMES.iter().find(|(name, _)| *name == unit) else {
            return Err(format!(
                "`{unit}` is not a unit of time: take ns, us, ms, s, m (minutes), h or d"
            ));
        };
        let part = number.times(*nanos).ok_or("finer than a nanosecond")?;
        total = total.saturating_add(part);
        rest = after.trim_start();
    }
    match u64::try_from(total) {
        Ok(nanos) if nanos <= LONGEST.as_nanos() => Ok(Span::from_nanos(nanos)),
        _ => Err(format!("longer than the longest time, {LONGEST}")),
    }
}

/// A size in bytes such as `512B` or `64KiB`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = Decimal::leading(text.trim())?;
    let unit = unit.trim();
    let Some((_, bytes)) = SIZES.iter().find(|(name, _)| *name == unit) else {
        let what = if unit.is_empty() {
            "a size needs a unit".to_owned()
        } else {
            format!("`{unit}` is not a unit of size")
        };
        return Err(format!("{what}: take B, kB, KiB, MB, MiB, GB or GiB"));
    };
    let total = number.times(*bytes).ok_or("not a whole number of bytes")?;
    u64::try_from(total).map_err(|_| "larger than any size that can be counted".to_owned())
}

/// A share such as `80%`, `0.1%` or `4/5`, exactly.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn share(text: &str) -> Result<Ratio, String> {
    let text = text.trim();
    let (numerator, denominator) = if let Some(percent) = text.strip_suffix('%') {
        let (number, rest) = Decimal::leading(percent.trim())?;
        if !rest.is_empty() {
            return Err(not_a_share());
        }
        (number.units, number.scale.checked_mul(100).ok_or_else(not_a_share)?)
    } else if let Some((upper, lower)) = text.split_once('/') {
        let whole = |text: &str| text.trim().parse::<u64>().map_err(|_| not_a_share());
        (whole(upper)?, whole(lower)?)
    } else {
        return Err(not_a_share());
    };
    if denominator == 0 {
        return Err("a share of nothing: the lower number is 0".to_owned());
    }
    let divisor = gcd(numerator, denominator);
    Ratio::new(numerator / divisor, denominator / divisor)
        .ok_or_else(|| "more than all: a share is at most 100%".to_owned())
}

fn not_a_share() -> String {
    "a share is written \"80%\" or \"4/5\"".to_owned()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// A decimal number, `units / scale`.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    units: u64,
    scale: u64,
}

impl Decimal {
    /// The number at the start of `text`, and what follows it.
    fn leading(text: &str) -> Result<(Self, &str), String> {
        if text.starts_with('-') {
            return Err("it may not be negative".to_owned());
        }
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
            .unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole = whole.replace('_', "");
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("`{}` does not start with a number", text.trim()));
        }
        if whole.len() > WHOLE_MAX || fraction.len() > FRACTION_MAX {
            return Err("too many digits".to_owned());
        }
        let scale = 10_u64.pow(u32::try_from(fraction.len()).unwrap_or(0));
        let digits = |text: &str| text.parse::<u64>().unwrap_or(0);
        let units = digits(&whole).checked_mul(scale).and_then(|u| u.checked_add(digits(fraction)));
        let units = units.ok_or("too many digits")?;
        Ok((Self { units, scale }, rest))
    }

    /// This number times `unit`, when that is whole.
    fn times(self, unit: u64) -> Option<u128> {
        let product = u128::from(self.units) * u128::from(unit);
        product.is_multiple_of(u128::from(self.scale)).then(|| product / u128::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_exact() {
        for (text, nanos) in [
            ("250ms", 250_000_000),
            ("3.66h", 13_176_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.934h", 6_962_400_000_000),
            ("1_000 us", 1_000_000),
            ("0s", 0),
        ] {
            assert_eq!(span(text), Ok(Span::from_nanos(nanos)), "{text}");
        }
        for text in ["", "10", "h", "-1s", "1.5ns", "1 hour", "36526d", "1h 10", "1..2s", "9e9s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_exact_and_at_most_one() {
        assert_eq!(share("0.1%"), Ok(Ratio::new(1, 1000).unwrap()));
        assert_eq!(share("4/5"), share("80%"));
        for text in ["150%", "80", "0.8", "5/4", "1/0", "%", "a/b", "-1%", "1.0000000000000001%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_need_a_unit() {
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("1.5 MB"), Ok(1_500_000));
        assert!(size("512").is_err() && size("0.3B").is_err() && size("1 parsec").is_err());
    }

    proptest! {
        #[test]
        fn what_a_span_prints_reads_back(nanos in 0..=LONGEST.as_nanos()) {
            let written = Span::from_nanos(nanos);
            prop_assert_eq!(span(&written.to_string()), Ok(written));
        }

        #[test]
        fn what_a_share_prints_reads_back(lower in 1_u64..1_000_000_000, part in 0_u64..1_000_000_000) {
            let upper = part % (lower + 1);
            let read = share(&format!("{upper}/{lower}")).unwrap();
            prop_assert_eq!(share(&read.to_string()), Ok(read));
        }

        #[test]
        fn no_text_panics(text in ".{0,24}") {
            let _ = (span(&text), size(&text), share(&text));
        }
    }
}
