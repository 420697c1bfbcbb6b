//! What a host knows about learned models: the one it uses, the one before, the one to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab_core::author::{Draw, NodeIx, Span, Time};

use super::lesson::{Order, Readiness, Round};
use super::part::{Job, Part};
use super::trigger::{Monitor, Thresholds, Trigger};
use super::{Model, Reservoir};
use crate::chord::params::{Params, TriggerRule};

/// The clocks of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tick {
    /// Neighbours are told how this host is.
    Heartbeat = 0,
    /// The trigger is looked at.
    Check = 1,
    /// The backoff of a candidate is over.
    Campaign = 2,
    /// The next model becomes active.
    Activate = 3,
    /// Records that are elsewhere now are moved.
    Migrate = 4,
}

impl Tick {
    pub(crate) const ALL: [Self; 5] =
        [Self::Heartbeat, Self::Check, Self::Campaign, Self::Activate, Self::Migrate];
}

/// The round that a host takes part in.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) round: Round,
    /// Until then no other round of a larger coordinator is listened to.
    pub(crate) until: Time,
    /// Parts taken: job, virtual node, for whom.
    pub(crate) taken: Vec<(u8, u16, u64)>,
}

/// The learning of one host.
#[derive(Debug)]
pub(crate) struct Learner {
    pub(crate) active: Arc<Model>,
    /// The model before, and until when reads fall back on it.
    pub(crate) previous: Option<(Arc<Model>, Time)>,
    /// The model that was prepared.
    pub(crate) next: Option<Arc<Model>>,
    /// Which model becomes active when.
    pub(crate) agreed: Option<(Order, Time)>,
    pub(crate) monitor: Monitor,
    pub(crate) reservoir: Option<Reservoir>,
    /// What neighbours said last, and when.
    pub(crate) neighbours: BTreeMap<NodeIx, (Readiness, Time)>,
    pub(crate) heard: Option<Heard>,
    pub(crate) parts: Vec<Part>,
    pub(crate) next_part: u32,
    /// Rounds that this host began.
    pub(crate) rounds: u32,
    /// Rounds in a row that ended without a new model.
    pub(crate) in_vain: u32,
    /// No round of its own before.
    pub(crate) blocked: Time,
    pub(crate) due: [Time; 5],
    /// When the timer fires.
    pub(crate) armed: Time,
    /// A model is being fetched.
    pub(crate) fetching: bool,
    /// Lookups that wait for it.
    pub(crate) parked: Vec<u32>,
    /// Some records may be at the wrong host.
    pub(crate) migrating: bool,
    /// The virtual nodes with a move under way.
    pub(crate) moving: Vec<u16>,
    pub(crate) activations: u32,
    pub(crate) fetched: u32,
}

fn trigger(rule: TriggerRule) -> Trigger {
    match rule {
        TriggerRule::Lead40 => Trigger::Lead40,
        TriggerRule::Ks => Trigger::Ks,
        TriggerRule::Dlht => Trigger::Dlht,
        TriggerRule::None => Trigger::None,
    }
}

impl Learner {
    /// A host with the model that rings are born with.
    pub(crate) fn new(params: &Params, now: Time) -> Self {
        let thresholds = Thresholds {
            growth_percent: params.ready_percent,
            keys_min: u64::from(params.ready_keys_min),
            ..Thresholds::default()
        };
        let dlht = params.trigger == TriggerRule::Dlht;
        Self {
            active: Arc::new(Model::identity()),
            previous: None,
            next: None,
            agreed: None,
            monitor: Monitor::new(trigger(params.trigger), thresholds, now),
            reservoir: dlht.then(|| Reservoir::new(params.reservoir as usize)),
            neighbours: BTreeMap::new(),
            heard: None,
            parts: Vec::new(),
            next_part: 0,
            rounds: 0,
            in_vain: 0,
            blocked: Time::ZERO,
            due: [Time::NEVER; 5],
            armed: Time::NEVER,
            fetching: false,
            parked: Vec::new(),
            migrating: false,
            moving: Vec::new(),
            activations: 0,
            fetched: 0,
        }
    }

    /// A new record of this name came to its owner here.
    pub(crate) fn inserted(&mut self, name: u64, draw: &mut impl Draw) {
        self.monitor.insert(self.active.leaf(name), true);
        if let Some(reservoir) = &mut self.reservoir {
            reservoir.insert(name, draw);
        }
    }

    /// A record of this name was removed by its user.
    pub(crate) fn removed(&mut self, name: u64) {
        self.monitor.remove();
        if let Some(reservoir) = &mut self.reservoir {
            reservoir.remove(name);
        }
    }

