//! One shard: a range of nodes that runs alone between two window edges.

use crate::cause::{Cause, Traffic};
use crate::ctx::Ctx;
use crate::digest::{Digest, Seen};
use crate::event::{Due, Event};
use crate::node::NodeIx;
use crate::observe::{Found, Observer};
use crate::op::OpId;
use crate::protocol::{KINDS_MAX, Message, Protocol};
use crate::queue::Queue;
use crate::record::{Count, OpCost, Tally};
use crate::seed::{Purpose, Rng};
use crate::sink::{Emitted, Hot, Parcel, Shared, Sink, letter};
use crate::slab::Slab;
use crate::step::{Act, Arrival, Step};
use crate::time::Time;
use crate::wakeups::Timers;
use crate::warm::WarmView;
use crate::world::World;

/// More timers than this due at one node at one instant are a timer that re-arms itself for ever.
const TIMERS_AT_ONCE_MAX: u32 = 100_000;

/// How many events ahead are touched together; measured, about flat from 16 to 32.
const TOUCH_AHEAD: usize = 32;

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

    /// Plans the first session of every node; in a warm run those up at the start are put in place.
    pub(crate) fn start(&mut self, shared: &Shared<'_, P>, warm: Option<&WarmView<'_>>) {
        for node in self.nodes() {
            let Some(session) = shared.world.sessions.of(node).first() else { continue };
            if session.up > Time::ZERO || warm.is_none() {
                self.sink.queue.push(Event::boot(session.up, node, 0));
            }
        }
        let Some(view) = warm else { return };
        // In the order of keys, neighbours' buckets are the same stretches of memory.
        let clients =
            self.nodes().filter(|node| shared.world.role(*node) == crate::protocol::Role::Client);
        let clients: Vec<NodeIx> = clients.collect();
        for &node in view.order().iter().chain(&clients) {
            let own = node.get() >= self.sink.first && self.sink.local(node) < self.slots.len();
            if own && shared.world.sessions.up_at(node, Time::ZERO) {
                self.plan_end(shared, node, 0);
                self.open(shared, node, Time::ZERO, Some(view));
            }
        }
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

    /// Reads what the next few events will need, for all of them together and one pointer after the
    /// other. Loads of one pass do not wait for one another, so the memory fetches of the events
    /// overlap; the events themselves then find their lines near (`benches/README.md`).
    fn touch_upcoming(&self, shared: &Shared<'_, P>) -> usize {
        let upcoming = self.sink.queue.upcoming(TOUCH_AHEAD);
        let mut word = 0;
        for event in upcoming {
            let local = self.sink.local(event.target);
            word ^=
                self.sink.hot[local].chain ^ u64::from(matches!(self.slots[local], Slot::Up(_)));
            if let Due::Message(handle) = event.due() {
                word ^= u64::from(self.sink.slab.peek(handle).is_some());
                word ^= shared.world.key_prefix(event.source);
            }
        }
        for depth in 0..P::GLANCE_DEPTH {
            for event in upcoming {
                let Slot::Up(state) = &self.slots[self.sink.local(event.target)] else { continue };
                if let Due::Message(handle) = event.due()
                    && let Some((_, message)) = self.sink.slab.peek(handle)
                {
                    word ^= state.glance(depth, shared.world.key_prefix(event.source), message);
                }
            }
        }
        std::hint::black_box(word);
        upcoming.len()
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

    fn deliver(&mut self, shared: &Shared<'_, P>, event: &Event, handle: u32) {
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

    fn wake(&mut self, shared: &Shared<'_, P>, event: &Event) {
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

    fn command(&mut self, shared: &Shared<'_, P>, event: &Event, op: OpId) {
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

    fn plan_boot(&mut self, shared: &Shared<'_, P>, node: NodeIx, session: u32) {
        if let Some(next) = shared.world.sessions.of(node).get(session as usize) {
            self.sink.queue.push(Event::boot(next.up, node, session));
        }
    }

    fn plan_end(&mut self, shared: &Shared<'_, P>, node: NodeIx, session: u32) {
        let end = shared.world.sessions.of(node)[session as usize].down;
        if end < Time::NEVER {
            self.sink.queue.push(Event::end(end, node, session));
        }
    }

    /// Begins a session of `node`, unless one is under way.
    pub(crate) fn open(
        &mut self,
        shared: &Shared<'_, P>,
        node: NodeIx,
        now: Time,
        warm: Option<&WarmView<'_>>,
    ) {
        let local = self.sink.local(node);
        let saved = match std::mem::replace(&mut self.slots[local], Slot::Empty) {
            Slot::Up(state) => {
                self.slots[local] = Slot::Up(state);
                return;
            }
            Slot::Down(saved) => (!shared.saved_forgotten).then_some(saved),
            Slot::Empty => None,
        };
        let hot = &mut self.sink.hot[local];
        hot.up_since = now;
        hot.see(Seen::Boot, now, 0, 0);
        if self.sink.watched {
            self.sink.note(now, node, Act::Boot);
        }
        self.sink.tally.boots += 1;
        self.observer.booted(&shared.sight(), node, now);
        let bootstrap = shared.world.doors_of(node);
        let cause = Cause::background(Traffic::Join);
        let mut ctx = Ctx { now, me: node, cause, shared, sink: &mut self.sink };
        let state = match warm {
            Some(view) => P::warm(view, &bootstrap, &mut ctx),
            None => P::boot(&bootstrap, saved, &mut ctx),
        };
        self.slots[local] = Slot::Up(state);
        self.report(shared);
    }

    /// Ends the session of `node`, if one is under way.
    pub(crate) fn close(
        &mut self,
        shared: &Shared<'_, P>,
        node: NodeIx,
        now: Time,
        graceful: bool,
    ) {
        let local = self.sink.local(node);
        let Slot::Up(mut state) = std::mem::replace(&mut self.slots[local], Slot::Empty) else {
            return;
        };
        if graceful {
            let cause = Cause::background(Traffic::Maintenance);
            state.on_leave(&mut Ctx { now, me: node, cause, shared, sink: &mut self.sink });
            self.report(shared);
        }
        let hot = &mut self.sink.hot[local];
        hot.see(Seen::End, now, 0, u64::from(graceful));
        self.uptime[local] += now.since(hot.up_since).as_nanos();
        hot.up_since = Time::NEVER;
        hot.wake = Time::NEVER;
        self.sink.timers[local].clear();
        self.slots[local] = Slot::Down(state.save(shared.params));
        self.sink.tally.ends += 1;
        self.observer.ended(&shared.sight(), node, now);
        if self.sink.watched {
            self.sink.note(now, node, Act::End { graceful });
            self.report(shared);
        }
    }

    /// Hands what the last handler emitted to the observer.
    fn report(&mut self, shared: &Shared<'_, P>) {
        for step in self.sink.steps.drain(..) {
            self.observer.stepped(&shared.sight(), step);
        }
        let (mut used, mut named, mut listed) = (0, 0, 0);
        for emitted in self.sink.emitted.drain(..) {
            match emitted {
                Emitted::Op { record, found, names, entries } => {
                    let result = Found {
                        nodes: &self.sink.found[used..used + found],
                        names: &self.sink.names[named..named + names],
                        entries: &self.sink.entries[listed..listed + entries],
                    };
                    self.observer.finished(&shared.sight(), &record, result);
                    used += found;
                    named += names;
                    listed += entries;
                }
                Emitted::Join(record) => self.observer.joined(&shared.sight(), &record),
            }
        }
        self.sink.found.clear();
        self.sink.names.clear();
        self.sink.entries.clear();
    }

    /// Is `node` up now?
    pub(crate) fn is_up(&self, node: NodeIx) -> bool {
        self.sink.hot[self.sink.local(node)].up_since < Time::NEVER
    }

    /// The state of `node`, if it is up.
    pub(crate) fn state(&self, node: NodeIx) -> Option<&P> {
        match &self.slots[self.sink.local(node)] {
            Slot::Up(state) => Some(state),
            Slot::Empty | Slot::Down(_) => None,
        }
    }

    /// Time that `node` has been up until `now`, in nanoseconds.
    pub(crate) fn uptime(&self, node: NodeIx, now: Time) -> u64 {
        let local = self.sink.local(node);
        let since = self.sink.hot[local].up_since;
        self.uptime[local] + if since < Time::NEVER { now.since(since).as_nanos() } else { 0 }
    }

    /// The digest over the own nodes.
    pub(crate) fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        for (local, hot) in self.sink.hot.iter().enumerate() {
            digest.add(self.node(local), hot.chain);
        }
        digest
    }
}
