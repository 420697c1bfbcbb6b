//! The walk towards the nodes closest to a key, as a machine that never does I/O.
//!
//! The calling protocol: [`Lookup::poll`] until it says something else than [`Step::Ask`]; send what
//! it asks for; report each answer and each failure; poll again, at the latest at
//! [`Lookup::next_deadline`]. When it says [`Step::Finished`], [`Lookup::results`] has the result.
//!
//! Notes on where this is not the paper's text but rust-libp2p's `ClosestPeersIter`, which measured
//! figures depend on: while one of the R closest is silent and capacity is left, the scan goes on and
//! asks entries beyond the R closest; whether there is capacity is decided once at the start of a
//! scan; a stalled walk asks up to R peers at once. [`WalkRules::strict`] and [`WalkPolicy::Paper`]
//! switch this off.

use dhtlab_core::author::{Key, NodeIx, Span, Time};

use super::candidates::Candidates;
pub use super::candidates::{CANDIDATES_MAX, State};
use super::contacts::Contacts;
use super::keys::Keys;
use super::params::{Params, WalkPolicy};

/// Where a walk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Answers bring progress; left after alpha answers in a row without any.
    Iterating {
        /// Answers in a row without progress.
        without_progress: u32,
    },
    /// No progress: up to R requests at once (the paper: ask all of the k closest not yet asked).
    /// Left when an answer brings progress.
    Stalled,
    /// Over. Never left.
    Finished,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this contact, and poll again.
    Ask(NodeIx),
    /// Wait for answers; there is capacity but nobody to ask.
    Wait,
    /// Wait for answers; all capacity is in use.
    WaitAtCapacity,
    /// The walk is over.
    Finished,
}

/// The numbers a walk goes by.
#[derive(Clone, Copy, Debug)]
pub struct WalkRules {
    /// What counts as progress.
    pub policy: WalkPolicy,
    /// Ask nobody beyond the `results` closest that did not fail.
    pub strict: bool,
    /// Requests in flight while there is progress.
    pub alpha: u32,
    /// How many of the closest must have answered.
    pub results: u32,
    /// After this long a peer is not waited for.
    pub peer_timeout: Span,
}

impl WalkRules {
    /// The rules of `params` for a walk with `results` results.
    pub fn new(params: &Params, results: u32) -> Self {
        Self {
            policy: params.walk,
            strict: params.strict_k || params.walk == WalkPolicy::Paper,
            alpha: params.alpha,
            results,
            peer_timeout: params.peer_timeout,
        }
    }
}

/// One walk.
#[derive(Clone, Debug)]
pub struct Lookup {
    rules: WalkRules,
    mode: Mode,
    candidates: Candidates,
    /// Who is waited for and until when; the timeout is constant, so this is in order of time.
    waiting: Vec<(NodeIx, Time)>,
    depth_max: u8,
}

impl Lookup {
    /// A walk towards `target` that starts with `seeds`, which are not to hold the own node.
    pub fn new(
        target: Key,
        rules: WalkRules,
        seeds: &[NodeIx],
        keys: &(impl Keys + ?Sized),
    ) -> Self {
        let mut walk = Self {
            rules,
            mode: Mode::Iterating { without_progress: 0 },
            candidates: Candidates::new(target),
            waiting: Vec::with_capacity(4),
            depth_max: 0,
        };
        walk.candidates.add(seeds, 1, keys);
        walk
    }

    /// The key this walk goes to.
    pub fn target(&self) -> Key {
        self.candidates.target()
    }

    /// Where the walk is.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How many peers are waited for.
    pub fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    /// The largest depth that was asked.
    pub fn depth_max(&self) -> u8 {
        self.depth_max
    }

    /// A word of each line of the candidates that a search passes first; see `Protocol::glance`.
    pub(super) fn glance(&self) -> u64 {
        let passed = self.candidates.chunks(4).take(16).filter_map(|line| line.first());
        passed.fold(0, |word, candidate| word ^ candidate.distance)
    }

    fn at_capacity(&self) -> bool {
        let limit = match self.mode {
            Mode::Iterating { .. } => self.rules.alpha,
            Mode::Stalled => self.rules.alpha.max(self.rules.results),
            Mode::Finished => 0,
        };
        self.waiting.len() >= limit as usize
    }

    /// What to do next at `now`.
    pub fn poll(&mut self, now: Time) -> Step {
        loop {
            let waiting = self.waiting.len();
            let step = self.scan(now);
            // A scan that freed capacity by timeouts is followed by another: real nodes are polled
            // again by any event, here nothing else may happen for a long time.
            if step != Step::WaitAtCapacity || self.waiting.len() == waiting {
                return step;
            }
        }
    }

    /// One scan from the closest candidate outwards.
    fn scan(&mut self, now: Time) -> Step {
        if self.mode == Mode::Finished {
            return Step::Finished;
        }
        let full = self.at_capacity();
        let results = self.rules.results;
        let reach = if self.rules.strict { results } else { u32::MAX };
        // Answers so far without a gap; None once somebody closer is still waited for.
        let mut answered = Some(0);
        let mut alive = 0;
        for index in 0..self.candidates.len() {
            if alive >= reach {
                break;
            }
            alive += 1;
            let state = self.candidates[index].state;
            match state {
                State::Waiting if self.give_up(index, now) => alive -= 1,
                State::Waiting | State::NotContacted if full => return Step::WaitAtCapacity,
                State::Waiting => answered = None,
                State::NotContacted => return self.ask(index, now),
                State::Succeeded => {
                    answered = answered.map(|count| count + 1);
                    if answered.is_some_and(|count| count >= results) {
                        self.mode = Mode::Finished;
                        return Step::Finished;
                    }
                }
                State::Unresponsive | State::Failed => alive -= 1,
            }
        }
        if self.waiting.is_empty() {
            self.mode = Mode::Finished;
            Step::Finished
        } else {
            Step::Wait
        }
    }

