//! Driving range queries: over successors, name by name, or by asking everybody.
//!
//! A walk is cut off when nothing new was learned for the deadline of a lookup: a range over many
//! owners takes as long as it goes on. Name by name each lookup has its own deadline and the query
//! none. A broadcast has half the deadline for a first attempt and half for a second, which hands
//! the arcs that are missing to whom lookups find there.

use dhtlab_core::author::{Cause, Collected, Ctx, Finish, Key, OpId, Outcome, Span, Time, Value};

use super::call::Purpose;
use super::message::{Answer, Ask};
use super::names::{Names, Step};
use super::node::Chord;
use super::params::{Params, RangeMode};
use super::peer::Peer;
use super::search::{Goal, Search, Spent};
use super::sweep::Sweep;
use super::walk::{Move, Piece, Walk};

/// How long a query is pursued where lookups have no deadline.
const PATIENCE: Span = Span::from_secs(30);

/// How a range is read.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Walk(Walk),
    Names(Names),
    Sweep(Sweep),
}

/// A range query under way.
#[derive(Clone, Debug)]
pub(super) struct RangeQuery {
    serial: u32,
    op: OpId,
    cause: Cause,
    pub(super) names: (u64, u64),
    limit: u32,
    pub(super) deadline: Time,
    /// Of the first lookup.
    hops: Option<u8>,
    spent: Spent,
    /// Why the last lookup failed, if one did.
    lost: Option<Outcome>,
    /// Its next steps are being taken: answers that come at once only report.
    driving: bool,
    pub(super) plan: Plan,
    /// The version of the model by which it goes: holders with another one do not count.
    version: u32,
    /// While records move: the walk by the model in use, that follows the one by the model before. In
    /// that order nothing is missed: what has left its old place when that is read has arrived.
    second: Option<Walk>,
    /// What the first of two walks found, and whether that was all.
    first: (Vec<u64>, bool),
}

impl RangeQuery {
    /// The walk by the model before is over; the one by the model in use follows.
    fn begin_second(&mut self, second: Walk) {
        if let Plan::Walk(walk) = &self.plan {
            self.first = (walk.names(), walk.is_complete());
        }
        self.plan = Plan::Walk(second);
    }
}

/// How many owners a walk asks at once.
const fn walk_width(params: &Params) -> u32 {
    match params.range_mode {
        RangeMode::Parallel => params.range_parallel,
        _ => 1,
    }
}

/// How long a query may go without anything new.
pub(super) fn patience(params: &Params) -> Span {
    match params.lookup_deadline {
        Span::ZERO => PATIENCE,
        some => some,
    }
}

impl Chord {
    /// Begins range query `op`.
    pub(super) fn read_range(
        &mut self,
        op: OpId,
        (lo, hi): (u64, u64),
        limit: u32,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let params = ctx.params();
        if lo > hi || limit == 0 {
            let range = Some(Collected { names: &[], complete: true, holders: 0 });
            return ctx.finish(op, &Finish { range, ..Finish::bare(Outcome::Done) });
        }
        let ends = [lo, hi].map(|name| self.position(Key::named(name), params));
        let before = self.ends_before((lo, hi), ctx.now());
        let over = |ends: [u64; 2], width| Walk::new(ends[0], ends[1], limit, width);
        let walk = |width| Plan::Walk(over(before.unwrap_or(ends), width));
        let second = before.map(|_| over(ends, walk_width(params)));
        let names = || params.given.names.clone();
        let plan = match params.range_mode {
            RangeMode::Walk | RangeMode::Parallel => walk(walk_width(params)),
            RangeMode::PerKey => Plan::Names(Names::new(names(), (lo, hi), limit, 1)),
            RangeMode::PerKeyBatch => {
                Plan::Names(Names::new(names(), (lo, hi), limit, params.per_key_batch))
            }
            RangeMode::Broadcast => Plan::Sweep(Sweep::new(limit)),
        };
        let serial = self.next_serial;
        self.next_serial = serial.wrapping_add(1);
        let deadline = match plan {
            Plan::Walk(_) => ctx.now() + patience(params),
            Plan::Names(_) => Time::NEVER,
            Plan::Sweep(_) => ctx.now() + Span::from_nanos(patience(params).as_nanos() / 2),
        };
        self.ranges.push(RangeQuery {
            serial,
            op,
            cause: ctx.cause(),
            names: (lo, hi),
            limit,
            deadline,
            hops: None,
            spent: Spent::default(),
            lost: None,
            driving: false,
            second: second.filter(|_| matches!(plan, Plan::Walk(_))),
            plan,
            version: self.version(),
            first: (Vec::new(), true),
        });
        self.alarm_by(deadline, ctx);
        if params.range_mode == RangeMode::Broadcast {
            self.begin_sweep(serial, (lo, hi), ctx);
        }
        self.drive_range(serial, ctx);
    }

