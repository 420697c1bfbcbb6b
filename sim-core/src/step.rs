//! Steps: what nodes see and send, one by one, for observers that ask for it.
//!
//! An observer says once, when its shard is made, whether it wants them. Where it does not, the price is one
//! comparison a message.

use crate::cause::Cause;
use crate::node::NodeIx;
use crate::op::OpId;
use crate::protocol::Exchange;
use crate::time::Time;

/// One thing that happened at one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Time,
    /// Where.
    pub node: NodeIx,
    /// What.
    pub act: Act,
}

/// What happened at a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It sent a message.
    Sent {
        /// To whom.
        to: NodeIx,
        /// The message.
        message: Letter,
        /// When it arrives, unless it was dropped at once.
        way: Way,
    },
    /// A message arrived.
    Arrived {
        /// From whom.
        from: NodeIx,
        /// The message.
        message: Letter,
        /// When it was sent.
        sent_at: Time,
        /// What became of it.
        end: Arrival,
    },
    /// A timer fired.
    Timer,
    /// The workload asked for something.
    Command(OpId),
    /// A session began.
    Boot,
    /// A session ended.
    End {
        /// With a good-bye?
        graceful: bool,
    },
}

/// A message as observers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The sender's own number for it.
    pub seq: u32,
    /// The name of its kind.
    pub kind: &'static str,
    /// The hash of its content.
    pub digest: u64,
    /// Its length on the wire in bytes.
    pub bytes: u32,
    /// Why it was sent.
    pub cause: Cause,
    /// Which request and answer it is part of, where the protocol numbers them.
    pub exchange: Option<Exchange>,
    /// The contacts in it, where the protocol shows them.
    pub names: Vec<NodeIx>,
}

/// What the network does with a message at its sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It arrives then, if somebody is there.
    Arrives(Time),
    /// It is lost on the link.
    Lost,
    /// A fault does not let it through.
    Refused,
}

/// What becomes of a message at its arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It was handled.
    Handled,
    /// Nobody was there, or a session that began after the sending.
    Nobody,
    /// A fault stopped it on its way.
    Stopped,
}
