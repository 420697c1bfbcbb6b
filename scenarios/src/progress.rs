//! Progress on stderr: a bar on a terminal, a line every ten seconds otherwise.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "progress is shown in wall time; no result depends on it"
)]

use std::io::{IsTerminal, Write as _};
use std::time::{Duration, Instant};

use dhtlab_core::time::{Span, Time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where a command shows how far it is.
#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    label: String,
    started: Instant,
    last: Option<Instant>,
}

#[derive(Debug)]
enum Mode {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

/// Between two lines when stderr is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Between two redraws of the bar.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Steps of the bar.
const STEPS: u64 = 1_000;

impl Progress {
    /// Progress of the run called `label`; says nothing when `quiet`.
    pub fn new(label: &str, quiet: bool) -> Self {
        let mode = if quiet {
            Mode::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(label.to_owned());
            Mode::Bar(bar)
        } else {
            Mode::Lines
        };
        Self { mode, label: label.to_owned(), started: Instant::now(), last: None }
    }

    /// The run is at `now` of `end`, has handled `events`, and `live` nodes are up. Cheap: call it at
    /// the end of every window.
    pub fn update(&mut self, now: Time, end: Time, events: u64, live: u64) {
        let every = match self.mode {
            Mode::Quiet => return,
            Mode::Lines => LINE_EVERY,
            Mode::Bar(_) => DRAW_EVERY,
        };
        let wall = Instant::now();
        if wall.duration_since(self.last.unwrap_or(self.started)) < every {
            return;
        }
        self.last = Some(wall);
        let spent = wall.duration_since(self.started).as_secs_f64();
        let done = share(now, end);
        let message = status(now, end, events, live, spent, done);
        match &self.mode {
            Mode::Quiet => {}
            Mode::Lines => {
                let _ = writeln!(anstream::stderr(), "{}: {message}", self.label);
            }
            Mode::Bar(bar) => {
                bar.set_position(steps(done));
                bar.set_message(message);
            }
        }
    }

    /// The run is over; the bar goes away. Returns the wall time it took, in seconds.
    pub fn finish(self) -> f64 {
        if let Mode::Bar(bar) = &self.mode {
            bar.finish_and_clear();
        }
        self.started.elapsed().as_secs_f64()
    }
}

fn share(now: Time, end: Time) -> f64 {
    let total = end.as_secs_f64();
    if total > 0.0 { (now.as_secs_f64() / total).clamp(0.0, 1.0) } else { 1.0 }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar of 1000 steps")]
fn steps(done: f64) -> u64 {
    (done * 1_000.0) as u64
}

/// Such as `12m of 2h, 3.1 million events/s, 998 live, about 40 s left`.
fn status(now: Time, end: Time, events: u64, live: u64, spent: f64, done: f64) -> String {
    let seconds = |time: Time| {
        let whole = time.as_nanos() / 1_000_000_000;
        Span::from_secs(if whole > 600 { whole / 60 * 60 } else { whole })
    };
    let rate = u32::try_from(events).map_or(f64::from(u32::MAX), f64::from) / spent.max(1e-3);
    let left = if done > 0.0 { spent / done - spent } else { 0.0 };
    format!(
        "{} of {}, {} events/s, {live} live, {} left",
        seconds(now),
        seconds(end),
        crate::estimate::show_count(rate),
        crate::estimate::show_seconds(left),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_where_the_run_is() {
        let at = |mins| Time::ZERO + Span::from_mins(mins);
        let text = status(at(30), at(120), 9_000_000, 998, 3.0, 0.25);
        assert_eq!(text, "30m of 2h, 3.0 million events/s, 998 live, 9 s left");
    }
}
