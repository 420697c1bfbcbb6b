//! The sink of effects of one shard: its queue, its messages in flight, its timers and its counts.

use crate::batch::Entry;
use crate::cause::{Cause, Traffic};
use crate::digest::{Seen, chain};
use crate::event::{Event, OWN_SEQ_END};
use crate::members::Members;
use crate::node::NodeIx;
use crate::observe::Sight;
use crate::op::{Finish, OpId};
use crate::protocol::{Exchange, KINDS_MAX, Message, Protocol};
use crate::queue::Queue;
use crate::reach::{Reach, Verdict};
use crate::record::{BatchRecord, Count, JoinRecord, Load, OpCost, OpRecord, RangeRecord, Tally};
use crate::seed::{Rng, mix, mix_pair};
use crate::slab::{Slab, Stamp};
use crate::step::{Act, Letter, Step, Way};
use crate::time::{Span, Time};
use crate::wakeups::Timers;
use crate::world::World;

/// What all shards read and none writes inside a window.
pub(crate) struct Shared<'a, P: Protocol> {
    pub(crate) world: &'a World,
    pub(crate) params: &'a P::Params,
    pub(crate) reach: &'a Reach,
    pub(crate) held_down: &'a Members,
    /// Do nodes boot without what their last session saved?
    pub(crate) saved_forgotten: bool,
    /// The first node of each shard.
    pub(crate) firsts: &'a [u32],
    pub(crate) link_salt: u64,
}

impl<P: Protocol> Shared<'_, P> {
    pub(crate) const fn sight(&self) -> Sight<'_> {
        Sight { world: self.world, held_down: self.held_down }
    }
}

/// What is touched of a node at every event: one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Hot {
    /// When its queued wake-up is due; [`Time::NEVER`] when none is.
    pub(crate) wake: Time,
    /// When its session began; [`Time::NEVER`] while it is down.
    pub(crate) up_since: Time,
    pub(crate) rng: Rng,
    pub(crate) chain: u64,
    pub(crate) load: Load,
    pub(crate) seq: u32,
}

const _: () = assert!(size_of::<Hot>() == 64);

impl Hot {
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            wake: Time::NEVER,
            up_since: Time::NEVER,
            rng,
            chain: 0,
            load: Load::default(),
            seq: 0,
        }
    }

    fn next_seq(&mut self) -> u32 {
        let seq = self.seq;
        assert!(seq < OWN_SEQ_END, "a node sent more than 2^31 messages");
        self.seq += 1;
        seq
    }

    pub(crate) const fn see(&mut self, seen: Seen, at: Time, order: u64, payload: u64) {
        self.chain = chain(self.chain, seen, at, order, payload);
    }
}

/// A message for a node of another shard.
#[derive(Debug)]
pub(crate) struct Outgoing<M> {
    at: Time,
    source: NodeIx,
    seq: u32,
    target: NodeIx,
    stamp: Stamp,
    message: M,
}

/// Messages for one other shard, handed over at the window's end.
#[derive(Debug)]
pub(crate) struct Parcel<M> {
    pub(crate) earliest: Time,
    pub(crate) messages: Vec<Outgoing<M>>,
}

impl<M> Parcel<M> {
    pub(crate) const fn new() -> Self {
        Self { earliest: Time::NEVER, messages: Vec::new() }
    }

    /// Moves all of `other` behind what is here.
    pub(crate) fn append(&mut self, other: &mut Self) {
        self.earliest = self.earliest.min(other.earliest);
        other.earliest = Time::NEVER;
        self.messages.append(&mut other.messages);
    }

    fn put(&mut self, outgoing: Outgoing<M>) {
        self.earliest = self.earliest.min(outgoing.at);
        self.messages.push(outgoing);
    }
}

/// A record on its way to the observer.
#[derive(Debug)]
pub(crate) enum Emitted {
    Op { record: OpRecord, found: usize, names: usize, entries: usize },
    Join(JoinRecord),
}

