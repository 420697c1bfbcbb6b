//! Rounds: from a candidate to a model that everybody uses. Each job of a round (collect, prepare,
//! activate) goes over a tree of fingers, and what it finds comes back the same way.

use std::sync::Arc;

use dhtlab_core::author::{Ctx, Span, Time};

use super::call::Purpose;
use super::learn::Step;
use super::message::{Answer, Ask};
use super::node::Chord;
use super::params::{Params, Scope};
use super::peer::Peer;
use crate::learned_chord::fedavg::Weight;
use crate::learned_chord::learner::Tick;
use crate::learned_chord::lesson::{Errand, Lesson, Order, Round, Told};
use crate::learned_chord::part::{Job, Part};
use crate::learned_chord::tree;

/// The patience of a part shrinks by a sixteenth of the coordinator's with each level.
const LEVELS: u64 = 16;
/// And ends there.
const LEVELS_MAX: u64 = 12;
/// A coordinator whose rounds lead nowhere waits twice as long after each, up to 2^this.
const IN_VAIN_MAX: u32 = 6;

/// How long a round may take.
fn patience(params: &Params) -> Span {
    params.summary_wait * 2 + params.activation_delay
}

impl Chord {
    /// Starts a round as its coordinator.
    pub(super) fn begin_round(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (now, coordinator) = (ctx.now(), ctx.key_prefix(ctx.me()));
        let Some(own) = self.vnodes.iter().find(|own| own.is_member()) else { return };
        let own = own.me;
        let Some(learner) = self.learner.as_deref_mut() else { return };
        if learner.blocked > now || learner.agreed.is_some() {
            return;
        }
        learner.rounds += 1;
        let round = Round { base: learner.active.version(), coordinator, number: learner.rounds };
        if learner.listen(round, now, patience(ctx.params())) {
            let errand = Errand { round, by: own, until: own.id, depth: 0 };
            self.take_part(own, errand, Job::Collect, ctx);
        }
    }

    /// The answer to a message of a round.
    pub(super) fn serve_round(
        &mut self,
        vnode: u16,
        lesson: Lesson,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        match lesson {
            Lesson::Collect(errand) => self.serve_errand(vnode, errand, Job::Collect, ctx),
            Lesson::Prepare { errand, order, model } => {
                self.serve_errand(vnode, errand, Job::Prepare { order, model }, ctx)
            }
            Lesson::Activate { errand, order, at } => {
                self.serve_errand(vnode, errand, Job::Activate { order, at }, ctx)
            }
            Lesson::Summary { round, by, told } => {
                self.report(vnode, (round, 0), by, told, ctx);
                Answer::Done
            }
            Lesson::Prepared { round, by, count } => {
                self.report(vnode, (round, 1), by, Told::Prepared(count), ctx);
                Answer::Done
            }
            _ => Answer::Refused,
        }
    }

    /// Takes an errand, unless it is outdated or was taken from somebody else.
    fn serve_errand(
        &mut self,
        vnode: u16,
        errand: Errand,
        job: Job,
        ctx: &mut Ctx<'_, Self>,
    ) -> Answer {
        let Some(own) = self.member(vnode).map(|own| own.me) else { return Answer::Refused };
        let now = ctx.now();
        let Some(learner) = self.learner.as_deref_mut() else { return Answer::Refused };
        let elsewhere = Answer::Model(learner.active.version());
        // What is agreed on stands, whoever else has plans.
        let agreed = matches!(job, Job::Activate { .. });
        let outdated = errand.round.base < learner.active.version();
        if outdated || !(learner.listen(errand.round, now, patience(ctx.params())) || agreed) {
            return elsewhere;
        }
        if let Some(heard) = learner.heard.as_mut().filter(|heard| heard.round == errand.round) {
            let mine = |taken: &&(u8, u16, u64)| taken.0 == job.number() && taken.1 == vnode;
            if let Some((_, _, by)) = heard.taken.iter().find(mine) {
                // Its acknowledgement was lost, or it was given up and comes by another way.
                return if *by == errand.by.id { Answer::Done } else { elsewhere };
            }
            heard.taken.push((job.number(), vnode, errand.by.id));
        }
        if errand.round.base > learner.active.version() {
            self.fetch_model(errand.by, errand.round.base, ctx);
        }
        self.take_part(own, errand, job, ctx);
        Answer::Done
    }

