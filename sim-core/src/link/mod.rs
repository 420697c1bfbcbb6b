//! Links: how long a message takes from one node to another, and whether it is lost.
//!
//! Both are pure functions of the pair, the model and a 64-bit draw that the engine derives from the
//! sender and its sequence number, so that no draw depends on threads or on other nodes.

use crate::node::NodeIx;
use crate::seed::mix;
use crate::time::Span;

/// The network's links between all pairs of nodes.
#[derive(Clone, Debug)]
pub struct Links {
    delay: Span,
}

impl Links {
    /// Every message takes `delay` one way and none is lost.
    pub const fn constant(delay: Span) -> Self {
        Self { delay }
    }

    /// How long a message from `from` to `to` takes, one way. `draw` is uniform.
    pub fn delay(&self, from: NodeIx, to: NodeIx, draw: u64) -> Span {
        let _ = (from, to, mix(draw));
        self.delay
    }

    /// Is this message lost? `bad` is the sender's loss state, kept by the engine between calls.
    pub fn lost(&self, bad: &mut bool, draw: u64) -> bool {
        let _ = (&bad, draw);
        false
    }

    /// Can a message be lost at all?
    pub fn lossy(&self) -> bool {
        false
    }

    /// No message between a node of `a` and a node of `b` (ranges of node numbers) ever takes less.
    pub fn floor_between(&self, a: std::ops::Range<u32>, b: std::ops::Range<u32>) -> Span {
        let _ = (a, b);
        self.delay
    }

    /// Where `0..nodes` may best be cut into `parts` ranges of similar size so that the smallest
    /// delay between ranges is large: `parts - 1` node numbers, ascending.
    pub fn cuts(&self, nodes: u32, parts: u32) -> Vec<u32> {
        (1..parts)
            .map(|part| {
                u32::try_from(u64::from(nodes) * u64::from(part) / u64::from(parts))
                    .unwrap_or(nodes)
            })
            .collect()
    }
}
