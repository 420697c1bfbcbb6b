//! Axes: from values to pixels, and where the ticks stand.

use crate::num;

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Equal differences are equally far apart.
    Linear,
    /// Equal ratios are equally far apart.
    Log,
}

/// Values between two bounds, laid out between two pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) kind: Kind,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) from: i32,
    pub(super) to: i32,
}

/// A mark on an axis; one without text is a grid line only.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) text: String,
}

impl Scale {
    pub(super) fn linear(low: f64, high: f64, from: i32, to: i32) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { kind: Kind::Linear, low, high, from, to }
    }

    /// Bounds are widened to 1, 2 or 5 times a power of ten.
    pub(super) fn log(low: f64, high: f64, from: i32, to: i32) -> Self {
        let low = low.max(1e-3);
        let marks = one_two_five();
        let below = marks.iter().rev().find(|m| **m <= low).copied().unwrap_or(1e-3);
        let above = marks.iter().find(|m| **m >= high && **m > below).copied().unwrap_or(1e12);
        Self { kind: Kind::Log, low: below, high: above, from, to }
    }

    /// The pixel of a value; values beyond the bounds stand at the bounds.
    pub(super) fn pixel(&self, value: f64) -> i32 {
        let place = |v: f64| match self.kind {
            Kind::Linear => v,
            Kind::Log => libm::log10(v.max(1e-3)),
        };
        let (low, high) = (place(self.low), place(self.high));
        let share = ((place(value) - low) / (high - low)).clamp(0.0, 1.0);
        self.from + num::nearest(share * f64::from(self.to - self.from))
    }

    /// The value of a pixel.
    pub(super) fn value(&self, pixel: i32) -> f64 {
        let share = f64::from(pixel - self.from) / f64::from(self.to - self.from);
        match self.kind {
            Kind::Linear => self.low + share * (self.high - self.low),
            Kind::Log => {
                let (low, high) = (libm::log10(self.low), libm::log10(self.high));
                libm::pow(10.0, low + share * (high - low))
            }
        }
    }

    /// Ticks at round values, about `count` of them.
    pub(super) fn ticks(&self, count: u32) -> Vec<Tick> {
        match self.kind {
            Kind::Linear => self.linear_ticks(count),
            Kind::Log => self.log_ticks(),
        }
    }

    fn linear_ticks(&self, count: u32) -> Vec<Tick> {
        let step = round_step((self.high - self.low) / f64::from(count.max(1)));
        self.multiples(step, 1.0)
    }

    /// Multiples of a step within the bounds, written in units of `unit`.
    pub(super) fn multiples(&self, step: f64, unit: f64) -> Vec<Tick> {
        let decimals = step_decimals(step / unit);
        let mut nth = (self.low / step - 1e-9).ceil();
        let mut ticks = Vec::new();
        while nth * step <= self.high + step * 1e-6 {
            let value = nth * step;
            ticks.push(Tick { value, text: format!("{:.decimals$}", value / unit + 0.0) });
            nth += 1.0;
        }
        ticks
    }

    fn log_ticks(&self) -> Vec<Tick> {
        let decades = libm::log10(self.high / self.low);
        let marks = one_two_five().into_iter().enumerate();
        marks
            .filter(|(_, m)| *m >= self.low * 0.999 && *m <= self.high * 1.001)
            .map(|(nth, value)| {
                let said = decades < 3.2 || nth % 3 == 0;
                let text = if said { short(value) } else { String::new() };
                Tick { value, text }
            })
            .collect()
    }
}

/// 1, 2 and 5 times the powers of ten from 0.001 to 1e12.
fn one_two_five() -> Vec<f64> {
    let mut marks = Vec::new();
    let mut micro = 1_000_u64;
    while micro <= 1_000_000_000_000_000_000 {
        marks.extend([micro, micro * 2, micro * 5].map(|m| num::float(m) / 1e6));
        micro = if micro == 1_000_000_000_000_000_000 { break } else { micro * 10 };
    }
    marks
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is no smaller than this.
pub(super) fn round_step(least: f64) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let found = [1.0, 2.0, 2.5, 5.0].iter().map(|m| m * power).find(|step| *step >= least * 0.999);
    found.unwrap_or(10.0 * power)
}

fn step_decimals(step: f64) -> usize {
    let mut decimals = 0;
    let mut scaled = step;
    while (scaled - scaled.round()).abs() > 1e-6 * scaled && decimals < 6 {
        scaled *= 10.0;
        decimals += 1;
    }
    decimals
}

/// `1000` as `1 000`, `0.5` as it is.
fn short(value: f64) -> String {
    if value < 1.0 { format!("{value}") } else { num::grouped(num::nearest_count(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.text.as_str()).filter(|t| !t.is_empty()).collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(
            said(&Scale::linear(0.0, 100.0, 0, 500).ticks(5)),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(
            said(&Scale::linear(0.0, 0.9, 0, 500).ticks(4)),
            ["0.00", "0.25", "0.50", "0.75"]
        );
    }

    #[test]
    fn log_bounds_widen_to_round_values() {
        let scale = Scale::log(23.0, 4100.0, 0, 700);
        assert_eq!(
            said(&scale.ticks(0)),
            ["20", "50", "100", "200", "500", "1 000", "2 000", "5 000"]
        );
        assert_eq!(scale.pixel(20.0), 0);
        assert_eq!(scale.pixel(5000.0), 700);
        assert!((scale.value(scale.pixel(300.0)) / 300.0 - 1.0).abs() < 0.01);
        let wide = Scale::log(0.5, 60_000.0, 0, 700);
        assert_eq!(said(&wide.ticks(0)), ["1", "10", "100", "1 000", "10 000", "100 000"]);
    }

    #[test]
    fn one_value_still_has_a_scale() {
        let scale = Scale::log(100.0, 100.0, 0, 10);
        assert!(scale.high > scale.low);
        assert!(Scale::linear(3.0, 3.0, 0, 10).ticks(4).len() > 1);
    }
}