    /// Does the own part of a job and hands the rest on.
    fn take_part(&mut self, own: Peer, errand: Errand, job: Job, ctx: &mut Ctx<'_, Self>) {
        let told = match &job {
            Job::Collect => self.summarise(own, errand.round.base, ctx.params()),
            Job::Prepare { .. } => Told::Prepared(1),
            Job::Activate { .. } => Told::Nothing,
        };
        let wait = ctx.params().summary_wait.as_nanos() / LEVELS;
        let levels = LEVELS - u64::from(errand.depth).min(LEVELS_MAX);
        let deadline = ctx.now() + Span::from_nanos(wait * levels);
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let id = learner.next_part;
        learner.next_part = id.wrapping_add(1);
        let mut job = job;
        let mut wanted = None;
        match &mut job {
            Job::Prepare { order, model } => {
                if let Some(model) = model.as_ref() {
                    learner.prepare(model);
                } else {
                    *model = learner.model(*order).cloned();
                }
                wanted = model.is_none().then_some(*order);
            }
            Job::Activate { order, at } => {
                learner.agree(*order, *at);
                wanted = learner.model(*order).is_none().then_some(*order);
            }
            Job::Collect => {}
        }
        let mut part = Part::new(id, own, errand, job, deadline);
        part.tell(told);
        learner.parts.push(part);
        if let Some(order) = wanted {
            self.fetch_model(errand.by, order.0, ctx);
        }
        self.hand_on(id, ctx);
        self.wake(ctx);
    }

    /// Hands the rest of a part's stretch on, unless what is to be handed on is not here yet.
    fn hand_on(&mut self, id: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let Some(at) = learner.parts.iter().position(|part| part.id == id) else { return };
        let part = &learner.parts[at];
        if matches!(part.job, Job::Prepare { model: None, .. }) {
            return;
        }
        let (own, until) = (part.own, part.errand.until);
        let near = part.is_root()
            && matches!(part.job, Job::Collect)
            && ctx.params().scope == Scope::Neighbours;
        let branches = if near { self.near(own) } else { self.branches(own, until) };
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.parts[at].hand_on(&branches);
        for (peer, until) in branches {
            self.ask_branch(id, peer, until, ctx);
        }
        self.close_if_over(id, ctx);
    }

    fn ask_branch(&mut self, id: u32, peer: Peer, until: u64, ctx: &mut Ctx<'_, Self>) {
        // A host with several virtual nodes is asked several times: it fetches the model once.
        let by_name = ctx.params().virtual_nodes > 1;
        let Some(learner) = self.learner.as_deref() else { return };
        let Some(part) = learner.parts.iter().find(|part| part.id == id) else { return };
        let lesson = part.lesson(until, by_name);
        let purpose = Purpose::Lesson(Step::Branch(id));
        self.ask(peer, Ask::Lesson(Box::new(lesson)), purpose, ctx);
    }

    /// The first successor and the fingers behind `own` and before `until`, with their parts.
    fn branches(&self, own: Peer, until: u64) -> Vec<(Peer, u64)> {
        let Some(vnode) = self.vnodes.get(usize::from(own.vnode())) else { return Vec::new() };
        tree::split(own.id, until, vnode.first().into_iter().chain(vnode.fingers.distinct()))
    }

    /// The neighbours on the ring and the other own virtual nodes, each for itself alone.
    fn near(&self, own: Peer) -> Vec<(Peer, u64)> {
        let others = self.vnodes.iter().filter(|vnode| vnode.is_member()).map(|vnode| vnode.me);
        let mut peers: Vec<Peer> = self.neighbours().into_iter().chain(others).collect();
        peers.retain(|peer| peer.id != own.id);
        peers.into_iter().map(|peer| (peer, peer.id.wrapping_add(1))).collect()
    }

    /// A branch took its errand, or has nothing to do with it.
    pub(super) fn branch_answered(
        &mut self,
        id: u32,
        peer: Peer,
        refused: bool,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        if let Some(part) = learner.parts.iter_mut().find(|part| part.id == id) {
            part.acknowledged(peer, refused);
            self.close_if_over(id, ctx);
        }
    }

