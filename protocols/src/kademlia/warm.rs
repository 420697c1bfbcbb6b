//! Warm tables: what an ideal join would have found, without its messages.

use dhtlab_core::author::{Ctx, Draw, KEY_BITS, NodeIx, WarmView};
use smallvec::SmallVec;

use super::bucket::Status;
use super::node::Kademlia;
use super::params::{Eviction, LIST_MAX};

/// Entries of a table that is put together on the stack; larger ones spill.
const TABLE_USUAL: usize = 512;

/// The entries of a table that is put together.
type Gathered = SmallVec<[NodeIx; TABLE_USUAL]>;

impl Kademlia {
    /// Gives each bucket `min(k, available)` uniformly random members. One allocation a table: the
    /// entries are put together on the stack and then copied at their exact size.
    pub(super) fn fill_warm(&mut self, overlay: &WarmView<'_>, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let (k, bits) = (params.k as usize, params.bits.min(KEY_BITS) as usize);
        let mut entries = Gathered::new();
        let mut lens = [0_u8; KEY_BITS as usize];
        let mut used = 0;
        overlay.buckets(ctx.key(ctx.me()), |depth, available| {
            let depth = depth as usize;
            if depth >= bits || available.is_empty() {
                return;
            }
            let before = entries.len();
            sample(available, k, ctx.rng(), &mut entries);
            lens[depth] = u8::try_from(entries.len() - before).unwrap_or(u8::MAX);
            used = depth + 1;
        });
        let status = if params.eviction == Eviction::PendingDisconnected {
            Status::Disconnected
        } else {
            Status::Connected
        };
        self.table.fill(entries.to_vec(), &lens[..used], status);
    }
}

/// Adds `count` members of `available` to `out`, or all if there are fewer: a uniformly random set in
/// a uniformly random order, with as many draws as members (Floyd's method for permutations). The
/// order counts: the last of a bucket is the one a node saves at its shutdown.
fn sample(available: &[NodeIx], count: usize, rng: &mut impl Draw, out: &mut Gathered) {
    let total = available.len();
    if total <= count {
        out.extend_from_slice(available);
        return;
    }
    let mut chosen = [usize::MAX; LIST_MAX];
    for (slot, last) in (total - count..total).enumerate() {
        let drawn = rng.index(last + 1);
        let (at, node) = match chosen[..slot].iter().position(|other| *other == drawn) {
            Some(before) => (before + 1, last),
            None => (0, drawn),
        };
        chosen.copy_within(at..slot, at + 1);
        chosen[at] = node;
    }
    out.extend(chosen[..count].iter().map(|at| available[*at]));
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::Rng;

    use super::*;

    #[test]
    fn a_sample_has_no_repetition_and_every_member_the_same_chance() {
        let available: Vec<NodeIx> = (0..30).map(NodeIx::new).collect();
        let mut rng = Rng::from_state(5);
        let mut counts = [0_u32; 30];
        for _ in 0..3_000 {
            let mut out = Gathered::new();
            sample(&available, 20, &mut rng, &mut out);
            out.sort_unstable();
            out.dedup();
            assert_eq!(out.len(), 20);
            for node in out {
                counts[node.index()] += 1;
            }
        }
        // Expected 2000 with a standard deviation of 26.
        assert!(counts.iter().all(|count| (1_870..2_130).contains(count)), "{counts:?}");
    }

    #[test]
    fn every_member_has_the_same_chance_of_every_place() {
        let available: Vec<NodeIx> = (0..6).map(NodeIx::new).collect();
        let mut rng = Rng::from_state(6);
        let mut counts = [[0_u32; 6]; 4];
        for _ in 0..6_000 {
            let mut out = Gathered::new();
            sample(&available, 4, &mut rng, &mut out);
            for (place, node) in out.into_iter().enumerate() {
                counts[place][node.index()] += 1;
            }
        }
        // Expected 1000 with a standard deviation of 29.
        assert!(counts.iter().flatten().all(|count| (860..1_140).contains(count)), "{counts:?}");
    }

    #[test]
    fn few_are_all_taken() {
        let available: Vec<NodeIx> = (0..3).map(NodeIx::new).collect();
        let mut out = Gathered::new();
        sample(&available, 20, &mut Rng::from_state(1), &mut out);
        assert_eq!(out.as_slice(), available);
    }
}