    pub(super) fn range(&mut self, serial: u32) -> Option<&mut RangeQuery> {
        self.ranges.iter_mut().find(|range| range.serial == serial)
    }

    /// Takes all steps that can be taken.
    pub(super) fn drive_range(&mut self, serial: u32, ctx: &mut Ctx<'_, Self>) {
        loop {
            let Some(range) = self.range(serial) else { return };
            if range.driving {
                return;
            }
            ctx.attribute(range.cause);
            let (lo, hi) = range.names;
            let go = match &mut range.plan {
                Plan::Walk(walk) => walk.next(),
                Plan::Names(names) => match names.next() {
                    Step::Read(name) => {
                        range.driving = true;
                        self.read_name(serial, Key::named(name), ctx);
                        self.stop_driving(serial);
                        continue;
                    }
                    Step::Wait => Move::Wait,
                    Step::End => Move::End,
                },
                Plan::Sweep(sweep) => sweep.next(),
            };
            match go {
                Move::Wait => return,
                Move::End => match range.second.take() {
                    Some(second) => {
                        range.begin_second(second);
                        continue;
                    }
                    None => return self.finish_range(serial, Outcome::Done, ctx),
                },
                Move::LookUp(place) => {
                    range.driving = true;
                    self.look_up(place, Goal::Range { range: serial }, ctx);
                }
                Move::Ask(peer, limit) => {
                    range.driving = true;
                    range.spent.requests += u32::from(peer.host != ctx.me());
                    let version = range.version;
                    let ask = Ask::Scan { lo, hi, limit, version };
                    self.ask(peer, ask, Purpose::Range(serial), ctx);
                }
            }
            self.stop_driving(serial);
        }
    }

    fn stop_driving(&mut self, serial: u32) {
        if let Some(range) = self.range(serial) {
            range.driving = false;
        }
    }

    fn read_name(&mut self, range: u32, key: Key, ctx: &mut Ctx<'_, Self>) {
        let fallbacks = ctx.params().read_fallbacks;
        let place = self.place_of(key, ctx);
        self.look_up(place, Goal::Name { range, key, fallbacks, earlier: false }, ctx);
    }

    /// An owner answered a scan.
    pub(super) fn range_answered(
        &mut self,
        serial: u32,
        peer: Peer,
        answer: Answer,
        ctx: &mut Ctx<'_, Self>,
    ) {
        // Who has another model, or is no member, is as good as silent.
        let Answer::Items { claim, settled, items, successors } = answer else {
            if let Answer::Model(version) = answer {
                self.fetch(peer, version, ctx);
            }
            return self.range_silent(serial, peer, ctx);
        };
        let early = self.range(serial).is_some_and(|range| range.second.is_some());
        let place = |key: &Key| {
            let before = if early { self.place_before(*key) } else { None };
            before.unwrap_or_else(|| self.position(*key, ctx.params()))
        };
        let records: Vec<(u64, u64)> =
            items.iter().map(|(key, _)| (key.name(), place(key))).collect();
        let until = ctx.now() + patience(ctx.params());
        let Some(range) = self.range(serial) else { return };
        range.spent.successes += u32::from(peer.host != ctx.me());
        if let Plan::Walk(walk) = &mut range.plan {
            let piece = Piece { claim, settled, records: &records, successors: &successors };
            if walk.answered(peer, piece) {
                range.deadline = until;
            }
        }
        self.drive_range(serial, ctx);
    }

    pub(super) fn range_silent(&mut self, serial: u32, peer: Peer, ctx: &mut Ctx<'_, Self>) {
        let Some(range) = self.range(serial) else { return };
        range.spent.failures += u32::from(peer.host != ctx.me());
        if let Plan::Walk(walk) = &mut range.plan {
            walk.silent(peer);
        }
        self.drive_range(serial, ctx);
    }

    /// Adds what a lookup cost.
    fn charge(&mut self, serial: u32, search: &Search) -> Option<&mut RangeQuery> {
        let range = self.range(serial)?;
        range.spent.add(search.spent);
        range.hops.get_or_insert(search.depth);
        Some(range)
    }

