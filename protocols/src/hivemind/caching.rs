//! The cache: what reads and stores leave in it, here and at the nearest others.

use std::sync::Arc;

use dhtlab_core::author::{Ctx, Key, NodeIx, Time};

use super::call::Token;
use super::jobs::{Work, storing};
use super::message::{Content, StoreItem};
use super::node::Hivemind;
use super::record::{Dictionary, Stored};
use super::wanted::Tier;

/// Nobody waits for the end of such a request.
const NOBODY: Token = Token { job: u32::MAX, part: 0 };

impl Hivemind {
    /// The record of `tier` under `key`, and until when it is valid.
    pub(super) fn kept(
        &mut self,
        tier: Tier,
        key: Key,
        ctx: &Ctx<'_, Self>,
    ) -> Option<(Stored, Time)> {
        let wall = self.wall(ctx);
        let tier = self.tiers.tier_mut(tier == Tier::Cache);
        tier.get(&key, wall).map(|(stored, expires)| (stored.clone(), expires))
    }

    /// Merges `dictionary` into that of `tier` under `key`, and leaves its own end as it is.
    pub(super) fn merge_at_home(
        &mut self,
        tier: Tier,
        key: Key,
        dictionary: &Dictionary,
        ctx: &Ctx<'_, Self>,
    ) {
        let (wall, bug) = (self.wall(ctx), ctx.params().stale_store_bug);
        if let Some(kept) = self.tiers.tier_mut(tier == Tier::Cache).dictionary_mut(&key, wall) {
            kept.merge(dictionary, wall, bug);
        }
    }

    /// The search for key number `query` of a read ended: what it found and this node did not have is
    /// cached here and pushed to the nearest others, whether they are alive, were asked, or have it.
    pub(super) fn cache_result(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        let Some((key, (stored, expires), source)) = self.result(number, query) else { return };
        let known = [Tier::Storage, Tier::Cache]
            .into_iter()
            .filter_map(|tier| self.kept(tier, key, ctx))
            .any(|(_, kept)| kept >= expires);
        if known {
            return;
        }
        let params = ctx.params();
        let content = stored.clone().into();
        let item = StoreItem { key, content, expires, in_cache: true };
        let Some(job) = self.jobs.get(number) else { return };
        let near = job.hunt.search.near(query).iter().map(|place| place.node);
        let to: Vec<NodeIx> =
            near.filter(|node| Some(*node) != source).take(params.cache_nearest as usize).collect();
        let is_renewal = matches!(&job.work, Work::Get(get) if get.is_renewal());
        let cause = storing(job.hunt.cause);
        if params.cache_locally || is_renewal {
            // As a whole: what is pushed to others is stored subkey by subkey, and there a dictionary
            // that is partly known already may be cut short.
            let (wall, flaws) = (self.wall(ctx), params.flaws());
            self.tiers.cache.put(key, stored, expires, wall, flaws);
        }
        ctx.attribute(cause);
        let items: Arc<[StoreItem]> = [item].into();
        for node in to {
            self.store_at(node, Arc::clone(&items), NOBODY, ctx);
        }
    }

    /// What a read found under key number `query` of its search, and at whom.
    fn result(&mut self, number: u32, query: u32) -> Option<(Key, (Stored, Time), Option<NodeIx>)> {
        let (_, wanted) = self.get_mut(number)?.sought(query);
        Some((wanted.key, wanted.best.clone()?, wanted.source))
    }

    /// The records `items` of one key were stored, as far as they were `taken`.
    ///
    /// A plain record that was taken is cached. One that was rejected shows that the cache may be
    /// out of date, and so does a dictionary that others write to as well: those are read again.
    pub(super) fn cache_on_store(
        &mut self,
        items: &[StoreItem],
        taken: &[bool],
        ctx: &mut Ctx<'_, Self>,
    ) {
        let cached = |item: &StoreItem| StoreItem { in_cache: true, ..item.clone() };
        let Some(newest) = items.iter().max_by_key(|item| item.expires) else { return };
        let key = newest.key;
        let is_dictionary = items.iter().any(|item| matches!(item.content, Content::Sub(..)));
        let in_cache = self.kept(Tier::Cache, key, ctx).map(|(_, expires)| expires);
        let now = self.wall(ctx);
        if is_dictionary {
            if in_cache.is_some() {
                for (item, _) in items.iter().zip(taken).filter(|(_, taken)| **taken) {
                    self.keep_one(&cached(item), ctx);
                }
                self.plan_renewal(key, now, ctx);
            }
        } else if taken.contains(&true) {
            self.keep_one(&cached(newest), ctx);
        } else if in_cache.is_some_and(|expires| expires <= newest.expires) {
            self.plan_renewal(key, now, ctx);
        }
    }
}
