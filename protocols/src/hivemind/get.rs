//! Reads: what is at home, then a search for what is not enough yet, key by key.
//!
//! A read of the first valid copy ends at the first answer that has one; a read of the newest goes on
//! until the search does. Either may end early with what another read of the same key found; its own
//! search then ends with the next answer.

use std::collections::BTreeMap;

use dhtlab_core::author::{Ctx, Item, Key, NodeIx, OpId, Time};
use smallvec::SmallVec;

use super::hunt::Seeds;
use super::jobs::{Client, Work};
use super::node::Hivemind;
use super::pending::Waiter;
use super::record::Stored;
use super::wanted::{Effect, Offer, Tier, Wanted};

/// A read under way.
#[derive(Clone, Debug)]
pub(super) struct Get {
    pub(super) client: Client,
    pub(super) wanted: Vec<Wanted>,
    /// Which of them the search is about.
    hunted: Vec<u32>,
    /// For each item of the operation, which of them it is.
    pub(super) items: Vec<u32>,
    /// How many are not decided.
    open: u32,
}

impl Get {
    /// What key number `query` of the search is about, and its number here.
    pub(super) fn sought(&mut self, query: u32) -> (u32, &mut Wanted) {
        let at = self.hunted[query as usize];
        (at, &mut self.wanted[at as usize])
    }

    /// Is key number `query` of the search decided?
    pub(super) fn is_decided(&self, query: u32) -> bool {
        self.wanted[self.hunted[query as usize] as usize].decided
    }

    /// Is the read only to renew what is cached?
    pub(super) fn is_renewal(&self) -> bool {
        self.client == Client::Renewal
    }
}

/// `usize` to the number of a key.
pub(super) fn number_of(index: usize) -> u32 {
    u32::try_from(index).expect("fewer than 2^32 keys in a batch")
}

impl Hivemind {
    /// Begins operation `op`: one key, the first valid copy or the `latest`.
    pub(super) fn get_one(&mut self, op: OpId, key: Key, latest: bool, ctx: &mut Ctx<'_, Self>) {
        let sufficient = if latest { Time::NEVER } else { self.wall(ctx) };
        self.read(Client::One(op), vec![key], vec![0], sufficient, ctx);
    }

    /// Begins operation `op`: the keys of `items`.
    pub(super) fn get_many(
        &mut self,
        op: OpId,
        items: &[Item],
        latest: bool,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let mut keys = Vec::with_capacity(items.len());
        let mut numbers = BTreeMap::new();
        let mut number = |item: &Item| {
            *numbers.entry(item.key).or_insert_with(|| {
                keys.push(item.key);
                number_of(keys.len() - 1)
            })
        };
        let numbered = items.iter().map(&mut number).collect();
        let sufficient = if latest { Time::NEVER } else { self.wall(ctx) };
        self.read(Client::Many(op), keys, numbered, sufficient, ctx);
    }

    /// Reads distinct `keys`; what is valid until `sufficient` is enough. The number of the job.
    pub(super) fn read(
        &mut self,
        client: Client,
        keys: Vec<Key>,
        items: Vec<u32>,
        sufficient: Time,
        ctx: &mut Ctx<'_, Self>,
    ) -> u32 {
        let params = ctx.params();
        let mut wanted: Vec<Wanted> =
            keys.into_iter().map(|key| Wanted::new(key, sufficient)).collect();
        let mut decided: SmallVec<[u32; 4]> = SmallVec::new();
        let mut hunted = Vec::new();
        for (at, one) in wanted.iter_mut().enumerate() {
            if params.reuse_get_requests {
                let waiter = Waiter { job: self.jobs.next(), at: number_of(at), sufficient };
                self.jobs.pending.insert(one.key, waiter);
            }
            self.look_at_home(one, client != Client::Renewal, ctx);
            if one.decided { decided.push(number_of(at)) } else { hunted.push(number_of(at)) }
        }
        let targets: Vec<Key> = hunted.iter().map(|at| wanted[*at as usize].key).collect();
        let batch = targets.len().isqrt().min(params.chunk_size as usize);
        let hunt = self.hunt(&targets, params.bucket_size as usize, batch, Seeds::All, ctx);
        let open = number_of(wanted.len());
        let get = Get { client, wanted, hunted, items, open };
        let number = self.jobs.push(hunt, Work::Get(get));
        if open == 0 {
            self.report_get(number, ctx);
        }
        for at in decided {
            self.decided(number, at, ctx);
        }
        self.pursue(number, ctx);
        number
    }

