//! Events and their order: (time, source, the source's own sequence number).
//!
//! No number in the key is handed out by the engine, so the order at a node depends on nothing but
//! what its peers did, and threads cannot change it.

use crate::node::NodeIx;
use crate::op::OpId;
use crate::time::Time;

/// What is due at a node. 24 bytes; a message itself waits in the shard's slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it is due.
    pub time: Time,
    /// Whose sequence number it carries.
    pub source: NodeIx,
    /// The source's own number for it.
    pub seq: u32,
    /// Where it is due.
    pub target: NodeIx,
    payload: u32,
}

const _: () = assert!(size_of::<Event>() == 24);

/// What an event means to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A message, by its place in the slab.
    Message(u32),
    /// The node's earliest timer.
    Wake,
    /// An operation of the workload.
    Command(OpId),
    /// The node's session number so and so begins.
    Boot(u32),
    /// The node's session number so and so ends.
    End(u32),
}

const TAG_SHIFT: u32 = 29;
const BODY: u32 = (1 << TAG_SHIFT) - 1;

/// Sequence numbers below are a node's own; those above belong to what was planned before the run.
pub const OWN_SEQ_END: u32 = 1 << 31;
const LIFE_SEQ: u32 = 1 << 31;
/// Above those of boots: a node that boots at this instant takes a command of this instant.
const COMMAND_SEQ: u32 = 3 << 30;

impl Due {
    const fn encode(self) -> u32 {
        match self {
            Self::Message(handle) => handle,
            Self::Wake => 1 << TAG_SHIFT,
            Self::Command(op) => 2 << TAG_SHIFT | op.get(),
            Self::Boot(session) => 3 << TAG_SHIFT | session,
            Self::End(session) => 4 << TAG_SHIFT | session,
        }
    }
}

impl Event {
    /// A message from `source`, sent with its sequence number `seq`, that waits under `handle`.
    pub fn message(time: Time, source: NodeIx, seq: u32, target: NodeIx, handle: u32) -> Self {
        debug_assert!(handle <= BODY, "more than 2^29 messages in flight in one shard");
        Self { time, source, seq, target, payload: Due::Message(handle).encode() }
    }

    /// The next wake-up of `node`.
    pub const fn wake(time: Time, node: NodeIx, seq: u32) -> Self {
        Self { time, source: node, seq, target: node, payload: Due::Wake.encode() }
    }

    /// Operation `op` is due at `node`.
    pub const fn command(time: Time, node: NodeIx, op: OpId) -> Self {
        let payload = Due::Command(op).encode();
        Self { time, source: node, seq: COMMAND_SEQ | op.get(), target: node, payload }
    }

    /// Session `session` of `node` begins.
    pub const fn boot(time: Time, node: NodeIx, session: u32) -> Self {
        let payload = Due::Boot(session).encode();
        Self { time, source: node, seq: LIFE_SEQ | session << 1, target: node, payload }
    }

    /// Session `session` of `node` ends.
    pub const fn end(time: Time, node: NodeIx, session: u32) -> Self {
        let payload = Due::End(session).encode();
        Self { time, source: node, seq: LIFE_SEQ | session << 1 | 1, target: node, payload }
    }

    /// What is due.
    pub const fn due(&self) -> Due {
        let body = self.payload & BODY;
        match self.payload >> TAG_SHIFT {
            0 => Due::Message(body),
            1 => Due::Wake,
            2 => Due::Command(OpId::new(body)),
            3 => Due::Boot(body),
            _ => Due::End(body),
        }
    }

    /// The total order: time, then source, then the source's sequence.
    pub const fn key(&self) -> u128 {
        (self.time.as_nanos() as u128) << 64 | (self.source.get() as u128) << 32 | self.seq as u128
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_it_was_made_for() {
        let (t, n) = (Time::from_nanos(5), NodeIx::new(7));
        let op = OpId::new(OpId::MAX_COUNT - 1);
        assert_eq!(Event::message(t, n, 1, n, BODY).due(), Due::Message(BODY));
        assert_eq!(Event::wake(t, n, 1).due(), Due::Wake);
        assert_eq!(Event::command(t, n, op).due(), Due::Command(op));
        assert_eq!(Event::boot(t, n, 3).due(), Due::Boot(3));
        assert_eq!(Event::end(t, n, 3).due(), Due::End(3));
    }

    #[test]
    fn order_is_time_then_source_then_sequence() {
        let event =
            |time, source, seq| Event::wake(Time::from_nanos(time), NodeIx::new(source), seq);
        let ordered = [event(1, 9, 9), event(2, 0, 5), event(2, 0, 6), event(2, 1, 0)];
        assert!(ordered.is_sorted());
    }
}