    fn ask(&mut self, index: usize, now: Time) -> Step {
        let candidate = &mut self.candidates[index];
        candidate.state = State::Waiting;
        self.depth_max = self.depth_max.max(candidate.depth);
        self.waiting.push((candidate.node, now.saturating_add(self.rules.peer_timeout)));
        Step::Ask(candidate.node)
    }

    /// Stops waiting for the candidate at `index` if its time is over; says whether it was.
    fn give_up(&mut self, index: usize, now: Time) -> bool {
        // In order of time: while the first is not due, nobody is.
        if self.waiting.first().is_none_or(|(_, deadline)| *deadline > now) {
            return false;
        }
        let node = self.candidates[index].node;
        let Some(at) = self.waiting.iter().position(|(other, _)| *other == node) else {
            return false;
        };
        if self.waiting[at].1 > now {
            return false;
        }
        self.waiting.remove(at);
        self.candidates[index].state = State::Unresponsive;
        true
    }

    fn stop_waiting(&mut self, node: NodeIx) {
        if let Some(at) = self.waiting.iter().position(|(other, _)| *other == node) {
            self.waiting.remove(at);
        }
    }

    /// `peer` answered and named `closer`, which is not to hold the own node. Says whether the
    /// answer counts: only one to a question of this walk does, and only once.
    pub fn on_answer(
        &mut self,
        peer: NodeIx,
        closer: &[NodeIx],
        keys: &(impl Keys + ?Sized),
    ) -> bool {
        let Some(index) = self.candidates.search(peer, keys) else { return false };
        match self.candidates[index].state {
            State::Waiting => self.stop_waiting(peer),
            State::Unresponsive => {}
            State::NotContacted | State::Failed | State::Succeeded => return false,
        }
        self.candidates[index].state = State::Succeeded;
        let depth = self.candidates[index].depth.saturating_add(1);
        let progress = self.merge(closer, depth, keys);
        self.mode = match self.mode {
            Mode::Finished => Mode::Finished,
            Mode::Iterating { .. } | Mode::Stalled if progress => {
                Mode::Iterating { without_progress: 0 }
            }
            Mode::Iterating { without_progress } if without_progress + 1 < self.rules.alpha => {
                Mode::Iterating { without_progress: without_progress + 1 }
            }
            Mode::Iterating { .. } | Mode::Stalled => Mode::Stalled,
        };
        true
    }

    /// Adds what an answer named; says whether that is progress.
    fn merge(&mut self, closer: &[NodeIx], depth: u8, keys: &(impl Keys + ?Sized)) -> bool {
        let known = self.candidates.len();
        let (few, border) = match self.rules.policy {
            WalkPolicy::Libp2p => {
                let results = self.rules.results as usize;
                (known < results, known.min(results))
            }
            WalkPolicy::Paper => (false, 1),
        };
        // What is placed before the entry that was at the border is closer than it was.
        let first = self.candidates.add(closer, depth, keys);
        few || first < border
    }

    /// The question to `peer` failed. Says whether that is news.
    pub fn on_failure(&mut self, peer: NodeIx, keys: &(impl Keys + ?Sized)) -> bool {
        let Some(index) = self.candidates.search(peer, keys) else { return false };
        match self.candidates[index].state {
            State::Waiting => self.stop_waiting(peer),
            State::Unresponsive => {}
            State::NotContacted | State::Failed | State::Succeeded => return false,
        }
        self.candidates[index].state = State::Failed;
        true
    }

    /// Adds candidates from elsewhere than an answer's list of contacts.
    pub fn add(&mut self, nodes: &[NodeIx], depth: u8, keys: &(impl Keys + ?Sized)) {
        self.candidates.add(nodes, depth, keys);
    }

    /// Ends the walk now.
    pub fn finish(&mut self) {
        self.mode = Mode::Finished;
    }

    /// The first instant after `now` at which somebody will not be waited for any more.
    pub fn next_deadline(&self, now: Time) -> Time {
        self.waiting
            .iter()
            .map(|(_, deadline)| *deadline)
            .find(|deadline| *deadline > now)
            .unwrap_or(Time::NEVER)
    }

    /// Is the time over of somebody who is still waited for?
    pub fn is_due(&self, now: Time) -> bool {
        self.waiting.first().is_some_and(|(_, deadline)| *deadline <= now)
    }

    /// Who answered, closest first.
    pub fn answered(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.candidates.iter().filter(|c| c.state == State::Succeeded).map(|c| c.node)
    }

    /// The result: the closest that answered.
    pub fn results(&self) -> Contacts {
        self.answered().take(self.rules.results as usize).collect()
    }

    /// The depth of the closest that answered; zero when nobody did.
    pub fn depth_closest(&self) -> u8 {
        self.candidates.iter().find(|c| c.state == State::Succeeded).map_or(0, |c| c.depth)
    }

    /// The depth of `node`; zero when it is no candidate.
    pub fn depth(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> u8 {
        self.candidates.search(node, keys).map_or(0, |index| self.candidates[index].depth)
    }

    /// The state of `node`, if it is a candidate.
    pub fn state(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Option<State> {
        self.candidates.search(node, keys).map(|index| self.candidates[index].state)
    }
}
