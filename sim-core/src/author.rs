//! The facade for authors of protocols: everything a state machine may name, and nothing more.
//!
//! A test of the protocols crate forbids it to name any other module of this one.

pub use crate::batch::{Batch, Entry, Gathered, Item};
pub use crate::cause::{Cause, Traffic};
pub use crate::ctx::Ctx;
pub use crate::digest::digest_of;
pub use crate::key::{Distance, KEY_BITS, Key};
pub use crate::kinds;
pub use crate::node::NodeIx;
pub use crate::op::{Collected, Command, Finish, OpId, Outcome, Value};
pub use crate::protocol::{ContactKind, Exchange, Fold, Message, Protocol, Reading, Role};
pub use crate::ratio::Ratio;
pub use crate::ring::{RingPoint, point_id};
pub use crate::seed::{Draw, Rng, mix, mix_pair};
pub use crate::time::{Span, Time};
pub use crate::warm::WarmView;
