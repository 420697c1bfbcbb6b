//! A search with what it cost and why it is made; where searches start and what answers bring them.

use std::sync::Arc;

use dhtlab_core::author::{Cause, Ctx, Key, NodeIx};
use smallvec::SmallVec;

use super::jobs::Work;
use super::message::Findings;
use super::node::Hivemind;
use super::traverse::{Shape, Traversal};

/// Requests that were sent, and what became of them so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) requests: u32,
    pub(super) successes: u32,
    pub(super) failures: u32,
}

impl Spent {
    /// A request ended.
    pub(super) const fn end(&mut self, success: bool) {
        if success {
            self.successes += 1;
        } else {
            self.failures += 1;
        }
    }
}

/// A search under way.
#[derive(Clone, Debug)]
pub(super) struct Hunt {
    pub(super) search: Traversal,
    pub(super) cause: Cause,
    pub(super) spent: Spent,
}

impl Hunt {
    /// The keys of the request of `slot`.
    pub(super) fn batch(&self, slot: u32) -> Arc<[Key]> {
        self.search.batch(slot).iter().map(|query| self.search.target(*query)).collect()
    }
}

/// Whom a search starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seeds {
    /// The nearest of the table.
    All,
    /// Those of them that are not banned.
    Allowed,
}

impl Hivemind {
    /// A search for the `beam` nearest of distinct `targets`, at most `batch` of them in a request. It
    /// starts from the nearest contacts of all of them.
    pub(super) fn hunt(
        &self,
        targets: &[Key],
        beam: usize,
        batch: usize,
        seeds: Seeds,
        ctx: &Ctx<'_, Self>,
    ) -> Hunt {
        let params = ctx.params();
        let mut from = Vec::new();
        for target in targets {
            self.table.nearest(target, beam, None, ctx, &mut from);
        }
        from.sort_unstable();
        from.dedup();
        if seeds == Seeds::Allowed {
            from.retain(|seed| !self.is_banned(*seed, ctx));
        }
        let workers = params.num_workers as usize;
        let shape = Shape { beam, workers, batch: batch.max(1), dead_stay: params.dead_in_beam };
        let search = Traversal::new(targets, &from, ctx.me(), shape, ctx);
        Hunt { search, cause: ctx.cause(), spent: Spent::default() }
    }

    /// Those of `peers` that are on the blacklist, which is empty most of the time.
    fn banned(&self, peers: &[NodeIx], ctx: &Ctx<'_, Self>) -> SmallVec<[NodeIx; 4]> {
        if self.blacklist.is_empty() {
            return SmallVec::new();
        }
        peers.iter().copied().filter(|peer| self.is_banned(*peer, ctx)).collect()
    }

    /// `from` answered the request of `slot`.
    pub(super) fn hear(
        &mut self,
        number: u32,
        slot: u32,
        from: NodeIx,
        findings: Findings,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let banned = self.banned(&findings.peers, ctx);
        let decided = self.consider(number, slot, from, findings.records, ctx);
        let Some(job) = self.jobs.get(number) else { return };
        let mut named = findings.peers.chunks(findings.each.max(1) as usize);
        for index in 0..job.hunt.search.batch(slot).len() {
            let query = job.hunt.search.batch(slot)[index];
            let stop = matches!(&job.work, Work::Get(get) if get.is_decided(query));
            let peers = named.next().unwrap_or_default().iter().copied();
            let allowed = peers.filter(|peer| !banned.contains(peer));
            job.hunt.search.hear(slot, index, stop, allowed, ctx);
        }
        job.hunt.search.close(slot);
        for at in decided {
            self.decided(number, at, ctx);
        }
    }
}
