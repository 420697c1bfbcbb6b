//! One shard: a range of nodes that runs alone between two window edges.

mod inputs;
mod lifecycle;
mod lookahead;
mod report;

use crate::cause::Traffic;
use crate::event::{Due, Event};
use crate::node::NodeIx;
use crate::observe::Observer;
use crate::op::OpId;
use crate::protocol::{KINDS_MAX, Protocol};
use crate::queue::Queue;
use crate::record::{Count, OpCost, Tally};
use crate::seed::{Purpose, Rng};
use crate::sink::{Hot, Parcel, Shared, Sink};
use crate::slab::Slab;
use crate::time::Time;
use crate::wakeups::Timers;
use crate::world::World;

/// The state of one identity.
#[derive(Debug)]
enum Slot<P: Protocol> {
    /// Never up so far, or gone for good.
    Empty,
    /// In the network.
    Up(P),
    /// Down, with what is on its disk.
    Down(P::Saved),
}

/// A range of nodes with all that happens to them.
pub(crate) struct Shard<P: Protocol, O> {
    slots: Vec<Slot<P>>,
    /// Time spent up in sessions that have ended, in nanoseconds.
    uptime: Vec<u64>,
    pub(crate) sink: Sink<P>,
    /// Messages from the other shards, not yet in the queue.
    pub(crate) inbox: Vec<Parcel<P::Message>>,
    /// The operations of the own nodes, in order of time, and how many of them are in the queue.
    operations: Vec<OpId>,
    planned: usize,
    pub(crate) observer: O,
}

impl<P: Protocol, O: Observer> Shard<P, O> {
    /// The shard of the nodes in `range`, out of `shards` shards.
    pub(crate) fn new(
        world: &World,
        range: std::ops::Range<u32>,
        shards: usize,
        observer: O,
    ) -> Self {
        let hot = range
            .clone()
            .map(|node| Hot::new(Rng::new(world.seed, Purpose::Protocol, u64::from(node))));
        let hot: Vec<Hot> = hot.collect();
        let count = hot.len();
        let own = |op: &u32| range.contains(&world.operations[*op as usize].node.get());
        let all = u32::try_from(world.operations.len()).expect("more than 2^32 operations");
        Self {
            slots: (0..count).map(|_| Slot::Empty).collect(),
            uptime: vec![0; count],
            sink: Sink {
                first: range.start,
                queue: Queue::new(),
                slab: Slab::new(),
                hot,
                timers: (0..count).map(|_| Timers::new()).collect(),
                uplink_bad: if world.links.lossy() { vec![false; count] } else { Vec::new() },
                outbox: (0..shards).map(|_| Parcel::new()).collect(),
                traffic: [[Count::default(); Traffic::COUNT]; KINDS_MAX],
                costs: vec![OpCost::default(); world.operations.len()],
                tally: Tally::default(),
                emitted: Vec::new(),
                found: Vec::new(),
                names: Vec::new(),
                entries: Vec::new(),
                watched: observer.wants_steps(),
                steps: Vec::new(),
            },
            inbox: (0..shards).map(|_| Parcel::new()).collect(),
            operations: (0..all).filter(own).map(OpId::new).collect(),
            planned: 0,
            observer,
        }
    }

    fn node(&self, local: usize) -> NodeIx {
        NodeIx::from_usize(self.sink.first as usize + local)
    }

    /// The numbers of the own nodes.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeIx> + use<P, O> {
        let first = self.sink.first as usize;
        (first..first + self.slots.len()).map(NodeIx::from_usize)
    }

    /// The earliest instant at which something may be due here.
    pub(crate) fn lower_bound(&self, world: &World) -> Time {
        let queued = self.sink.queue.lower_bound().unwrap_or(Time::NEVER);
        let planned = self
            .operations
            .get(self.planned)
            .map_or(Time::NEVER, |op| world.operations[op.index()].at);
        let received = self.inbox.iter().map(|parcel| parcel.earliest).min().unwrap_or(Time::NEVER);
        queued.min(planned).min(received)
    }

    /// Handles everything that is due before `limit`.
    pub(crate) fn run_before(&mut self, shared: &Shared<'_, P>, limit: Time) {
        for parcel in &mut self.inbox {
            parcel.earliest = Time::NEVER;
            for outgoing in parcel.messages.drain(..) {
                self.sink.accept(outgoing);
            }
        }
        while let Some(&op) = self.operations.get(self.planned) {
            let operation = &shared.world.operations[op.index()];
            if operation.at >= limit {
                break;
            }
            self.sink.queue.push(Event::command(operation.at, operation.node, op));
            self.planned += 1;
        }
        let mut touched = 0;
        while let Some(event) = self.sink.queue.pop_before(limit) {
            if touched == 0 {
                touched = self.touch_upcoming(shared);
            }
            touched = touched.saturating_sub(1);
            self.handle(shared, &event);
        }
    }

    fn handle(&mut self, shared: &Shared<'_, P>, event: &Event) {
        match event.due() {
            Due::Message(handle) => self.deliver(shared, event, handle),
            Due::Wake => self.wake(shared, event),
            Due::Command(op) => self.command(shared, event, op),
            Due::Boot(session) => {
                self.plan_end(shared, event.target, session);
                if !shared.held_down.contains(event.target) {
                    self.open(shared, event.target, event.time, None);
                }
            }
            Due::End(session) => {
                let graceful = shared.world.sessions.of(event.target)[session as usize].graceful;
                self.close(shared, event.target, event.time, graceful);
                self.plan_boot(shared, event.target, session + 1);
            }
        }
        if !self.sink.emitted.is_empty() || !self.sink.steps.is_empty() {
            self.report(shared);
        }
    }
}
