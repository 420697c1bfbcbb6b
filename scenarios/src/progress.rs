//! Progress on stderr: a bar on a terminal, a line every ten seconds otherwise.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "progress is shown in wall time; no result depends on it"
)]

use std::io::{IsTerminal, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dhtlab_core::time::{Span, Time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where a command shows how far its runs are.
#[derive(Debug)]
pub struct Progress {
    mode: Mode,
    started: Instant,
    state: Mutex<State>,
}

/// One run among them.
#[derive(Debug)]
pub struct RunProgress<'a> {
    all: &'a Progress,
    label: String,
    weight: f64,
    started: Instant,
    /// What this run has added to the sums so far.
    done: f64,
    events: u64,
}

#[derive(Debug)]
enum Mode {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

/// Sums over all runs.
#[derive(Debug)]
struct State {
    runs: usize,
    over: usize,
    weight: f64,
    done: f64,
    events: u64,
    last: Option<Instant>,
}

/// Between two lines when stderr is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Between two redraws of the bar.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Steps of the bar.
const STEPS: u64 = 1_000;

impl Progress {
    /// Progress of `runs` runs that weigh `weight` together; says nothing when `quiet`.
    pub fn new(runs: usize, weight: f64, quiet: bool) -> Self {
        let mode = if quiet {
            Mode::Quiet
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix} [{bar:30}] {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            Mode::Bar(bar)
        } else {
            Mode::Lines
        };
        let state = State { runs, over: 0, weight, done: 0.0, events: 0, last: None };
        Self { mode, started: Instant::now(), state: Mutex::new(state) }
    }

    /// A run called `label` begins, which weighs `weight`.
    pub fn run(&self, label: &str, weight: f64) -> RunProgress<'_> {
        let (label, started) = (label.to_owned(), Instant::now());
        RunProgress { all: self, label, weight, started, done: 0.0, events: 0 }
    }

    /// All runs are over; the bar goes away.
    pub fn finish(&self) {
        if let Mode::Bar(bar) = &self.mode {
            bar.finish_and_clear();
        }
    }

    fn show(
        &self,
        label: &str,
        message: impl FnOnce(&State, f64) -> String,
        by: impl FnOnce(&mut State),
    ) {
        let every = match self.mode {
            Mode::Quiet => return,
            Mode::Lines => LINE_EVERY,
            Mode::Bar(_) => DRAW_EVERY,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        by(&mut state);
        let wall = Instant::now();
        if wall.duration_since(state.last.unwrap_or(self.started)) < every {
            return;
        }
        state.last = Some(wall);
        let spent = wall.duration_since(self.started).as_secs_f64();
        let (message, several) = (message(&state, spent), state.runs > 1);
        let label = if several {
            format!("{} of {} runs", state.over, state.runs)
        } else {
            label.to_owned()
        };
        match &self.mode {
            Mode::Quiet => {}
            Mode::Lines => {
                let _ = writeln!(anstream::stderr(), "{label}: {message}");
            }
            Mode::Bar(bar) => {
                bar.set_prefix(label);
                bar.set_position(steps(state.done / state.weight.max(1e-9)));
                bar.set_message(message);
            }
        }
    }
}

impl RunProgress<'_> {
    /// The run is at `now` of `end`, has handled `events`, and `live` nodes are up. Cheap: call it at
    /// the end of every window.
    pub fn update(&mut self, now: Time, end: Time, events: u64, live: u64) {
        let done = share(now, end) * self.weight;
        let (more, new) = (done - self.done, events.saturating_sub(self.events));
        (self.done, self.events) = (done, events);
        let message = |state: &State, spent: f64| {
            if state.runs > 1 {
                rate_and_rest(state.events, spent, state.done / state.weight.max(1e-9))
            } else {
                status(now, end, events, live, spent, share(now, end))
            }
        };
        self.all.show(&self.label, message, |state| {
            state.done += more;
            state.events += new;
        });
    }

    /// The run is over. Returns the wall time it took, in seconds.
    pub fn finish(self) -> f64 {
        let mut state = self.all.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.over += 1;
        state.done += self.weight - self.done;
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

/// Such as `12m of 2h, 998 live, 3.1 million events/s, 40 s left`.
fn status(now: Time, end: Time, events: u64, live: u64, spent: f64, done: f64) -> String {
    let seconds = |time: Time| {
        let whole = time.as_nanos() / 1_000_000_000;
        Span::from_secs(if whole > 600 { whole / 60 * 60 } else { whole })
    };
    format!(
        "{} of {}, {live} live, {}",
        seconds(now),
        seconds(end),
        rate_and_rest(events, spent, done),
    )
}

/// Such as `3.1 million events/s, 40 s left`.
fn rate_and_rest(events: u64, spent: f64, done: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let rate = events as f64 / spent.max(1e-3);
    let left = if done > 0.0 { spent / done - spent } else { 0.0 };
    format!(
        "{} events/s, {} left",
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
        assert_eq!(text, "30m of 2h, 998 live, 3.0 million events/s, 9 s left");
    }
}
