//! Stores: a search for all keys at once, then each record at the nearest nodes that answer.
//!
//! An answer counts as a replica whatever it says of the records; what a record is reported as is what
//! the last answer said. A node that does not answer is replaced by the next nearest of the search.

use std::collections::BTreeMap;
use std::sync::Arc;

use dhtlab_core::author::{Ctx, Gathered, Item, Key, NodeIx, OpId, Outcome, Role, Span, Value};
use smallvec::SmallVec;

use super::call::Token;
use super::hunt::Seeds;
use super::jobs::{Client, Work, report, storing};
use super::message::{Content, StoreItem};
use super::node::Hivemind;

/// The records of one key.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) key: Key,
    pub(super) items: Arc<[StoreItem]>,
    /// Whom to try, in this order.
    candidates: Vec<NodeIx>,
    /// How many of them were tried.
    tried: usize,
    /// Requests under way.
    pending: u32,
    /// Replicas: those who answered.
    replicas: u32,
    /// What the last answer said of each record.
    pub(super) taken: Box<[bool]>,
    /// Who took at least one.
    holders: SmallVec<[NodeIx; 5]>,
    /// The depth of the nearest node that the search found.
    hops: u8,
    done: bool,
}

/// A store under way.
#[derive(Clone, Debug)]
pub(super) struct Put {
    client: Client,
    groups: Vec<Group>,
}

impl Group {
    fn new(key: Key, items: Vec<StoreItem>) -> Self {
        Self {
            key,
            taken: vec![false; items.len()].into(),
            items: items.into(),
            candidates: Vec::new(),
            tried: 0,
            pending: 0,
            replicas: 0,
            holders: SmallVec::new(),
            hops: 0,
            done: false,
        }
    }

    /// A replica answered.
    fn answered(&mut self, by: NodeIx, taken: impl Iterator<Item = bool>) {
        self.replicas += 1;
        for (slot, taken) in self.taken.iter_mut().zip(taken) {
            *slot = taken;
            if taken && self.holders.last() != Some(&by) {
                self.holders.push(by);
            }
        }
    }
}

impl Hivemind {
    /// Begins operation `op`: one plain record.
    pub(super) fn put_one(&mut self, op: OpId, key: Key, value: Value, ctx: &mut Ctx<'_, Self>) {
        let item = Item { key, subkey: None, value, lifetime: Span::MAX };
        self.store_many(Client::One(op), &[item], ctx);
    }

    /// Begins operation `op`: many records.
    pub(super) fn put_many(&mut self, op: OpId, items: &[Item], ctx: &mut Ctx<'_, Self>) {
        self.store_many(Client::Many(op), items, ctx);
    }

    fn store_many(&mut self, client: Client, items: &[Item], ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let wall = self.wall(ctx);
        let mut by_key: BTreeMap<Key, Vec<StoreItem>> = BTreeMap::new();
        for item in items {
            let lifetime =
                if item.lifetime == Span::MAX { params.record_lifetime } else { item.lifetime };
            by_key.entry(item.key).or_default().push(StoreItem {
                key: item.key,
                content: match item.subkey {
                    None => Content::Plain(item.value),
                    Some(subkey) => Content::Sub(subkey, item.value),
                },
                expires: wall.saturating_add(lifetime),
                in_cache: false,
            });
        }
        let keys: Vec<Key> = by_key.keys().copied().collect();
        let groups = by_key.into_iter().map(|(key, items)| Group::new(key, items)).collect();
        let beam = params.bucket_size.max(params.num_replicas) as usize;
        let hunt = self.hunt(&keys, beam, keys.len().isqrt(), Seeds::All, ctx);
        let number = self.jobs.push(hunt, Work::Put(Put { client, groups }));
        self.pursue(number, ctx);
    }

    /// The search for key number `query` of job `number` ended: its records can be stored.
    pub(super) fn begin_stores(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let counts_itself = ctx.role() == Role::Server || params.client_self_replica;
        let (me, key) = (ctx.me(), ctx.key(ctx.me()));
        let Some(job) = self.jobs.get(number) else { return };
        let Work::Put(put) = &mut job.work else { return };
        let near = job.hunt.search.near(query);
        let Some(group) = put.groups.get_mut(query as usize) else { return };
        group.hops = near.first().map_or(0, |place| place.depth);
        group.candidates = near.iter().map(|place| place.node).collect();
        if counts_itself {
            let away = key.distance(group.key);
            let at =
                group.candidates.partition_point(|node| ctx.key(*node).distance(group.key) < away);
            group.candidates.insert(at, me);
        }
        self.go_on_storing(number, query, ctx);
    }

