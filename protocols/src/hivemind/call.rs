//! Requests under way, and those that wait for a slot: what a node remembers until an answer comes.
//!
//! One limit holds for all requests of a node, whatever they are for. Those beyond it wait in order
//! of their asking; the time-out of each begins when it is sent.

use std::collections::VecDeque;

use dhtlab_core::author::{Cause, NodeIx, Time};

use super::message::Ask;

/// Which part of which job of a node a request is for; the jobs give it its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The number of the job.
    pub(super) job: u32,
    /// The part of the job.
    pub(super) part: u32,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A find request of a job.
    Find(Token),
    /// A store request of a job.
    Store(Token),
    /// Records for a node that was met for the first time: nobody waits for the answer.
    HandOver,
    /// A ping of a bootstrap node.
    Door,
    /// A newcomer asked for the proof that it can be reached, with its ping number .0.
    PingBack(u32),
    /// Is the contact that was not heard of for the longest time still there?
    Candidate,
}

/// Why a request cannot succeed although it was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was sent.
    Sent,
    /// It is longer than a frame may be.
    TooLong,
    /// The receiver is on the blacklist.
    Banned,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    id: u32,
    /// Who was asked.
    pub(super) to: NodeIx,
    /// How many results a full answer has.
    pub(super) count: u32,
    /// Was it sent at all?
    pub(super) fate: Fate,
    /// What it is for.
    pub(super) purpose: Purpose,
    /// What the wall clock showed at the sending.
    pub(super) clock: Time,
    deadline: Time,
    /// Why it was asked.
    pub(super) cause: Cause,
}

/// A request that waits for a slot.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Who is to be asked.
    pub(super) to: NodeIx,
    /// What.
    pub(super) ask: Ask,
    /// What for.
    pub(super) purpose: Purpose,
    /// Why.
    pub(super) cause: Cause,
}

/// The requests of one node, in order of number.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// Most nodes never have any: there is no limit unless one is set.
    #[expect(clippy::box_collection, reason = "a pointer in each node instead of a queue")]
    waiting: Option<Box<VecDeque<Waiting>>>,
    next: u32,
}

const _: () = assert!(size_of::<Call>() <= 48, "a request under way outgrew its slot");

impl Calls {
    /// The number of the request that begins next.
    pub(super) const fn number(&self) -> u32 {
        self.next
    }

    /// Begins a request, which is given up at `deadline`, and returns its number.
    pub(super) fn begin(&mut self, waiting: &Waiting, times: (Time, Time), fate: Fate) -> u32 {
        let id = self.next;
        self.next = self.next.checked_add(1).expect("more than 2^32 requests of one node");
        let (clock, deadline) = times;
        let (to, purpose, cause) = (waiting.to, waiting.purpose, waiting.cause);
        let count = waiting.ask.count();
        self.list.push(Call { id, to, count, fate, purpose, clock, deadline, cause });
        id
    }

    /// Is there a slot, if at most `limit` requests may be under way (zero: any number)?
    pub(super) const fn has_room(&self, limit: u32) -> bool {
        limit == 0 || self.list.len() < limit as usize
    }

    /// Lets a request wait behind all others.
    pub(super) fn wait(&mut self, waiting: Waiting) {
        self.waiting.get_or_insert_default().push_back(waiting);
    }

    /// The request that has waited longest.
    pub(super) fn next_waiting(&mut self) -> Option<Waiting> {
        self.waiting.as_mut()?.pop_front()
    }

    /// Ends request `id` by an answer from `peer`; `None` when there is no such request.
    pub(super) fn end(&mut self, id: u32, peer: NodeIx) -> Option<Call> {
        let at = self.list.binary_search_by_key(&id, |call| call.id).ok()?;
        (self.list[at].to == peer).then(|| self.take(at))
    }

    /// Gives up the first request that is due at `now`.
    pub(super) fn expire(&mut self, now: Time) -> Option<Call> {
        let at = self.list.iter().position(|call| call.deadline <= now)?;
        Some(self.take(at))
    }

    fn take(&mut self, at: usize) -> Call {
        let call = self.list.remove(at);
        if self.list.is_empty() && self.list.capacity() > 4 {
            // Most nodes are idle most of the time: give the memory back.
            self.list = Vec::new();
        }
        call
    }

    /// Forgets all requests for this purpose, whether sent or waiting.
    pub(super) fn cancel(&mut self, purpose: Purpose) {
        self.list.retain(|call| call.purpose != purpose);
        if let Some(waiting) = &mut self.waiting {
            waiting.retain(|waiting| waiting.purpose != purpose);
        }
    }

    /// What request `id` is for, if it is under way.
    pub(super) fn purpose(&self, id: u32) -> Option<Purpose> {
        let at = self.list.binary_search_by_key(&id, |call| call.id).ok()?;
        self.list.get(at).map(|call| call.purpose)
    }

    /// Words here and there among the requests under way.
    pub(super) fn glance(&self) -> u64 {
        self.list.iter().step_by(4).fold(0, |word, call| word ^ u64::from(call.id))
    }

    /// When the next request is given up.
    pub(super) fn next_deadline(&self) -> Time {
        self.list.iter().map(|call| call.deadline).min().unwrap_or(Time::NEVER)
    }

    /// How many requests are under way.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// How many requests wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.len())
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::{Span, Traffic};

    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn waiting(to: u32, purpose: Purpose) -> Waiting {
        let cause = Cause::background(Traffic::Maintenance);
        Waiting { to: NodeIx::new(to), ask: Ask::Ping { validate: false }, purpose, cause }
    }

    #[test]
    fn an_answer_counts_once_and_only_from_the_peer_that_was_asked() {
        let mut calls = Calls::default();
        let id = calls.begin(&waiting(1, Purpose::Door), (at(0), at(3)), Fate::Sent);
        assert!(calls.end(id, NodeIx::new(2)).is_none());
        assert_eq!(calls.end(id, NodeIx::new(1)).map(|call| call.purpose), Some(Purpose::Door));
        assert!(calls.end(id, NodeIx::new(1)).is_none());
    }

    #[test]
    fn what_cannot_be_sent_is_given_up_before_what_was_sent_earlier() {
        let mut calls = Calls::default();
        calls.begin(&waiting(1, Purpose::Door), (at(0), at(3)), Fate::Sent);
        calls.begin(&waiting(2, Purpose::HandOver), (at(1), at(1)), Fate::TooLong);
        assert_eq!(calls.next_deadline(), at(1));
        assert_eq!(calls.expire(at(1)).map(|call| call.fate), Some(Fate::TooLong));
        assert!(calls.expire(at(1)).is_none());
        assert_eq!(calls.next_deadline(), at(3));
    }

    #[test]
    fn those_that_wait_are_served_in_order_and_can_be_cancelled() {
        let mut calls = Calls::default();
        calls.begin(&waiting(1, Purpose::Door), (at(0), at(3)), Fate::Sent);
        assert!(calls.has_room(0) && calls.has_room(2) && !calls.has_room(1));
        for to in 2..5 {
            let purpose = if to == 3 { Purpose::Door } else { Purpose::Candidate };
            calls.wait(waiting(to, purpose));
        }
        calls.cancel(Purpose::Door);
        assert_eq!((calls.len(), calls.waiting()), (0, 2));
        let order = [(); 3].map(|()| calls.next_waiting().map(|waiting| waiting.to.get()));
        assert_eq!(order, [Some(2), Some(4), None]);
    }
}
