//! Upkeep of what is stored: passing records on, publishing and announcing again.

use std::collections::VecDeque;

use dhtlab_core::author::{Cause, Ctx, Draw, Key, NodeIx, Span, Time, Traffic};

use super::contacts::Contacts;
use super::node::{Kademlia, Timer};
use super::query::{Goal, Storing};

/// One thing to do for a stored key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    /// Pass the record on, or publish the own one again.
    Record(Key),
    /// Announce the own provider entry again.
    Provider(Key),
    /// Give the record to this newcomer.
    Transfer(Key, NodeIx),
}

/// What only nodes with upkeep need.
#[derive(Clone, Debug, Default)]
pub(super) struct Upkeep {
    /// Jobs that wait for room among the queries.
    pub(super) queue: VecDeque<Job>,
    /// When each bucket is refreshed, if no lookup touches it before.
    pub(super) due: Vec<Time>,
    /// [`Timer::Records`] is armed.
    records_armed: bool,
}

/// A uniformly random point of the first interval: nodes that started together drift apart.
pub(super) fn phase(interval: Span, ctx: &mut Ctx<'_, Kademlia>) -> Span {
    Span::from_nanos(ctx.rng().below(interval.as_nanos()) + 1)
}

impl Kademlia {
    /// The interval of the records job: replication, or publication where nothing is replicated.
    fn records_interval(ctx: &Ctx<'_, Self>) -> Option<Span> {
        let params = ctx.params();
        [params.replication_interval, params.publication_interval]
            .into_iter()
            .find(|interval| *interval > Span::ZERO)
    }

    /// Sees to it that the records job runs, now that there is a record; `own` if it is an own one.
    ///
    /// The clocks of a real node run since its start, so a record arrives at a random point of the
    /// interval: the phase is drawn when it is first needed.
    pub(super) fn arm_records(&mut self, own: bool, ctx: &mut Ctx<'_, Self>) {
        let publication = ctx.params().publication_interval;
        if own
            && publication > Span::ZERO
            && let Some(store) = &mut self.store
            && store.publish_at.is_none()
        {
            let first = phase(publication, ctx);
            store.publish_at = Some(ctx.now().saturating_add(first));
        }
        let Some(interval) = Self::records_interval(ctx) else { return };
        let upkeep = self.upkeep.get_or_insert_default();
        if !upkeep.records_armed {
            upkeep.records_armed = true;
            let first = phase(interval, ctx);
            ctx.arm(Timer::Records, first);
        }
    }

    /// Sees to it that own provider entries are announced again.
    pub(super) fn arm_providers(ctx: &mut Ctx<'_, Self>) {
        let interval = ctx.params().provider_publication_interval;
        if interval > Span::ZERO {
            let first = phase(interval, ctx);
            ctx.arm(Timer::Providers, first);
        }
    }

    /// Plans a run over all records.
    pub(super) fn on_records_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let (me, now) = (ctx.me(), ctx.now());
        let upkeep = self.upkeep.get_or_insert_default();
        upkeep.records_armed = false;
        let Some(store) = &mut self.store else { return };
        let publish = store.publish_at.is_some_and(|at| at <= now);
        if publish {
            store.publish_at = Some(now.saturating_add(params.publication_interval));
        }
        let replicate = params.replication_interval > Span::ZERO;
        for key in store.due_records(me, publish, replicate, now) {
            upkeep.queue.push_back(Job::Record(key));
        }
        if !store.has_no_records()
            && let Some(interval) = Self::records_interval(ctx)
        {
            upkeep.records_armed = true;
            ctx.arm(Timer::Records, interval);
        }
        self.feed_jobs(ctx);
    }

    /// Plans the announcement of all own provider entries.
    pub(super) fn on_providers_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(store) = &self.store else { return };
        let queue = &mut self.upkeep.get_or_insert_default().queue;
        queue.extend(store.provided().iter().copied().map(Job::Provider));
        ctx.arm(Timer::Providers, ctx.params().provider_publication_interval);
        self.feed_jobs(ctx);
    }

    /// Starts planned jobs while there is room among the queries. Called when a query ends.
    pub(super) fn feed_jobs(&mut self, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        for _ in 0..params.job_queries_new {
            if self.queries.len() >= params.job_queries_max as usize {
                return;
            }
            let Some(upkeep) = &mut self.upkeep else { return };
            let Some(job) = upkeep.queue.pop_front() else { return };
            self.start_job(job, ctx);
        }
    }

    fn start_job(&mut self, job: Job, ctx: &mut Ctx<'_, Self>) {
        let cause = Cause::background(Traffic::Maintenance);
        match job {
            Job::Record(key) => {
                let needed = ctx.params().replication;
                let Some(record) = self.storing(key, needed, ctx) else { return };
                let goal = Goal::Put { op: None, record, acks: Contacts::EMPTY };
                self.begin(goal, key, cause, ctx);
            }
            Job::Transfer(key, peer) => {
                let Some(record) = self.storing(key, 1, ctx) else { return };
                self.store_directly(record, peer, cause, ctx);
            }
            Job::Provider(key) => {
                let params = ctx.params();
                let (me, now) = (ctx.me(), ctx.now());
                let expires = now.saturating_add(params.provider_ttl);
                let _ = self.store_mut(ctx).add_provider(key, me, expires, params);
                self.begin(Goal::Provide { op: None, key }, key, cause, ctx);
            }
        }
    }

    /// The record under `key` as it is sent on: only the publisher gives it a new life.
    fn storing(&mut self, key: Key, needed: u32, ctx: &Ctx<'_, Self>) -> Option<Storing> {
        let now = ctx.now();
        let record = self.store.as_mut()?.record(key, now)?;
        let expires = if record.publisher == Some(ctx.me()) {
            now.saturating_add(ctx.params().record_ttl)
        } else {
            record.expires
        };
        Some(Storing { key, value: record.value, publisher: record.publisher, expires, needed })
    }
}
