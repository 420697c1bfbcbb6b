//! Searches for the nodes nearest to an id, for users and for the node's own upkeep.

use dhtlab_core::author::{Cause, Ctx, Key, NodeIx, OpId, Outcome, Traffic};

use super::hunt::Seeds;
use super::jobs::{Work, report};
use super::node::Hivemind;

/// What a search for the node's own sake is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Why {
    /// To find the own place.
    Bootstrap,
    /// To refresh a bucket.
    Refresh,
}

/// Who waits for the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nearest {
    /// An operation.
    Operation(OpId),
    /// The node itself.
    Own(Why),
}

impl Hivemind {
    /// Begins operation `op`: the nodes nearest to `target`, others than this one.
    ///
    /// Hivemind's own call puts the asker among them unless told not to; the operation is about whom
    /// the others are, as with the other protocols here.
    pub(super) fn find_nodes(&mut self, op: OpId, target: Key, ctx: &mut Ctx<'_, Self>) {
        self.find_nearest(target, Nearest::Operation(op), ctx);
    }

    /// Searches for the nodes nearest to `target` for the node's own sake.
    pub(super) fn search_own(&mut self, target: Key, why: Why, ctx: &mut Ctx<'_, Self>) {
        let traffic = match why {
            Why::Bootstrap => Traffic::Join,
            Why::Refresh => Traffic::Maintenance,
        };
        ctx.attribute(Cause::background(traffic));
        self.find_nearest(target, Nearest::Own(why), ctx);
    }

    fn find_nearest(&mut self, target: Key, nearest: Nearest, ctx: &mut Ctx<'_, Self>) {
        let beam = ctx.params().bucket_size as usize;
        let hunt = self.hunt(&[target], beam, 1, Seeds::Allowed, ctx);
        let number = self.jobs.push(hunt, Work::Nearest(nearest));
        self.pursue(number, ctx);
    }

    /// The search of job `number` is over.
    pub(super) fn nearest_ended(&mut self, number: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(job) = self.jobs.remove(number) else { return };
        let Work::Nearest(nearest) = job.work else { return };
        let places = job.hunt.search.near(0);
        let found: Vec<NodeIx> = places.iter().map(|place| place.node).collect();
        match nearest {
            Nearest::Own(why) => self.search_own_ended(why, &found, ctx),
            Nearest::Operation(op) => {
                let outcome = if found.is_empty() { Outcome::NoContacts } else { Outcome::Done };
                let mut finish = report(&job.hunt, outcome, &found, None);
                finish.hops = places.first().map_or(0, |place| place.depth);
                ctx.finish(op, &finish);
            }
        }
    }
}
