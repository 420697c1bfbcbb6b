//! Warm tables: what joins and traffic would have left, without their messages.

use dhtlab_core::author::{Ctx, Draw, NodeIx, WarmView};

use super::node::Hivemind;

impl Hivemind {
    /// Meets, in random order, all of the nearest `bucket_size` nodes and that many random ones at
    /// each distance beyond. A joined network knows less at first (49 contacts at 1,000 nodes) and
    /// more after some traffic.
    pub(super) fn fill_warm(&mut self, overlay: &WarmView<'_>, ctx: &mut Ctx<'_, Self>) {
        let (me, size) = (ctx.key(ctx.me()), ctx.params().bucket_size as usize);
        let mut known: Vec<NodeIx> = Vec::new();
        let mut nearer = overlay.order().len();
        overlay.buckets(me, |_, available| {
            nearer -= available.len();
            // With fewer than `size` nodes nearer than these, some of these are among the nearest.
            let wanted = if nearer <= size { available.len() } else { size };
            sample(available, wanted, ctx.rng(), &mut known);
        });
        shuffle(&mut known, ctx.rng());
        for node in known {
            self.table.add(node, &me, ctx.now(), ctx);
        }
    }
}

/// Adds `count` members of `available` to `out`, or all if there are fewer: a uniformly random set
/// (Floyd's method).
fn sample(available: &[NodeIx], count: usize, rng: &mut impl Draw, out: &mut Vec<NodeIx>) {
    let total = available.len();
    if total <= count {
        return out.extend_from_slice(available);
    }
    let start = out.len();
    for last in total - count..total {
        let drawn = available[rng.index(last + 1)];
        let taken = out[start..].contains(&drawn);
        out.push(if taken { available[last] } else { drawn });
    }
}

/// Brings `nodes` into a uniformly random order (Fisher and Yates).
fn shuffle(nodes: &mut [NodeIx], rng: &mut impl Draw) {
    for end in (1..nodes.len()).rev() {
        nodes.swap(end, rng.index(end + 1));
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::Rng;

    use super::*;

    #[test]
    fn every_member_has_the_same_chance_and_nobody_comes_twice() {
        let available: Vec<NodeIx> = (0..30).map(NodeIx::new).collect();
        let mut rng = Rng::from_state(5);
        let mut counts = [0_u32; 30];
        for _ in 0..3_000 {
            let mut out = Vec::new();
            sample(&available, 20, &mut rng, &mut out);
            shuffle(&mut out, &mut rng);
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
}
