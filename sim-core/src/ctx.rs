//! The effects of a handler: everything a state machine can do besides changing itself.

use std::fmt;

use crate::batch::{Batch, Item};
use crate::cause::Cause;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Finish, OpId};
use crate::protocol::{Protocol, Role};
use crate::seed::Rng;
use crate::sink::{Shared, Sink};
use crate::time::{Span, Time};

/// What a handler is given: the time, its own identity, chance, and a sink for effects.
///
/// Effects take place in the order of the calls.
pub struct Ctx<'a, P: Protocol> {
    pub(crate) now: Time,
    pub(crate) me: NodeIx,
    pub(crate) cause: Cause,
    pub(crate) shared: &'a Shared<'a, P>,
    pub(crate) sink: &'a mut Sink<P>,
}

impl<'a, P: Protocol> Ctx<'a, P> {
    /// The simulated time of the event being handled.
    pub fn now(&self) -> Time {
        self.now
    }

    /// What this node's wall clock shows: the time that its records expire by. It starts at
    /// [`WALL_CLOCK_START`](crate::world::WALL_CLOCK_START) and may be wrong; it never jumps.
    pub fn wall_clock(&self) -> Time {
        self.shared.world.wall_clock(self.me, self.now)
    }

    /// The records of a batch that a command speaks of.
    pub fn items(&self, batch: Batch) -> &'a [Item] {
        batch.of(&self.shared.world.items)
    }

    /// The contact that stands for this node.
    pub fn me(&self) -> NodeIx {
        self.me
    }

    /// How this node takes part.
    pub fn role(&self) -> Role {
        self.shared.world.role(self.me)
    }

    /// Is this node one of those whose addresses every installation ships with? An operator knows.
    pub fn is_bootstrap(&self) -> bool {
        self.shared.world.bootstrap.contains(&self.me)
    }

    /// The parameters of the run. The reference outlives the borrow of the context.
    pub fn params(&self) -> &'a P::Params {
        self.shared.params
    }

    /// This node's own random stream.
    pub fn rng(&mut self) -> &mut Rng {
        self.sink.rng(self.me)
    }

    /// The key of a contact (an identifier is part of a contact).
    pub fn key(&self, node: NodeIx) -> Key {
        self.shared.world.key(node)
    }

    /// The leading 64 bits of a contact's key, from an array of their own: most comparisons of
    /// distances end there.
    pub fn key_prefix(&self, node: NodeIx) -> u64 {
        self.shared.world.key_prefix(node)
    }

    /// Why the current event happened; what is sent from here on inherits it.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// States the cause of what is sent from here on. A message handler starts with the cause of its
    /// message, a command handler with its operation, a timer handler with upkeep, a boot with join.
    pub fn attribute(&mut self, cause: Cause) {
        self.cause = cause;
    }

    /// Sends `message` to `to`. The network decides when, and whether, it arrives.
    pub fn send(&mut self, to: NodeIx, message: P::Message) {
        self.sink.send(self.shared, self.now, (self.me, to), self.cause, message);
    }

    /// Arms `timer` to fire `after` from now; a timer armed before is replaced.
    pub fn arm(&mut self, timer: P::Timer, after: Span) {
        self.sink.arm(self.me, timer, self.now + after);
    }

    /// Arms `timer` to fire at `at`, or at once if that is past; a timer armed before is replaced.
    pub fn arm_at(&mut self, timer: P::Timer, at: Time) {
        self.sink.arm(self.me, timer, at.max(self.now));
    }

    /// Clears `timer`; nothing happens when it is not armed.
    pub fn disarm(&mut self, timer: P::Timer) {
        self.sink.disarm(self.me, timer);
    }

    /// Ends operation `op`. Each operation ends once; the engine counts what it caused.
    pub fn finish(&mut self, op: OpId, finish: &Finish<'_>) {
        self.sink.finish(self.now, self.me, op, finish);
    }

    /// Reports that this session's join ended, and whether it found its place.
    pub fn joined(&mut self, success: bool) {
        self.sink.joined(self.now, self.me, success);
    }
}

impl<P: Protocol> fmt::Debug for Ctx<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx").field("now", &self.now).field("me", &self.me).finish_non_exhaustive()
    }
}
