//! Commands, and what happens when a phase of a query ends.

use dhtlab_core::author::{
    Cause, Command, Ctx, Finish, Key, NodeIx, OpId, Outcome, Time, Traffic, Value,
};
use smallvec::SmallVec;

use super::contacts::Contacts;
use super::fixed::Fixed;
use super::node::Kademlia;
use super::query::{Goal, Phase, Query, Storing};
use super::store::{Kept, Record, Store};

/// What is reported when no message was needed.
fn without_messages(outcome: Outcome, found: &[NodeIx], value: Option<Value>) -> Finish<'_> {
    Finish { found, value, ..Finish::bare(outcome) }
}

impl Kademlia {
    /// Begins operation `op`.
    pub(super) fn command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        let goal = match command {
            Command::FindNode { .. } => Goal::Find { op },
            Command::Put { key, value } => {
                let Some(goal) = self.put_goal(op, key, value, ctx) else {
                    let report = without_messages(Outcome::QuorumFailed, &[], None);
                    return ctx.finish(op, &report);
                };
                goal
            }
            Command::Get { key } => {
                let local = self.store.as_mut().and_then(|store| store.record(key, ctx.now()));
                let found = local.map(|record| (record.value, ctx.me()));
                if found.is_some() && ctx.params().finish_get_on_first {
                    return Self::finish_local(op, found, ctx);
                }
                Goal::Get { op, found, holders: SmallVec::new() }
            }
            Command::Provide { key } => {
                self.provide_locally(key, ctx);
                Goal::Provide { op: Some(op), key }
            }
            Command::GetProviders { key } => {
                let limit = ctx.params().replication as usize;
                let now = ctx.now();
                let local = self.store.as_mut().map(|store| store.providers(key, limit, now));
                let found = local.unwrap_or(Contacts::EMPTY).to_vec();
                if !found.is_empty() && ctx.params().finish_get_on_first {
                    return ctx.finish(op, &without_messages(Outcome::Done, &found, None));
                }
                Goal::GetProviders { op, found }
            }
            Command::Delete { .. }
            | Command::Range { .. }
            | Command::PutMany { .. }
            | Command::GetMany { .. } => {
                return ctx.finish(op, &Finish::bare(Outcome::Unsupported));
            }
        };
        self.begin(goal, command.key(), Cause::operation(op, Traffic::Lookup), ctx);
    }

    /// Begins a query with a walk to `target`.
    pub(super) fn begin(&mut self, goal: Goal, target: Key, cause: Cause, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let results = match goal {
            Goal::Find { .. } | Goal::Refresh { .. } => params.find_results,
            _ => params.replication,
        };
        match self.walk(target, results, ctx) {
            Some(walk) => self.start(Box::new(Query::new(goal, Phase::Walk(walk), cause)), ctx),
            None => self.nobody_to_ask(goal, ctx),
        }
    }

    /// The table is empty: ends what was to begin.
    fn nobody_to_ask(&mut self, goal: Goal, ctx: &mut Ctx<'_, Self>) {
        match goal {
            Goal::Get { op, found: Some(found), .. } => Self::finish_local(op, Some(found), ctx),
            Goal::GetProviders { op, found } if !found.is_empty() => {
                ctx.finish(op, &without_messages(Outcome::Done, &found, None));
            }
            Goal::Refresh { .. } => self.refresh_without_contacts(ctx),
            goal => {
                if let Some(op) = goal.op() {
                    ctx.finish(op, &without_messages(Outcome::NoContacts, &[], None));
                }
            }
        }
    }

    fn finish_local(op: OpId, found: Option<(Value, NodeIx)>, ctx: &mut Ctx<'_, Self>) {
        let me = [ctx.me()];
        let report = without_messages(Outcome::Done, &me, found.map(|(value, _)| value));
        ctx.finish(op, &report);
    }

    /// Keeps the publisher's own copy, which does not expire; `None` when the store refuses it.
    fn put_goal(
        &mut self,
        op: OpId,
        key: Key,
        value: Value,
        ctx: &mut Ctx<'_, Self>,
    ) -> Option<Goal> {
        let params = ctx.params();
        let publisher = Some(ctx.me());
        let own = Record { value, publisher, expires: Time::NEVER, skip: false };
        if self.store_mut(ctx).keep(key, own, params) == Kept::No {
            return None;
        }
        self.arm_records(true, ctx);
        let expires = ctx.now().saturating_add(params.record_ttl);
        let record = Storing { key, value, publisher, expires, needed: params.acks_needed() };
        Some(Goal::Put { op: Some(op), record, acks: Contacts::EMPTY })
    }

    fn provide_locally(&mut self, key: Key, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let me = ctx.me();
        let expires = ctx.now().saturating_add(params.provider_ttl);
        let store = self.store_mut(ctx);
        // A full store keeps no entry, but the announcement is made all the same.
        let _ = store.add_provider(key, me, expires, params);
        if store.provide(key) && store.provided().len() == 1 {
            Self::arm_providers(ctx);
        }
    }

    /// The store, made when it is first needed.
    pub(super) fn store_mut(&mut self, _ctx: &Ctx<'_, Self>) -> &mut Store {
        self.store.get_or_insert_default()
    }

    /// The phase of `query` is over by itself.
    pub(super) fn end_phase(&mut self, mut query: Box<Query>, ctx: &mut Ctx<'_, Self>) {
        query.note_depths();
        let results = match &query.phase {
            Phase::Walk(walk) => walk.results(),
            Phase::Store(_) => Contacts::EMPTY,
        };
        match (&mut query.goal, &query.phase) {
            (Goal::Put { .. } | Goal::Provide { .. }, Phase::Walk(_)) if !results.is_empty() => {
                return self.store_at(query, results, ctx);
            }
            (Goal::Find { op }, _) => {
                let outcome = if results.is_empty() { Outcome::NotFound } else { Outcome::Done };
                ctx.finish(*op, &query.report(outcome, &results, None));
            }
            (Goal::Get { .. }, _) => self.end_get(&mut query, &results, ctx),
            (Goal::GetProviders { op, found }, _) => {
                let outcome = if found.is_empty() { Outcome::NotFound } else { Outcome::Done };
                let (op, found) = (*op, std::mem::take(found));
                ctx.finish(op, &query.report(outcome, &found, None));
            }
            (Goal::Put { op, record, acks }, _) => {
                let enough = acks.len() >= record.needed as usize;
                let outcome = if enough { Outcome::Done } else { Outcome::QuorumFailed };
                let acks = *acks;
                if let Some(op) = *op {
                    ctx.finish(op, &query.report(outcome, &acks, None));
                }
            }
            (Goal::Provide { op, .. }, phase) => {
                let sent = matches!(phase, Phase::Store(_));
                let outcome = if sent { Outcome::Done } else { Outcome::QuorumFailed };
                if let Some(op) = *op {
                    let told = query.told();
                    ctx.finish(op, &query.report(outcome, &told, None));
                }
            }
            (Goal::Refresh { bucket, idle }, _) => {
                let (bucket, idle) = (*bucket, *idle);
                return self.next_refresh(bucket, idle, query.successes, query.cause, ctx);
            }
        }
        self.feed_jobs(ctx);
    }

    fn end_get(&mut self, query: &mut Query, results: &Contacts, ctx: &mut Ctx<'_, Self>) {
        let Goal::Get { op, found, holders } = &query.goal else { return };
        let (op, found) = (*op, *found);
        if let (Some((_, holder)), Phase::Walk(walk)) = (found, &query.phase) {
            query.hops = walk.depth(holder, ctx);
        }
        let without = match &query.phase {
            Phase::Walk(walk) => walk.answered().find(|node| !holders.contains(node)),
            Phase::Store(_) => None,
        };
        let Some((value, _)) = found else {
            return ctx.finish(op, &query.report(Outcome::NotFound, results, None));
        };
        ctx.finish(op, &query.report(Outcome::Done, results, Some(value)));
        if let (Some(peer), true) = (without, ctx.params().cache_writes) {
            let Phase::Walk(walk) = &query.phase else { return };
            let expires = ctx.now().saturating_add(ctx.params().record_ttl);
            let key = walk.target();
            let record = Storing { key, value, publisher: None, expires, needed: 1 };
            let cause = Cause::operation(op, Traffic::Store);
            self.store_directly(record, peer, cause, ctx);
        }
    }

    /// Stores `record` at `peer` without a walk and without a report.
    pub(super) fn store_directly(
        &mut self,
        record: Storing,
        peer: NodeIx,
        cause: Cause,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let goal = Goal::Put { op: None, record, acks: Contacts::EMPTY };
        let peers = [peer].into_iter().collect();
        let query = Query::new(goal, Phase::Store(Fixed::new(peers)), cause);
        self.start(Box::new(query), ctx);
    }

    /// `query` ran out of time; what it has is reported.
    pub(super) fn time_out(&mut self, mut query: Box<Query>, ctx: &mut Ctx<'_, Self>) {
        query.note_depths();
        if let Goal::Refresh { bucket, idle } = query.goal {
            return self.next_refresh(bucket, idle, query.successes, query.cause, ctx);
        }
        let found: Contacts = match (&query.goal, &query.phase) {
            (Goal::Put { acks, .. }, _) => *acks,
            (Goal::GetProviders { found, .. }, _) => found.iter().copied().collect(),
            (_, Phase::Walk(walk)) => walk.results(),
            (_, Phase::Store(_)) => query.told(),
        };
        let value = match &query.goal {
            Goal::Get { found: Some((value, _)), .. } => Some(*value),
            _ => None,
        };
        let complete = value.is_some()
            || matches!(&query.goal, Goal::GetProviders { found, .. } if !found.is_empty());
        let outcome = if complete { Outcome::Done } else { Outcome::TimedOut };
        if let Some(op) = query.goal.op() {
            ctx.finish(op, &query.report(outcome, &found, value));
        }
        self.feed_jobs(ctx);
    }
}
