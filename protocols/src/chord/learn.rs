//! The life of the learned model at one host: clocks, heartbeats, models fetched from others.

use std::sync::Arc;

use dhtlab_core::author::{Cause, Ctx, Draw as _, Key, NodeIx, Role, Span, Time, Traffic};

use super::call::Purpose;
use super::message::{Answer, Ask};
use super::node::{Chord, Timer};
use super::peer::Peer;
use crate::learned_chord::Model;
use crate::learned_chord::learner::{Learner, Tick};
use crate::learned_chord::lesson::{Lesson, Order, Readiness};

/// What a request about the learned model was.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// How are you?
    Heartbeat,
    /// Send me your model.
    Fetch,
    /// Look after a part of the ring, for part .0 of this host.
    Branch(u32),
    /// That is what my part has.
    Report,
    /// Virtual node .0 moves records .1, with their versions, to their owner of stretch .2; .3 are the
    /// successors of that one.
    Move(u16, Box<[(Key, u64)]>, (u64, u64), Arc<[Peer]>),
}

/// Neighbours that were not heard for so many heartbeats have no vote.
const HEARTBEATS_RECENT: u64 = 3;

/// The successors of each virtual node that heartbeats go to.
const NEIGHBOURS_AHEAD: usize = 2;

impl Chord {
    /// Starts the clocks of learning.
    pub(super) fn begin_learning(&mut self, ctx: &mut Ctx<'_, Self>) {
        if self.learner.is_none() || ctx.role() == Role::Client {
            return;
        }
        let params = ctx.params();
        for (tick, span) in [
            (Tick::Heartbeat, params.heartbeat_interval),
            (Tick::Check, params.retrain_check_interval),
        ] {
            let phase = Span::from_nanos(ctx.rng().below(span.as_nanos().max(1)));
            self.set_tick(tick, ctx.now() + phase, ctx);
        }
    }

    /// Lets a clock of learning strike at `at`.
    pub(super) fn set_tick(&mut self, tick: Tick, at: Time, ctx: &mut Ctx<'_, Self>) {
        if let Some(learner) = self.learner.as_deref_mut() {
            learner.due[tick as usize] = at;
        }
        self.wake(ctx);
    }

    /// Arms the timer for whatever is due next.
    pub(super) fn wake(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let next = learner.next_due();
        if next < learner.armed {
            learner.armed = next;
            ctx.arm_at(Timer::Learn, next);
        }
    }

