//! Probes: what of a run is kept step by step.

use dhtlab_core::cause::Cause;
use dhtlab_core::op::OpId;
use dhtlab_core::step::{Act, Step};
use dhtlab_core::time::Time;

/// What is kept step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Everything that this operation causes, at any node; the run ends soon after the operation does.
    Operation(OpId),
    /// Everything that happens from `from` to before `until`; the run ends then.
    Window {
        /// The first instant.
        from: Time,
        /// The first instant that is not meant any more.
        until: Time,
    },
}

impl Probe {
    /// Is `step` to be kept?
    pub fn keeps(self, step: &Step) -> bool {
        match self {
            Self::Window { from, until } => step.at >= from && step.at < until,
            Self::Operation(op) => match &step.act {
                Act::Sent { message, .. } | Act::Arrived { message, .. } => {
                    Cause::op(message.cause) == Some(op)
                }
                Act::Command(own) => *own == op,
                Act::Timer | Act::Boot | Act::End { .. } => false,
            },
        }
    }
}
