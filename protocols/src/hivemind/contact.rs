//! Meeting and losing peers: what every request and every answer does to the table.
//!
//! One failure and a peer is out of the table; one message and it is in it again, as a newcomer.
//! A newcomer is handed the records it should hold, by the one holder that is nearest to them.

use dhtlab_core::author::{Cause, Ctx, NodeIx, Traffic};

use super::bucket::Spot;
use super::call::Purpose;
use super::message::{Ask, StoreItem};
use super::node::{Hivemind, Standing};

impl Hivemind {
    /// A server gave a sign of life.
    pub(super) fn met(&mut self, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        if self.standing == Standing::Down || peer == ctx.me() {
            return;
        }
        let cause = ctx.cause();
        ctx.attribute(Cause::background(Traffic::Maintenance));
        let found = self.table.find(peer, ctx);
        if found.1 == Spot::Unknown {
            self.hand_over(peer, ctx);
        }
        let me = ctx.key(ctx.me());
        if let Some(candidate) = self.table.add_at(found, peer, &me, ctx.now(), ctx) {
            self.ping(candidate, false, Purpose::Candidate, ctx);
        }
        ctx.attribute(cause);
    }

    /// A peer failed.
    pub(super) fn lost(&mut self, peer: NodeIx, ctx: &Ctx<'_, Self>) {
        self.table.remove(peer, ctx);
    }

    /// Sends `newcomer` the records that it should hold, all in one request. Records in the cache
    /// are not handed over.
    fn hand_over(&mut self, newcomer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let items = self.due_to(newcomer, ctx);
        if !items.is_empty() {
            self.request(newcomer, Ask::Store(items.into()), Purpose::HandOver, ctx);
        }
    }

    /// The records that `newcomer` should hold, as far as it is this node's turn to send them: the
    /// newcomer is nearer than the farthest replica, and this node nearer than all others.
    fn due_to(&self, newcomer: NodeIx, ctx: &Ctx<'_, Self>) -> Vec<StoreItem> {
        let (me, clock) = (ctx.key(ctx.me()), self.wall(ctx));
        let (count, newcomer) = (ctx.params().num_replicas as usize, ctx.key(newcomer));
        let mut items = Vec::new();
        let mut near = Vec::with_capacity(count);
        for (key, stored, expires) in self.tiers.storage.live(clock) {
            near.clear();
            self.table.nearest(&key, count, None, ctx, &mut near);
            let is_due = match (near.first(), near.last()) {
                (Some(nearest), Some(farthest)) => {
                    newcomer.distance(key) < ctx.key(*farthest).distance(key)
                        && me.distance(key) < ctx.key(*nearest).distance(key)
                }
                _ => true,
            };
            if is_due {
                let content = stored.packed(clock).into();
                items.push(StoreItem { key, content, expires, in_cache: false });
            }
        }
        items
    }
}