    /// Tries further candidates while replicas are missing.
    fn go_on_storing(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        let wanted = ctx.params().num_replicas;
        loop {
            let Some(job) = self.jobs.get(number) else { return };
            let Work::Put(put) = &mut job.work else { return };
            let Some(group) = put.groups.get_mut(query as usize) else { return };
            if group.done {
                return;
            }
            if group.replicas + group.pending >= wanted || group.tried == group.candidates.len() {
                group.done = group.pending == 0;
                if !group.done {
                    return;
                }
                self.stores_ended(number, query, ctx);
                return;
            }
            let to = group.candidates[group.tried];
            group.tried += 1;
            let items = Arc::clone(&group.items);
            if to == ctx.me() {
                let taken: SmallVec<[bool; 4]> =
                    items.iter().map(|item| self.keep_one(item, ctx)).collect();
                let Some(group) = self.group(number, query) else { return };
                group.answered(to, taken.into_iter());
            } else {
                group.pending += 1;
                job.hunt.spent.requests += 1;
                ctx.attribute(storing(job.hunt.cause));
                self.store_at(to, items, Token { job: number, part: query }, ctx);
            }
        }
    }

    /// The store request with `token` is over: `from` said which records it took, or failed.
    pub(super) fn store_ended(
        &mut self,
        token: Token,
        from: NodeIx,
        taken: Option<Box<[bool]>>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(job) = self.jobs.get(token.job) else { return };
        job.hunt.spent.end(taken.is_some());
        let Some(group) = self.group(token.job, token.part) else { return };
        group.pending -= 1;
        if let Some(taken) = taken {
            group.answered(from, taken.into_iter());
        }
        self.go_on_storing(token.job, token.part, ctx);
    }

    /// The records under key number `query` of job `number`.
    fn group(&mut self, number: u32, query: u32) -> Option<&mut Group> {
        match &mut self.jobs.get(number)?.work {
            Work::Put(put) => put.groups.get_mut(query as usize),
            _ => None,
        }
    }

    /// Nothing more is tried for the records of one key.
    fn stores_ended(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        if ctx.params().cache_on_store
            && let Some(group) = self.group(number, query)
        {
            let (items, taken) = (Arc::clone(&group.items), group.taken.clone());
            self.cache_on_store(&items, &taken, ctx);
        }
        self.end_put_if_done(number, ctx);
    }

    /// Reports job `number` when all its records were stored as far as they can be.
    pub(super) fn end_put_if_done(&mut self, number: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(job) = self.jobs.get(number) else { return };
        let Work::Put(put) = &job.work else { return };
        if !put.groups.iter().all(|group| group.done) {
            return;
        }
        let Some(job) = self.jobs.remove(number) else { return };
        let Work::Put(put) = &job.work else { return };
        let taken = put.groups.iter().flat_map(|group| &group.taken);
        let done = u32::try_from(taken.filter(|taken| **taken).count()).unwrap_or(u32::MAX);
        let asked: usize = put.groups.iter().map(|group| group.items.len()).sum();
        let outcome = |success: bool| if success { Outcome::Done } else { Outcome::QuorumFailed };
        let hops = put.groups.iter().map(|group| group.hops).max().unwrap_or(0);
        match put.client {
            Client::One(op) => {
                let holders = put.groups.first().map_or(&[][..], |group| &group.holders);
                let mut finish = report(&job.hunt, outcome(!holders.is_empty()), holders, None);
                finish.hops = hops;
                ctx.finish(op, &finish);
            }
            Client::Many(op) => {
                let mut finish = report(&job.hunt, outcome(done as usize == asked), &[], None);
                finish.hops = hops;
                finish.batch = Some(Gathered { done, entries: &[] });
                ctx.finish(op, &finish);
            }
            Client::Renewal => {}
        }
    }
}