    /// Offers what this node has itself.
    fn look_at_home(&mut self, wanted: &mut Wanted, cache_too: bool, ctx: &Ctx<'_, Self>) {
        let (wall, bug) = (self.wall(ctx), ctx.params().stale_store_bug);
        let tiers: &[Tier] =
            if cache_too { &[Tier::Storage, Tier::Cache] } else { &[Tier::Storage] };
        for tier in tiers {
            if let Some(record) = self.kept(*tier, wanted.key, ctx) {
                let offer = Offer { source: ctx.me(), depth: 0, tier: Some(*tier) };
                let effect = wanted.offer(record, offer, wall, bug);
                self.mend(wanted, effect, ctx);
            }
        }
    }

    /// Considers what `from` has under the keys of the request of `slot`; which of them are decided now.
    pub(super) fn consider(
        &mut self,
        number: u32,
        slot: u32,
        from: NodeIx,
        records: Box<[Option<(Stored, Time)>]>,
        ctx: &Ctx<'_, Self>,
    ) -> SmallVec<[u32; 4]> {
        let mut decided = SmallVec::new();
        let (wall, bug) = (self.wall(ctx), ctx.params().stale_store_bug);
        let Some(job) = self.jobs.get(number) else { return decided };
        let Work::Get(get) = &mut job.work else { return decided };
        let offer = Offer { source: from, depth: job.hunt.search.depth(slot), tier: None };
        let mut mended = Vec::new();
        for (query, record) in job.hunt.search.batch(slot).iter().zip(records) {
            let Some(record) = record else { continue };
            let (at, wanted) = get.sought(*query);
            let effect = wanted.offer(record, offer, wall, bug);
            if effect.decided {
                decided.push(at);
            }
            if effect.mends.is_some() {
                mended.push((wanted.clone(), effect));
            }
        }
        for (wanted, effect) in mended {
            self.mend(&wanted, effect, ctx);
        }
        decided
    }

    /// What was merged into a dictionary of the own tiers is there now.
    fn mend(&mut self, wanted: &Wanted, effect: Effect, ctx: &Ctx<'_, Self>) {
        if let (Some(tier), Some((Stored::Dictionary(dictionary), _))) =
            (effect.mends, &wanted.best)
        {
            self.merge_at_home(tier, wanted.key, dictionary, ctx);
        }
    }

    /// Key number `at` of job `number` is decided: so may be others that wait for the same key.
    pub(super) fn decided(&mut self, number: u32, at: u32, ctx: &mut Ctx<'_, Self>) {
        let (wall, bug) = (self.wall(ctx), ctx.params().stale_store_bug);
        let mut queue: SmallVec<[(u32, u32); 4]> = SmallVec::from_slice(&[(number, at)]);
        while let Some((number, at)) = queue.pop() {
            let Some(get) = self.get_mut(number) else { continue };
            get.open -= 1;
            let (open, is_renewal) = (get.open, get.is_renewal());
            let wanted = &get.wanted[at as usize];
            let (key, source, depth) = (wanted.key, wanted.source, wanted.depth);
            let expires = wanted.best.as_ref().map(|(_, expires)| *expires);
            let threshold = expires.map(|expires| expires.max(wanted.sufficient));
            self.jobs.pending.remove(key, number, at);
            if let Some(threshold) = threshold {
                let waiters = self.jobs.pending.satisfied(key, threshold);
                let best = (!waiters.is_empty())
                    .then(|| self.get_mut(number)?.wanted[at as usize].best.clone());
                for waiter in waiters {
                    let Some(other) = self.get_mut(waiter.job) else { continue };
                    let wanted = &mut other.wanted[waiter.at as usize];
                    if let (Some(Some(best)), Some(source)) = (&best, source) {
                        let offer = Offer { source, depth, tier: None };
                        // The dictionary at home is that of the other read, mended already.
                        let _ = wanted.offer(best.clone(), offer, wall, bug);
                    }
                    wanted.decided = true;
                    queue.push((waiter.job, waiter.at));
                }
            }
            if let (Some(expires), true, false) = (expires, source == Some(ctx.me()), is_renewal) {
                self.read_at_home(key, expires, ctx);
            }
            if open == 0 {
                self.report_get(number, ctx);
            }
        }
    }

    /// The search for key number `query` of job `number` ended.
    pub(super) fn read_ended(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(get) = self.get_mut(number) else { return };
        let (at, wanted) = get.sought(query);
        if !wanted.decided {
            wanted.decided = true;
            self.decided(number, at, ctx);
        }
        self.cache_result(number, query, ctx);
    }

    /// The read of job `number`, if it is one.
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Get> {
        match &mut self.jobs.get(number)?.work {
            Work::Get(get) => Some(get),
            _ => None,
        }
    }

    /// The search of job `number` is over, and so is the job: all its keys are decided.
    pub(super) fn get_over(&mut self, number: u32) {
        self.jobs.remove(number);
    }
}