    /// The owner of a part is known.
    pub(super) fn part_found(&mut self, serial: u32, search: &Search, ctx: &mut Ctx<'_, Self>) {
        let owners: Vec<Peer> = search.owners.iter().rev().copied().collect();
        let Some(range) = self.charge(serial, search) else { return };
        let names = range.names;
        match &mut range.plan {
            Plan::Walk(walk) => walk.found(&owners),
            Plan::Sweep(sweep) => {
                let last = sweep.found(search.target);
                if let (Some(owner), Some(last)) = (owners.first(), last) {
                    self.sweep_from(*owner, serial, names, (search.target, last), ctx);
                }
            }
            Plan::Names(_) => {}
        }
        self.drive_range(serial, ctx);
    }

    /// The owner of a part was not found.
    pub(super) fn part_lost(
        &mut self,
        serial: u32,
        search: &Search,
        outcome: Outcome,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Some(range) = self.charge(serial, search) else { return };
        range.lost = Some(outcome);
        match &mut range.plan {
            Plan::Walk(walk) => walk.lost(),
            Plan::Sweep(sweep) => {
                sweep.found(search.target);
            }
            Plan::Names(_) => {}
        }
        self.drive_range(serial, ctx);
    }

    /// A lookup of one name ended.
    pub(super) fn name_read(
        &mut self,
        serial: u32,
        search: &Search,
        read: Option<(Peer, Option<Value>)>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Goal::Name { key, .. } = search.goal else { return };
        let Some(range) = self.charge(serial, search) else { return };
        if let Plan::Names(names) = &mut range.plan {
            match read {
                Some((peer, value)) => names.answered(key.name(), peer.host, value.is_some()),
                None => {
                    names.lost();
                    range.lost = Some(Outcome::TimedOut);
                }
            }
        }
        self.drive_range(serial, ctx);
    }

    /// Cuts off what ran out of time.
    pub(super) fn ranges_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        while let Some(range) = self.ranges.iter_mut().find(|range| range.deadline <= now) {
            ctx.attribute(range.cause);
            let serial = range.serial;
            if let Plan::Sweep(sweep) = &mut range.plan
                && sweep.begin_second()
            {
                range.deadline = now + Span::from_nanos(patience(ctx.params()).as_nanos() / 2);
                self.drive_range(serial, ctx);
            } else {
                self.finish_range(serial, Outcome::TimedOut, ctx);
            }
        }
    }

    /// Reports what was collected.
    fn finish_range(&mut self, serial: u32, outcome: Outcome, ctx: &mut Ctx<'_, Self>) {
        let of_range = |goal: &Goal| matches!(goal, Goal::Range { range } | Goal::Name { range, .. } if *range == serial);
        let Some(at) = self.ranges.iter().position(|range| range.serial == serial) else { return };
        let mut range = self.ranges.remove(at);
        if self.ranges.is_empty() {
            self.ranges = Vec::new();
        }
        for search in self.searches.iter().filter(|search| of_range(&search.goal)) {
            range.spent.add(search.spent);
        }
        self.searches.retain(|search| !of_range(&search.goal));
        self.calls.cancel(|purpose| matches!(purpose, Purpose::Range(s) if *s == serial));
        let (names, complete, holders) = match &range.plan {
            Plan::Walk(walk) => {
                let (mut names, complete) = std::mem::take(&mut range.first);
                names.extend(walk.names());
                names.sort_unstable();
                names.dedup();
                names.truncate(range.limit as usize);
                // A walk that was cut off before its second part knows only half.
                let whole = range.second.is_none();
                (names, complete && whole && walk.is_complete(), walk.holders())
            }
            Plan::Names(names) => (names.names(), names.is_complete(), names.holders()),
            Plan::Sweep(sweep) => (sweep.names(), sweep.is_complete(), sweep.holders()),
        };
        let outcome = if holders == 0 { range.lost.unwrap_or(outcome) } else { outcome };
        let hops = range.hops.unwrap_or(0);
        let finish = Finish {
            hops,
            depth_max: hops,
            requests: range.spent.requests,
            successes: range.spent.successes,
            failures: range.spent.failures,
            range: Some(Collected { names: &names, complete, holders }),
            ..Finish::bare(outcome)
        };
        ctx.finish(range.op, &finish);
    }
}
