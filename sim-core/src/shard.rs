//! One shard: a range of nodes that runs alone between two window edges.

use crate::cause::Cause;
use crate::node::NodeIx;
use crate::op::{Finish, OpId};
use crate::protocol::Protocol;
use crate::seed::Rng;
use crate::time::Time;
use crate::world::World;

/// What all shards read and none writes inside a window.
pub(crate) struct Shared<'a, P: Protocol> {
    pub(crate) world: &'a World,
    pub(crate) params: &'a P::Params,
}

/// The shard without its node states.
pub(crate) struct ShardCore<P: Protocol> {
    rngs: Vec<Rng>,
    marker: std::marker::PhantomData<P>,
}

#[expect(
    unused_variables,
    clippy::unused_self,
    clippy::needless_pass_by_ref_mut,
    clippy::too_many_arguments,
    reason = "skeleton: the engine follows"
)]
impl<P: Protocol> ShardCore<P> {
    pub(crate) fn rng(&mut self, node: NodeIx) -> &mut Rng {
        &mut self.rngs[node.index()]
    }
    pub(crate) fn send(
        &mut self,
        shared: &Shared<'_, P>,
        now: Time,
        from: NodeIx,
        to: NodeIx,
        cause: Cause,
        message: P::Message,
    ) {
    }
    pub(crate) fn arm(&mut self, node: NodeIx, timer: P::Timer, at: Time) {}
    pub(crate) fn disarm(&mut self, node: NodeIx, timer: P::Timer) {}
    pub(crate) fn finish(
        &mut self,
        shared: &Shared<'_, P>,
        now: Time,
        node: NodeIx,
        op: OpId,
        finish: &Finish<'_>,
    ) {
    }
    pub(crate) fn joined(&mut self, now: Time, node: NodeIx, success: bool) {}
}
