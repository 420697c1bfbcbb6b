//! The inputs of a state machine: a message, a timer, a command.

use super::{Shard, Slot};
use crate::cause::{Cause, Traffic};
use crate::ctx::Ctx;
use crate::digest::Seen;
use crate::event::Event;
use crate::observe::Observer;
use crate::op::OpId;
use crate::protocol::{Message, Protocol};
use crate::sink::{Shared, letter};
use crate::step::{Act, Arrival, Step};
use crate::time::Time;

/// More timers than this due at one node at one instant are a timer that re-arms itself for ever.
const TIMERS_AT_ONCE_MAX: u32 = 100_000;

impl<P: Protocol, O: Observer> Shard<P, O> {
    pub(super) fn deliver(&mut self, shared: &Shared<'_, P>, event: &Event, handle: u32) {
        let (stamp, message) = self.sink.slab.take(handle);
        let local = self.sink.local(event.target);
        let order = u64::from(event.source.get()) << 32 | u64::from(event.seq);
        let hot = &mut self.sink.hot[local];
        // Nobody is there, or a session that began after the message was sent.
        let seen = if hot.up_since > stamp.sent_at {
            self.sink.tally.nobody += 1;
            Seen::Nobody
        } else if !shared.reach.is_open() && shared.reach.stops_arrival(event.source, event.target)
        {
            self.sink.tally.stopped += 1;
            Seen::Stopped
        } else {
            self.sink.tally.delivered += 1;
            Seen::Message
        };
        hot.see(seen, event.time, order, message.digest());
        if self.sink.watched {
            let end = match seen {
                Seen::Message => Arrival::Handled,
                Seen::Stopped => Arrival::Stopped,
                _ => Arrival::Nobody,
            };
            let (from, sent_at) = (event.source, stamp.sent_at);
            let message = letter(&message, event.seq, stamp);
            let act = Act::Arrived { from, message, sent_at, end };
            self.sink.steps.push(Step { at: event.time, node: event.target, act });
        }
        let bytes = u64::from(stamp.bytes);
        let (Slot::Up(state), Seen::Message) = (&mut self.slots[local], seen) else {
            self.sink.tally.bytes_dropped += bytes;
            return;
        };
        hot.load.messages_in += 1;
        hot.load.bytes_in += bytes;
        self.sink.tally.bytes_delivered += bytes;
        let mut ctx = Ctx {
            now: event.time,
            me: event.target,
            cause: stamp.cause,
            shared,
            sink: &mut self.sink,
        };
        state.on_message(event.source, message, &mut ctx);
    }

    pub(super) fn wake(&mut self, shared: &Shared<'_, P>, event: &Event) {
        let (node, now) = (event.target, event.time);
        let local = self.sink.local(node);
        if self.sink.hot[local].wake != now {
            return; // An earlier wake-up took this one's place.
        }
        let Slot::Up(state) = &mut self.slots[local] else { return };
        self.sink.hot[local].wake = Time::ZERO; // While timers fire, arming queues nothing.
        let mut fired = 0;
        while let Some(timer) = self.sink.timers[local].take_due(now) {
            fired += 1;
            assert!(
                fired < TIMERS_AT_ONCE_MAX,
                "timer {timer:?} of {node} re-arms itself without end"
            );
            let order = u64::from(event.seq) << 32 | u64::from(fired);
            self.sink.hot[local].see(Seen::Timer, now, order, 0);
            if self.sink.watched {
                self.sink.note(now, node, Act::Timer);
            }
            let cause = Cause::background(Traffic::Maintenance);
            state.on_timer(timer, &mut Ctx { now, me: node, cause, shared, sink: &mut self.sink });
        }
        self.sink.tally.timers += u64::from(fired);
        self.sink.hot[local].wake = Time::NEVER;
        let next = self.sink.timers[local].earliest();
        self.sink.wake_by(node, next);
    }

    pub(super) fn command(&mut self, shared: &Shared<'_, P>, event: &Event, op: OpId) {
        let (node, now) = (event.target, event.time);
        let local = self.sink.local(node);
        let Slot::Up(state) = &mut self.slots[local] else { return };
        self.sink.hot[local].see(Seen::Command, now, u64::from(op.get()), 0);
        self.sink.tally.commands += 1;
        if self.sink.watched {
            self.sink.note(now, node, Act::Command(op));
        }
        self.observer.issued(&shared.sight(), op, node, now);
        let cause = Cause::operation(op, Traffic::Lookup);
        let command = shared.world.operations[op.index()].command;
        state.on_command(
            op,
            command,
            &mut Ctx { now, me: node, cause, shared, sink: &mut self.sink },
        );
    }
}