/// The shard without its node states and observer.
pub(crate) struct Sink<P: Protocol> {
    pub(crate) first: u32,
    pub(crate) queue: Queue,
    pub(crate) slab: Slab<P::Message>,
    pub(crate) hot: Vec<Hot>,
    pub(crate) timers: Vec<Timers<P::Timer>>,
    /// The loss state of each sender's uplink; empty when nothing is ever lost.
    pub(crate) uplink_bad: Vec<bool>,
    /// One parcel for each shard; the own one stays empty.
    pub(crate) outbox: Vec<Parcel<P::Message>>,
    pub(crate) traffic: [[Count; Traffic::COUNT]; KINDS_MAX],
    pub(crate) costs: Vec<OpCost>,
    pub(crate) tally: Tally,
    pub(crate) emitted: Vec<Emitted>,
    pub(crate) found: Vec<NodeIx>,
    pub(crate) names: Vec<u64>,
    pub(crate) entries: Vec<Entry>,
    /// Does the observer want steps?
    pub(crate) watched: bool,
    /// Steps on their way to the observer; empty when it wants none.
    pub(crate) steps: Vec<Step>,
}

/// What became of a message at its sending.
enum Fate {
    Arrives(Span),
    Lost,
    Refused,
}

impl<P: Protocol> Sink<P> {
    pub(crate) fn local(&self, node: NodeIx) -> usize {
        (node.get() - self.first) as usize
    }

    pub(crate) fn rng(&mut self, node: NodeIx) -> &mut Rng {
        let local = self.local(node);
        &mut self.hot[local].rng
    }

    pub(crate) fn send(
        &mut self,
        shared: &Shared<'_, P>,
        now: Time,
        (from, to): (NodeIx, NodeIx),
        cause: Cause,
        message: P::Message,
    ) {
        let bytes = P::wire_len(shared.params, &message);
        let local = self.local(from);
        let hot = &mut self.hot[local];
        let seq = hot.next_seq();
        hot.load.messages_out += 1;
        hot.load.bytes_out += u64::from(bytes);
        let session_start = hot.up_since;
        self.count(cause, message.kind(), bytes);
        let exchange = shared.world.links.are_paired().then(|| message.exchange()).flatten();
        let draw = match exchange {
            None => mix_pair(shared.link_salt, u64::from(from.get()), u64::from(seq)),
            Some(exchange) => paired_draw(shared.link_salt, (from, to), exchange),
        };
        let fate = self.fate(shared, (from, to), session_start, draw);
        if self.watched {
            let stamp = Stamp { sent_at: now, cause, bytes };
            self.note_sent((from, to), seq, stamp, &message, &fate);
        }
        match fate {
            Fate::Arrives(delay) => {
                let stamp = Stamp { sent_at: now, cause, bytes };
                let (at, source, target) = (now + delay, from, to);
                if self.owns(target) {
                    let handle = self.slab.insert(stamp, message);
                    self.queue.push(Event::message(at, source, seq, target, handle));
                } else {
                    let shard = shared.firsts.partition_point(|first| *first <= target.get()) - 1;
                    self.outbox[shard].put(Outgoing { at, source, seq, target, stamp, message });
                }
            }
            Fate::Lost => self.drop_at_sender(local, Seen::Lost, now, seq, bytes),
            Fate::Refused => self.drop_at_sender(local, Seen::Refused, now, seq, bytes),
        }
    }

    /// Keeps the sending of `message` for the observer.
    #[cold]
    fn note_sent(
        &mut self,
        (from, to): (NodeIx, NodeIx),
        seq: u32,
        stamp: Stamp,
        message: &P::Message,
        fate: &Fate,
    ) {
        let way = match fate {
            Fate::Arrives(delay) => Way::Arrives(stamp.sent_at + *delay),
            Fate::Lost => Way::Lost,
            Fate::Refused => Way::Refused,
        };
        let message = letter(message, seq, stamp);
        self.note(stamp.sent_at, from, Act::Sent { to, message, way });
    }

    /// Keeps for the observer what happened at `node`.
    pub(crate) fn note(&mut self, at: Time, node: NodeIx, act: Act) {
        self.steps.push(Step { at, node, act });
    }

    fn count(&mut self, cause: Cause, kind: u8, bytes: u32) {
        self.tally.sent += 1;
        self.tally.bytes_sent += u64::from(bytes);
        let count = &mut self.traffic[usize::from(kind) % KINDS_MAX][cause.traffic() as usize];
        count.messages += 1;
        count.bytes += u64::from(bytes);
        if let Some(op) = cause.op() {
            let cost = &mut self.costs[op.index()];
            cost.messages += 1;
            cost.bytes = cost.bytes.saturating_add(bytes);
        }
    }