    pub(super) fn on_learning_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.armed = Time::NEVER;
        for tick in Tick::ALL {
            let Some(learner) = self.learner.as_deref_mut() else { return };
            if learner.due[tick as usize] > now {
                continue;
            }
            learner.due[tick as usize] = Time::NEVER;
            ctx.attribute(Cause::background(Traffic::Learning));
            match tick {
                Tick::Heartbeat => self.beat(ctx),
                Tick::Check => self.check_trigger(ctx),
                Tick::Campaign => self.begin_round(ctx),
                Tick::Activate => self.activate_agreed(ctx),
                Tick::Migrate => self.migrate(ctx),
            }
        }
        ctx.attribute(Cause::background(Traffic::Learning));
        self.close_late_parts(ctx);
        self.wake(ctx);
    }

    /// The neighbours of all own virtual nodes, each host once.
    pub(super) fn neighbours(&self) -> Vec<Peer> {
        let mut found: Vec<Peer> = Vec::new();
        for own in self.vnodes.iter().filter(|own| own.is_member()) {
            let ahead = own.successors.iter().take(NEIGHBOURS_AHEAD).copied();
            for peer in own.predecessor.into_iter().chain(ahead) {
                let known = found.iter().any(|other| other.host == peer.host);
                if peer.host != own.me.host && !known {
                    found.push(peer);
                }
            }
        }
        found
    }

    fn heartbeat(&mut self, ctx: &Ctx<'_, Self>) -> Option<Lesson> {
        let keys_min = ctx.params().ready_keys_min;
        let learner = self.learner.as_deref_mut()?;
        let readiness = learner.readiness(keys_min, ctx.now());
        Some(Lesson::Heartbeat { readiness, order: learner.active.order() })
    }

    fn beat(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let after = Self::period(params.heartbeat_interval, params.jitter_percent, ctx);
        self.set_tick(Tick::Heartbeat, ctx.now() + after, ctx);
        for peer in self.neighbours() {
            let Some(lesson) = self.heartbeat(ctx) else { return };
            self.ask(peer, Ask::Lesson(Box::new(lesson)), Purpose::Lesson(Step::Heartbeat), ctx);
        }
    }

    /// A neighbour said how it is.
    fn hear_beat(
        &mut self,
        from: Peer,
        readiness: Readiness,
        order: Order,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.neighbours.insert(from.host, (readiness, ctx.now()));
        if order > learner.active.order() {
            self.fetch_model(from, order.0, ctx);
        }
    }

    /// Becomes a candidate if this host and its neighbours want a new model.
    fn check_trigger(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (params, now) = (ctx.params(), ctx.now());
        let after = Self::period(params.retrain_check_interval, params.jitter_percent, ctx);
        self.set_tick(Tick::Check, now + after, ctx);
        let alone = self.neighbours().is_empty();
        let member = self.vnodes.iter().any(super::Vnode::is_member);
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let old = params.heartbeat_interval.as_nanos().saturating_mul(HEARTBEATS_RECENT);
        let since = Time::from_nanos(now.as_nanos().saturating_sub(old));
        learner.neighbours.retain(|_, (_, at)| *at >= since);
        if learner.previous.as_ref().is_some_and(|(_, until)| *until <= now) {
            learner.previous = None;
        }
        let ready = learner.readiness(params.ready_keys_min, now) == Readiness::Ready;
        let busy = learner.blocked > now
            || learner.agreed.is_some()
            || learner.migrating
            || learner.due[Tick::Campaign as usize] != Time::NEVER;
        let percent = params.ready_neighbours_percent;
        if !ready || busy || !member || !learner.backed(since, percent, params.empty_abstain, alone)
        {
            return;
        }
        let backoff = Span::from_nanos(ctx.rng().below(params.backoff_max.as_nanos().max(1)));
        self.set_tick(Tick::Campaign, now + backoff, ctx);
    }

    /// Fetches the model that somebody has, if it is a later version.
    pub(super) fn fetch(&mut self, from: Peer, version: u32, ctx: &mut Ctx<'_, Self>) {
        if version > self.version() {
            let cause = ctx.cause();
            ctx.attribute(Cause::background(Traffic::Learning));
            self.fetch_model(from, version, ctx);
            ctx.attribute(cause);
        }
    }

    /// Fetches a model of at least this version from somebody.
    pub(super) fn fetch_model(&mut self, from: Peer, version: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        if std::mem::replace(&mut learner.fetching, true) {
            return;
        }
        let ask = Ask::Lesson(Box::new(Lesson::Fetch(version)));
        self.ask(from, ask, Purpose::Lesson(Step::Fetch), ctx);
    }

    /// A fetched model is here: it is used at once, unless it is one that is being prepared.
    fn fetched(&mut self, model: &Arc<Model>, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.fetching = false;
        learner.fetched += 1;
        let order = model.order();
        let agreed = learner.agreed.is_some_and(|(agreed, at)| agreed == order && at > ctx.now());
        if agreed || learner.prepares(order) {
            learner.prepare(model);
            self.hand_on_prepared(ctx);
        } else {
            self.activate(model, ctx);
        }
        self.resume_parked(ctx);
    }

    /// The answer to a request about the learned model.
    pub(super) fn serve_lesson(
        &mut self,
        from: NodeIx,
        vnode: u16,
        lesson: Lesson,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let Some(learner) = self.learner.as_deref_mut() else { return Answer::Refused };
        match lesson {
            Lesson::Heartbeat { readiness, order } => {
                self.hear_beat(Self::door(from, ctx), readiness, order, ctx);
                match self.heartbeat(ctx) {
                    Some(lesson) => Answer::Lesson(Box::new(lesson)),
                    None => Answer::Refused,
                }
            }
            Lesson::Fetch(version) => match learner.at_least(version) {
                Some(model) => Answer::Lesson(Box::new(Lesson::Model(Arc::clone(model)))),
                None => Answer::Refused,
            },
            Lesson::Move { order, items } => self.take_moved(from, vnode, order, &items, ctx),
            other => self.serve_round(vnode, other, ctx),
        }
    }

    pub(super) fn lesson_answered(
        &mut self,
        step: Step,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        match (step, answer) {
            (Step::Heartbeat, Answer::Lesson(lesson)) => {
                if let Lesson::Heartbeat { readiness, order } = *lesson {
                    self.hear_beat(peer, readiness, order, ctx);
                }
            }
            (Step::Fetch, Answer::Lesson(lesson)) => match &*lesson {
                Lesson::Model(model) => self.fetched(model, ctx),
                _ => self.lesson_silent(&Step::Fetch, peer, ctx),
            },
            (Step::Branch(part), Answer::Done) => self.branch_answered(part, peer, false, ctx),
            (Step::Branch(part), Answer::Model(version)) => {
                self.fetch(peer, version, ctx);
                self.branch_answered(part, peer, true, ctx);
            }
            (Step::Move(vnode, slots, stretch, behind), Answer::Done) => {
                self.moved(vnode, &slots, (peer, stretch), behind, ctx);
            }
            (step, _) => self.lesson_silent(&step, peer, ctx),
        }
    }

    pub(super) fn lesson_silent(&mut self, step: &Step, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        match step {
            Step::Heartbeat => {
                if let Some(learner) = self.learner.as_deref_mut() {
                    learner.neighbours.remove(&peer.host);
                }
            }
            Step::Fetch => {
                if let Some(learner) = self.learner.as_deref_mut() {
                    learner.fetching = false;
                }
                self.resume_parked(ctx);
            }
            Step::Branch(part) => self.branch_silent(*part, peer, ctx),
            Step::Report => {}
            Step::Move(vnode, ..) => self.move_failed(*vnode, ctx),
        }
    }

    /// A user stored a new record here.
    pub(super) fn learn_insert(&mut self, key: Key, ctx: &mut Ctx<'_, Self>) {
        if let Some(learner) = self.learner.as_deref_mut() {
            Learner::inserted(learner, key.name(), ctx.rng());
        }
    }

    /// A user removed a record here.
    pub(super) fn learn_removal(&mut self, key: Key) {
        if let Some(learner) = self.learner.as_deref_mut() {
            learner.removed(key.name());
        }
    }
}
