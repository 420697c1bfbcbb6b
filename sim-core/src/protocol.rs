//! The trait a protocol implements: a state machine that never does I/O.
//!
//! Inputs are a boot, a message, a timer and a command; effects go into the [`Ctx`], in order. Time
//! and chance are arguments (`ctx.now()`, `ctx.rng()`). A state machine has no access to the world:
//! it knows its bootstrap contacts, what survived its last session, and what its messages told it.
//! Death is silent: only a timeout tells.

use std::fmt::Debug;

use crate::ctx::Ctx;
use crate::key::Key;
use crate::node::NodeIx;
use crate::op::{Command, OpId, Value};
use crate::time::Time;
use crate::warm::WarmView;

/// One protocol: its parameters, its messages, its timers, and the state of one node.
pub trait Protocol: Sized + Send {
    /// The name in scenario files and results.
    const NAME: &'static str;

    /// What a run fixes for all nodes; read through [`Ctx::params`].
    type Params: Send + Sync;
    /// What travels between nodes. Bounded in size: lists are inline arrays.
    type Message: Message;
    /// A closed enum of timers. Arming one again replaces it, disarming clears it.
    type Timer: Copy + Ord + Debug + Send;
    /// What survives on disk between two sessions of one identity.
    type Saved: Send;

    /// Enters the network. `bootstrap` are the addresses a fresh installation ships with (the node
    /// itself is never among them); `saved` is what the last session of this identity left.
    fn boot(bootstrap: &[NodeIx], saved: Option<Self::Saved>, ctx: &mut Ctx<'_, Self>) -> Self;

    /// Starts with a table as an ideal join would have left it. Used only by runs that say
    /// `start = "warm"`, and labelled in every output. A protocol without one joins instead; scenarios
    /// then refuse to start it warm.
    fn warm(overlay: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        let _ = overlay;
        Self::boot(bootstrap, None, ctx)
    }

    /// A message arrived. Late, duplicate and unknown messages are the network's right.
    fn on_message(&mut self, from: NodeIx, message: Self::Message, ctx: &mut Ctx<'_, Self>);

    /// A timer is due. The cause of what is sent from here is set with [`Ctx::attribute`].
    fn on_timer(&mut self, timer: Self::Timer, ctx: &mut Ctx<'_, Self>);

    /// The workload asks for something. Ends with [`Ctx::finish`], now or later.
    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>);

    /// The node says good-bye (a graceful end only; a crash says nothing).
    fn on_leave(&mut self, ctx: &mut Ctx<'_, Self>) {
        let _ = ctx;
    }

    /// The session is over, by crash or leave: keeps what is on disk.
    fn save(self, params: &Self::Params) -> Self::Saved;

    /// The length of `message` on the wire in bytes, with the framing the real protocol has.
    fn wire_len(params: &Self::Params, message: &Self::Message) -> u32;

    /// Shows every contact of the routing table; read-only, for overlay graphs.
    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind));

    /// How many pointers deep [`Protocol::glance`] goes; zero turns it off.
    const GLANCE_DEPTH: u32 = 0;

    /// Reads memory that `message` from a peer whose key begins with the bits `from` will need, `depth` pointers away from the state, and returns any
    /// word of it. The engine calls this for several coming messages together, so that their memory
    /// fetches overlap. It changes nothing and may read too much or too little: speed is all it is for.
    fn glance(&self, depth: u32, from: u64, message: &Self::Message) -> u64 {
        let _ = (depth, from, message);
        0
    }

    /// Shows what this protocol alone can tell about its node, such as the version of a model;
    /// read-only, for gauges. A name is always shown with the same fold.
    fn readings(&self, now: Time, visit: &mut dyn FnMut(Reading)) {
        let _ = (now, visit);
    }

    /// Shows every record held for others or itself that is alive at `now`; read-only, for counting replicas.
    fn records(&self, now: Time, visit: &mut dyn FnMut(Key, Value)) {
        let _ = (now, visit);
    }
}

/// Something that a node tells about itself, for gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The public name of the gauge, such as `model.version_max`.
    pub name: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// The value.
    pub value: u64,
    /// What is made of the values of all nodes that are up.
    pub fold: Fold,
}

/// What a gauge makes of the readings of all nodes that are up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// A message of a protocol.
pub trait Message: Send {
    /// The names of the kinds of messages; [`Message::kind`] indexes it. At most [`KINDS_MAX`].
    /// [`kinds!`](crate::kinds) writes both where each variant is a kind.
    const KINDS: &'static [&'static str];

    /// Which kind this is.
    fn kind(&self) -> u8;

    /// A hash of the whole content, the same on every machine;
    /// [`digest_of`](crate::digest::digest_of) makes one.
    fn digest(&self) -> u64;

    /// Which exchange of request and answer this is part of, if the protocol numbers them. Only
    /// [`Links::with_paired_delays`](crate::link::Links::with_paired_delays) and observers of
    /// [steps](crate::step) ask for it.
    fn exchange(&self) -> Option<Exchange> {
        None
    }

    /// Shows every contact that this message names, in order; for observers only.
    fn names(&self, visit: &mut dyn FnMut(NodeIx)) {
        let _ = visit;
    }
}

/// Within `impl Message`: the kinds of a message of which each variant is one, as in
/// `kinds!(Ask = "ask", Near = "near");`. Writes [`KINDS`](crate::protocol::Message::KINDS) and
/// [`kind`](crate::protocol::Message::kind).
#[macro_export]
macro_rules! kinds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        const KINDS: &'static [&'static str] = &[$($name),+];

        fn kind(&self) -> u8 {
            enum Kind { $($variant),+ }
            match self { $(Self::$variant { .. } => Kind::$variant as u8),+ }
        }
    };
}

/// A request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its number among those of the asker with this peer.
    pub number: u32,
    /// Is this the answer?
    pub is_answer: bool,
}

/// The bound on kinds of messages in one protocol.
pub const KINDS_MAX: usize = 48;

/// What a contact is to the node that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactKind {
    /// An entry of a Kademlia bucket.
    Bucket,
    /// A successor on a ring.
    Successor,
    /// A predecessor on a ring.
    Predecessor,
    /// A finger.
    Finger,
    /// Any other neighbour.
    Neighbour,
}

/// How a node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Answers requests.
    Server,
    /// Asks but answers nobody: behind a NAT, in client mode.
    Client,
}
