//! What a node is doing for the workload and for itself.

use dhtlab_core::author::{Command, Ctx, Finish, Key, NodeIx, OpId, Outcome};

use super::call::Token;
use super::message::Findings;
use super::node::Hivemind;

/// The jobs of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {}

/// What a search for upkeep is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Entering the network.
    Bootstrap,
    /// Refreshing a bucket.
    Refresh,
}

impl Hivemind {
    pub(super) fn command(&mut self, op: OpId, _: Command, ctx: &mut Ctx<'_, Self>) {
        ctx.finish(op, &Finish::bare(Outcome::Unsupported));
    }

    pub(super) fn find_ended(
        &mut self,
        _: Token,
        _: NodeIx,
        _: Option<Box<Findings>>,
        _: &mut Ctx<'_, Self>,
    ) {
    }

    pub(super) fn store_ended(
        &mut self,
        _: Token,
        _: NodeIx,
        _: Option<Box<[bool]>>,
        _: &mut Ctx<'_, Self>,
    ) {
    }

    pub(super) fn on_renewal_due(&mut self, _: &mut Ctx<'_, Self>) {}

    pub(super) fn search_own(&mut self, _: Key, why: Why, ctx: &mut Ctx<'_, Self>) {
        self.search_own_ended(why, &[], ctx);
    }
}