    fn fate(
        &mut self,
        shared: &Shared<'_, P>,
        (from, to): (NodeIx, NodeIx),
        session_start: Time,
        draw: u64,
    ) -> Fate {
        let mut more = Span::ZERO;
        if !shared.reach.is_open() {
            match shared.reach.at_sending(from, to, session_start) {
                Verdict::Pass(delay) => more = delay,
                Verdict::Refuse => return Fate::Refused,
            }
        }
        let links = &shared.world.links;
        if !self.uplink_bad.is_empty() {
            let local = self.local(from);
            if links.lost(&mut self.uplink_bad[local], mix(draw)) {
                return Fate::Lost;
            }
        }
        Fate::Arrives(links.delay(from, to, draw) + more)
    }

    fn drop_at_sender(&mut self, local: usize, seen: Seen, now: Time, seq: u32, bytes: u32) {
        self.hot[local].see(seen, now, u64::from(seq), u64::from(bytes));
        self.tally.bytes_dropped += u64::from(bytes);
        if seen == Seen::Lost {
            self.tally.lost += 1;
        } else {
            self.tally.refused += 1;
        }
    }

    fn owns(&self, node: NodeIx) -> bool {
        node.get() >= self.first && self.local(node) < self.hot.len()
    }

    /// Takes a message for one of the own nodes into the queue.
    pub(crate) fn accept(&mut self, outgoing: Outgoing<P::Message>) {
        let Outgoing { at, source, seq, target, stamp, message } = outgoing;
        let handle = self.slab.insert(stamp, message);
        self.queue.push(Event::message(at, source, seq, target, handle));
    }

    pub(crate) fn arm(&mut self, node: NodeIx, timer: P::Timer, at: Time) {
        let local = self.local(node);
        self.timers[local].arm(timer, at);
        self.wake_by(node, at);
    }

    pub(crate) fn disarm(&mut self, node: NodeIx, timer: P::Timer) {
        let local = self.local(node);
        self.timers[local].disarm(timer);
    }

    /// Sees to it that `node` is woken at `at` or earlier. A later wake-up in the queue goes stale.
    pub(crate) fn wake_by(&mut self, node: NodeIx, at: Time) {
        let local = self.local(node);
        let hot = &mut self.hot[local];
        if at < hot.wake {
            hot.wake = at;
            let seq = hot.next_seq();
            self.queue.push(Event::wake(at, node, seq));
        }
    }

    pub(crate) fn finish(&mut self, now: Time, node: NodeIx, op: OpId, finish: &Finish<'_>) {
        let record = OpRecord {
            op,
            node,
            at: now,
            outcome: finish.outcome,
            value: finish.value,
            hops: finish.hops,
            depth_max: finish.depth_max,
            requests: finish.requests,
            successes: finish.successes,
            failures: finish.failures,
            range: finish.range.map(|range| RangeRecord {
                items: u32::try_from(range.names.len()).unwrap_or(u32::MAX),
                holders: range.holders,
                complete: range.complete,
            }),
            batch: finish.batch.map(|batch| BatchRecord {
                done: batch.done,
                entries: u32::try_from(batch.entries.len()).unwrap_or(u32::MAX),
            }),
        };
        let names = finish.range.map_or(&[][..], |range| range.names);
        self.found.extend_from_slice(finish.found);
        let entries = finish.batch.map_or(&[][..], |batch| batch.entries);
        self.names.extend_from_slice(names);
        self.entries.extend_from_slice(entries);
        let (names, entries) = (names.len(), entries.len());
        self.emitted.push(Emitted::Op { record, found: finish.found.len(), names, entries });
    }

    pub(crate) fn joined(&mut self, now: Time, node: NodeIx, success: bool) {
        let booted_at = self.hot[self.local(node)].up_since;
        self.emitted.push(Emitted::Join(JoinRecord { node, booted_at, at: now, success }));
    }
}

/// A message as observers see it.
pub(crate) fn letter<M: Message>(message: &M, seq: u32, stamp: Stamp) -> Letter {
    let mut names = Vec::new();
    message.names(&mut |node| names.push(node));
    Letter {
        seq,
        kind: M::KINDS.get(usize::from(message.kind())).copied().unwrap_or("unknown"),
        digest: message.digest(),
        bytes: stamp.bytes,
        cause: stamp.cause,
        exchange: message.exchange(),
        names,
    }
}

/// The draw that a request and its answer share.
fn paired_draw(salt: u64, (from, to): (NodeIx, NodeIx), exchange: Exchange) -> u64 {
    let (asker, asked) = if exchange.is_answer { (to, from) } else { (from, to) };
    let salt = mix_pair(salt, u64::from(exchange.number), u64::MAX);
    mix_pair(salt, u64::from(asker.get()), u64::from(asked.get()))
}