    /// A branch is silent: the next virtual node that is known takes its part over.
    pub(super) fn branch_silent(&mut self, id: u32, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let Some(part) = learner.parts.iter_mut().find(|part| part.id == id) else { return };
        let Some(until) = part.silent(peer) else { return };
        let own = part.own;
        let heir = self.vnodes.get(usize::from(own.vnode())).and_then(|vnode| {
            let known = vnode.successors.iter().copied().chain(vnode.fingers.distinct());
            tree::heir(peer.id, until, known)
        });
        let Some(learner) = self.learner.as_deref_mut() else { return };
        if let Some(heir) = heir
            && let Some(part) = learner.parts.iter_mut().find(|part| part.id == id)
        {
            part.hand_on(&[(heir, until)]);
            self.ask_branch(id, heir, until, ctx);
        }
        self.close_if_over(id, ctx);
    }

    /// Somebody reports what its part has.
    fn report(
        &mut self,
        vnode: u16,
        (round, job): (Round, u8),
        by: Peer,
        told: Told,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let part = learner.parts.iter_mut().find(|part| {
            part.errand.round == round && part.job.number() == job && part.own.vnode() == vnode
        });
        if let Some(part) = part {
            part.reported(by, told);
            let id = part.id;
            self.close_if_over(id, ctx);
        }
    }

    /// A model arrived that parts wait for.
    pub(super) fn hand_on_prepared(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let mut ready = Vec::new();
        let Some(next) = learner.next.clone() else { return };
        for part in &mut learner.parts {
            if let Job::Prepare { order, model } = &mut part.job
                && model.is_none()
                && *order == next.order()
            {
                *model = Some(Arc::clone(&next));
                ready.push(part.id);
            }
        }
        for id in ready {
            self.hand_on(id, ctx);
        }
    }

    fn close_if_over(&mut self, id: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let over = |part: &Part| part.id == id && part.is_over();
        if let Some(at) = learner.parts.iter().position(over) {
            let part = learner.parts.remove(at);
            self.close(&part, ctx);
        }
    }

    /// Parts whose time is up go on with what they have.
    pub(super) fn close_late_parts(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        while let Some(learner) = self.learner.as_deref_mut()
            && let Some(at) = learner.parts.iter().position(|part| part.deadline <= now)
        {
            let part = learner.parts.remove(at);
            self.close(&part, ctx);
        }
    }

    /// A part is over: its sum goes up, or the coordinator goes on.
    fn close(&mut self, part: &Part, ctx: &mut Ctx<'_, Self>) {
        // DLHT's coordinator takes the plain mean of its neighbours.
        let weight = match ctx.params().scope {
            Scope::Ring => Weight::Keys,
            Scope::Neighbours => Weight::Equal,
        };
        let (round, by) = (part.errand.round, part.own);
        if !part.is_root() {
            let lesson = match (&part.job, part.sum(weight)) {
                (Job::Collect, told) => Lesson::Summary { round, by, told },
                (Job::Prepare { model: Some(_), .. }, Told::Prepared(count)) => {
                    Lesson::Prepared { round, by, count }
                }
                _ => return,
            };
            let purpose = Purpose::Lesson(Step::Report);
            return self.ask(part.errand.by, Ask::Lesson(Box::new(lesson)), purpose, ctx);
        }
        match &part.job {
            Job::Collect => match self.build(&part.sum(weight), ctx) {
                Some(model) => {
                    let (order, model) = (model.order(), Some(Arc::new(model)));
                    let errand = part.errand;
                    self.take_part(by, errand, Job::Prepare { order, model }, ctx);
                }
                None => self.end_in_vain(ctx),
            },
            Job::Prepare { order, .. } => {
                let at = ctx.now() + ctx.params().activation_delay;
                self.take_part(by, part.errand, Job::Activate { order: *order, at }, ctx);
            }
            Job::Activate { .. } => {}
        }
    }

    /// No model came of the round: the next one of this host has to wait.
    fn end_in_vain(&mut self, ctx: &Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        learner.in_vain = (learner.in_vain + 1).min(IN_VAIN_MAX);
        let wait = patience(ctx.params()) * (1 << learner.in_vain);
        learner.blocked = learner.blocked.max(ctx.now() + wait);
    }

    /// The agreed moment has come.
    pub(super) fn activate_agreed(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(learner) = self.learner.as_deref_mut() else { return };
        let Some((order, at)): Option<(Order, Time)> = learner.agreed else { return };
        if at > ctx.now() {
            learner.due[Tick::Activate as usize] = at;
            return;
        }
        learner.agreed = None;
        // Whoever has not got it hears of it by the next heartbeat.
        if let Some(model) = learner.model(order).cloned() {
            self.activate(&model, ctx);
        }
    }
}
