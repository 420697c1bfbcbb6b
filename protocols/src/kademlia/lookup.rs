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

use std::cmp::Ordering;

use arrayvec::ArrayVec;
use dhtlab_core::author::{Key, NodeIx, Span, Time};

use super::contacts::Contacts;
use super::keys::Keys;
use super::params::{LIST_MAX, Params, WalkPolicy};

/// The bound on candidates of one walk; beyond it the farthest that was not asked is forgotten.
pub const CANDIDATES_MAX: usize = 1_024;

/// What a walk knows of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Heard of. Left when it is asked.
    NotContacted,
    /// Asked; counts against the capacity until it answers, fails, or its time is over.
    Waiting,
    /// Asked, and its time is over. Kept apart from failed: a late answer still counts.
    Unresponsive,
    /// Known to have failed. Never left.
    Failed,
    /// Answered. Never left.
    Succeeded,
}

/// A contact in the order of its distance to the target.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// The leading 64 bits of the distance; ties are broken by the whole keys.
    distance: u64,
    node: NodeIx,
    state: State,
    /// 1 from the own table, else one more than that of the first node that named it.
    depth: u8,
}

const _: () = assert!(size_of::<Candidate>() == 16, "candidates are packed");

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
    target: Key,
    rules: WalkRules,
    mode: Mode,
    /// By distance, closest first.
    candidates: Vec<Candidate>,
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
            target,
            rules,
            mode: Mode::Iterating { without_progress: 0 },
            candidates: Vec::with_capacity(64),
            waiting: Vec::with_capacity(4),
            depth_max: 0,
        };
        walk.insert_all(seeds, 1, keys);
        walk
    }

    /// The key this walk goes to.
    pub fn target(&self) -> Key {
        self.target
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

    /// Finds the place of `node` among the candidates.
    fn search(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> (u64, Result<usize, usize>) {
        let distance = keys.prefix(node) ^ self.target.prefix();
        let found = self.candidates.binary_search_by(|candidate| {
            candidate.distance.cmp(&distance).then_with(|| self.tie(candidate.node, node, keys))
        });
        (distance, found)
    }

    /// Compares whole distances, where their leading words are equal.
    #[cold]
    fn tie(&self, a: NodeIx, b: NodeIx, keys: &(impl Keys + ?Sized)) -> Ordering {
        let distance = |node| keys.key(node).distance(self.target);
        if a == b { Ordering::Equal } else { distance(a).cmp(&distance(b)) }
    }

    /// A word of the candidates that a search passes first; see `Protocol::glance`.
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
        let (_, Ok(index)) = self.search(peer, keys) else { return false };
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
        let first = self.insert_all(closer, depth, keys);
        few || first < border
    }

    /// Adds all of `nodes` that are not known; returns the place of the closest of them among what
    /// was known before, or `usize::MAX`.
    ///
    /// A list of contacts comes sorted, and so are the candidates: one pass over both finds the
    /// places, and a second from the far end moves everything once.
    fn insert_all(&mut self, nodes: &[NodeIx], depth: u8, keys: &(impl Keys + ?Sized)) -> usize {
        let mut named: ArrayVec<(u64, NodeIx), LIST_MAX> = ArrayVec::new();
        let prefix = self.target.prefix();
        // Independent loads: their misses overlap.
        named.extend(nodes.iter().take(LIST_MAX).map(|node| (keys.prefix(*node) ^ prefix, *node)));
        if !named.is_sorted_by(|a, b| self.order(*a, *b, keys).is_lt()) {
            // Not from an honest peer, or from two buckets that tie.
            named.sort_by(|a, b| self.order(*a, *b, keys));
            let mut last = None;
            named.retain(|entry| last.replace(*entry) != Some(*entry));
        }
        let mut places: ArrayVec<(u32, u64, NodeIx), LIST_MAX> = ArrayVec::new();
        let mut at = 0;
        for entry in named {
            while self.candidates.get(at).is_some_and(|c| c.distance < entry.0) {
                at += 1;
            }
            let mut tied = at;
            let mut order = Ordering::Less;
            while let Some(c) = self.candidates.get(tied)
                && c.distance == entry.0
            {
                order = self.order((c.distance, c.node), entry, keys);
                if order.is_ge() {
                    break;
                }
                tied += 1;
            }
            if order != Ordering::Equal {
                places.push((u32::try_from(tied).unwrap_or(u32::MAX), entry.0, entry.1));
            }
        }
        let first = places.first().map_or(usize::MAX, |place| place.0 as usize);
        self.place(&places, depth);
        first
    }

    /// Puts new candidates at their places, which are in order and count what is known already.
    fn place(&mut self, places: &[(u32, u64, NodeIx)], depth: u8) {
        let mut end = self.candidates.len();
        let blank =
            Candidate { distance: 0, node: NodeIx::new(0), state: State::NotContacted, depth };
        self.candidates.resize(end + places.len(), blank);
        for (shift, &(place, distance, node)) in (1..=places.len()).rev().zip(places.iter().rev()) {
            let place = place as usize;
            self.candidates.copy_within(place..end, place + shift);
            self.candidates[place + shift - 1] = Candidate { distance, node, ..blank };
            end = place;
        }
        while self.candidates.len() > CANDIDATES_MAX {
            let farthest = self.candidates.iter().rposition(|c| c.state == State::NotContacted);
            let Some(farthest) = farthest else { return };
            self.candidates.remove(farthest);
        }
    }

    /// Compares two contacts with the leading words of their distances.
    fn order(&self, a: (u64, NodeIx), b: (u64, NodeIx), keys: &(impl Keys + ?Sized)) -> Ordering {
        a.0.cmp(&b.0).then_with(|| self.tie(a.1, b.1, keys))
    }

    /// The question to `peer` failed. Says whether that is news.
    pub fn on_failure(&mut self, peer: NodeIx, keys: &(impl Keys + ?Sized)) -> bool {
        let (_, Ok(index)) = self.search(peer, keys) else { return false };
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
        self.insert_all(nodes, depth, keys);
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
        self.search(node, keys).1.map_or(0, |index| self.candidates[index].depth)
    }

    /// The state of `node`, if it is a candidate.
    pub fn state(&self, node: NodeIx, keys: &(impl Keys + ?Sized)) -> Option<State> {
        self.search(node, keys).1.ok().map(|index| self.candidates[index].state)
    }
}
