//! Requests under way: matched by their number, sent again or given up in order of time.

use std::sync::Arc;

use dhtlab_core::author::{Cause, NodeIx, Time};

use super::learn::Step;
use super::message::{Ask, Item, Route};
use super::peer::Peer;

/// What a request is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A step of search number .0.
    Step(u32),
    /// What search number .0 was for, at the owner it found.
    Act(u32),
    /// Virtual node .0 wants to be admitted; of search number .1.
    Join(u16, u32),
    /// Virtual node .0 asks its successor for its state.
    Stabilize(u16),
    /// Virtual node .0 asks whether the predecessor of its successor is there.
    Adopt(u16),
    /// Virtual node .0 asks whether its predecessor is there, because .1 wants its place.
    Rectify(u16, Peer),
    /// Virtual node .0 asks whether its predecessor is there.
    CheckPredecessor(u16),
    /// Virtual node .0 carries a recursive lookup on; with it the identifiers that were silent.
    Forward(u16, Box<(Route, Vec<u64>)>),
    /// Is a random contact there?
    Contact,
    /// Virtual node .0 moves these records, or their marks, to their owner; sent first at .2.
    HandOver(u16, Arc<[Item]>, Time),
    /// Virtual node .0 tells a replica; .1: as part of a round.
    Replicate(u16, bool),
    /// A step of range query number .0.
    Range(u32),
    /// A step of the life of the learned model.
    Lesson(Step),
}

/// A request under way.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: u32,
    pub(super) to: Peer,
    pub(super) sent: Time,
    pub(super) deadline: Time,
    /// How often it may still be sent again.
    pub(super) retries: u32,
    pub(super) cause: Cause,
    pub(super) purpose: Purpose,
    pub(super) ask: Ask,
}

/// The requests of one node, in order of number.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    list: Vec<Call>,
    next: u32,
}

impl Calls {
    /// The number of the next request.
    pub(super) fn number(&mut self) -> u32 {
        let id = self.next;
        self.next = self.next.checked_add(1).expect("more than 2^32 requests of one node");
        id
    }

    /// Begins a request.
    pub(super) fn push(&mut self, call: Call) {
        // Most of the time there is one.
        if self.list.capacity() == 0 {
            self.list.reserve_exact(1);
        }
        self.list.push(call);
    }

    /// Ends request `id` by an answer from `host`; `None` when there is no such request.
    pub(super) fn end(&mut self, id: u32, host: NodeIx) -> Option<Call> {
        let at = self.list.iter().position(|call| call.id == id && call.to.host == host)?;
        Some(self.take(at))
    }

    /// Gives up the first request that is due at `now`.
    pub(super) fn expire(&mut self, now: Time) -> Option<Call> {
        let at = self.list.iter().position(|call| call.deadline <= now)?;
        Some(self.take(at))
    }

    fn take(&mut self, at: usize) -> Call {
        let call = self.list.remove(at);
        if self.list.is_empty() && self.list.capacity() > 1 {
            // Most nodes are idle most of the time: give the memory back.
            self.list = Vec::new();
        }
        call
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Reads the first of them, for [`glance`](dhtlab_core::author::Protocol::glance).
    pub(super) fn glance(&self) -> u64 {
        self.list.first().map_or(0, |call| u64::from(call.id) ^ call.to.id)
    }

    /// When the next request is given up.
    pub(super) fn next_deadline(&self) -> Time {
        self.list.iter().map(|call| call.deadline).min().unwrap_or(Time::NEVER)
    }

    /// Is a request for this purpose under way?
    pub(super) fn any(&self, is: impl Fn(&Purpose) -> bool) -> bool {
        self.list.iter().any(|call| is(&call.purpose))
    }

    /// Forgets all requests for such purposes.
    pub(super) fn cancel(&mut self, is: impl Fn(&Purpose) -> bool) {
        self.list.retain(|call| !is(&call.purpose));
    }
}