    /// How this host feels about its model.
    pub(crate) fn readiness(&mut self, keys_min: u32, now: Time) -> Readiness {
        if self.monitor.ready(now).is_some() {
            Readiness::Ready
        } else if self.monitor.total() < u64::from(keys_min) {
            Readiness::Empty
        } else {
            Readiness::Content
        }
    }

    /// Do enough of the neighbours that were heard after `since` want a new model, too? `alone`: there
    /// are none. With `abstain`, those without enough keys have no vote.
    pub(crate) fn backed(&self, since: Time, percent: u32, abstain: bool, alone: bool) -> bool {
        if alone || percent == 0 {
            return true;
        }
        let heard: Vec<Readiness> =
            self.neighbours.values().filter(|n| n.1 >= since).map(|n| n.0).collect();
        let votes = |wanted: Readiness| heard.iter().filter(|had| **had == wanted).count();
        let ready = votes(Readiness::Ready);
        let voters = heard.len() - if abstain { votes(Readiness::Empty) } else { 0 };
        let nobody = voters == 0 && abstain && !heard.is_empty();
        nobody || (ready > 0 && ready * 100 >= voters * percent as usize)
    }

    /// A round is heard of. False when it is not to be listened to: another one of a smaller
    /// coordinator is under way.
    pub(crate) fn listen(&mut self, round: Round, now: Time, patience: Span) -> bool {
        if let Some(heard) = &self.heard {
            let had = heard.round;
            if had == round {
                return true;
            }
            let better = round.base > had.base
                || (round.base == had.base && round.coordinator < had.coordinator);
            let again = round.coordinator == had.coordinator && round.number > had.number;
            let outdated = round.coordinator == had.coordinator && round.number < had.number;
            if outdated || (heard.until > now && !better && !again) {
                return false;
            }
        }
        // What was done for another round is in vain.
        self.parts.retain(|part| matches!(part.job, Job::Activate { .. }));
        self.due[Tick::Campaign as usize] = Time::NEVER;
        self.blocked = self.blocked.max(now + patience);
        self.heard = Some(Heard { round, until: now + patience, taken: Vec::new() });
        true
    }

    /// The model of this name, if it is here.
    pub(crate) fn model(&self, order: Order) -> Option<&Arc<Model>> {
        let next = self.next.as_ref();
        std::iter::once(&self.active).chain(next).find(|model| model.order() == order)
    }

    /// Is a model of this name being prepared here?
    pub(crate) fn prepares(&self, order: Order) -> bool {
        let wanted = |part: &Part| matches!(part.job, Job::Prepare { order: o, .. } if o == order);
        self.parts.iter().any(wanted)
    }

    /// A model of at least this version, one in use rather than one to come.
    pub(crate) fn at_least(&self, version: u32) -> Option<&Arc<Model>> {
        let next = self.next.as_ref();
        std::iter::once(&self.active).chain(next).find(|model| model.version() >= version)
    }

    /// Keeps a model at hand, unless a later one is.
    pub(crate) fn prepare(&mut self, model: &Arc<Model>) {
        let older = |had: &Arc<Model>| self.agreed.is_none_or(|(order, _)| had.order() != order);
        if model.order() > self.active.order() && self.next.as_ref().is_none_or(older) {
            self.next = Some(Arc::clone(model));
        }
    }

    /// Agrees to use a model from `at` on, unless a later one is agreed on. True when that is news.
    pub(crate) fn agree(&mut self, order: Order, at: Time) -> bool {
        let later = self.agreed.is_none_or(|(agreed, _)| agreed < order);
        if order <= self.active.order() || !later {
            return false;
        }
        self.agreed = Some((order, at));
        self.due[Tick::Activate as usize] = at;
        true
    }

    /// Uses `model` from now on; reads fall back on the one before until `until`.
    pub(crate) fn switch(&mut self, model: Arc<Model>, until: Time) {
        assert!(model.order() > self.active.order(), "models only ever follow older ones");
        let version = model.version();
        self.previous = Some((std::mem::replace(&mut self.active, model), until));
        self.activations += 1;
        self.in_vain = 0;
        let order = self.active.order();
        self.next = self.next.take().filter(|next| next.order() > order);
        if self.agreed.is_some_and(|(agreed, _)| agreed <= order) {
            self.agreed = None;
            self.due[Tick::Activate as usize] = Time::NEVER;
        }
        self.due[Tick::Campaign as usize] = Time::NEVER;
        self.parts.retain(|part| {
            part.errand.round.base >= version || matches!(part.job, Job::Activate { .. })
        });
        self.neighbours.clear();
    }

    /// When the timer has to fire.
    pub(crate) fn next_due(&self) -> Time {
        let parts = self.parts.iter().map(|part| part.deadline);
        self.due.iter().copied().chain(parts).min().unwrap_or(Time::NEVER)
    }
}
