//! Driving queries: what they ask is sent, what comes back is reported to them.

use dhtlab_core::author::{Ctx, Key, NodeIx, Role, Time, Traffic, Value};

use super::contacts::Contacts;
use super::fixed::Fixed;
use super::lookup::{Lookup, Step, WalkRules};
use super::message::{self, Message};
use super::node::{Kademlia, Timer};
use super::params::{Eviction, WalkPolicy};
use super::query::{Goal, Phase, Query};
use super::rpc::PING;

/// What an answer brings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply<'a> {
    /// Nothing besides itself.
    Bare,
    /// The news that the request failed.
    Reset,
    /// Contacts.
    Nodes(&'a [NodeIx]),
    /// A record, perhaps, and contacts.
    Value(Option<Value>, &'a [NodeIx]),
    /// Providers and contacts.
    Providers(&'a [NodeIx], &'a [NodeIx]),
}

impl Kademlia {
    /// Starts `query`: numbers it, sets its deadline, and sends its first requests.
    pub(super) fn start(&mut self, mut query: Box<Query>, ctx: &mut Ctx<'_, Self>) {
        query.serial = self.next_serial;
        self.next_serial = self.next_serial.checked_add(1).expect("2^32 queries of one node");
        debug_assert!(query.serial != PING, "the last number is taken");
        let timeout = ctx.params().query_timeout;
        if timeout.as_nanos() > 0 {
            query.deadline = ctx.now().saturating_add(timeout);
            self.want(query.deadline, ctx);
        }
        self.run(query, ctx);
    }

    /// A walk towards `target` that starts from the own table; `None` when there is nobody to ask.
    pub(super) fn walk(
        &mut self,
        target: Key,
        results: u32,
        ctx: &Ctx<'_, Self>,
    ) -> Option<Lookup> {
        let params = ctx.params();
        let now = ctx.now();
        let mut seeds = Contacts::EMPTY;
        let limit = params.reply_contacts as usize;
        self.table.closest(target, limit, None, now, ctx, &mut seeds);
        if let Some(side) = &self.table.side {
            seeds = seeds.iter().copied().filter(|node| !side.is_locked(*node, now)).collect();
        }
        if seeds.is_empty() {
            return None;
        }
        self.touch_bucket(target, ctx);
        Some(Lookup::new(target, WalkRules::new(params, results), &seeds, ctx))
    }

    /// Moves `query` into the phase that stores at `peers`, and runs it.
    pub(super) fn store_at(
        &mut self,
        mut query: Box<Query>,
        peers: Contacts,
        ctx: &mut Ctx<'_, Self>,
    ) {
        query.note_depths();
        query.phase = Phase::Store(Fixed::new(peers));
        query.cause = query.cause.serving(match query.goal.op() {
            Some(_) => Traffic::Store,
            None => query.cause.traffic(),
        });
        self.start(query, ctx);
    }

    /// Polls `query` until it waits; keeps it, or ends its phase.
    pub(super) fn run(&mut self, mut query: Box<Query>, ctx: &mut Ctx<'_, Self>) {
        ctx.attribute(query.cause);
        let now = ctx.now();
        loop {
            let step = match &mut query.phase {
                Phase::Walk(walk) => walk.poll(now),
                Phase::Store(fixed) => fixed.poll(),
            };
            match step {
                Step::Ask(peer) => self.ask(&mut query, peer, ctx),
                Step::Finished => {
                    self.rpcs.forget(query.serial);
                    return self.end_phase(query, ctx);
                }
                Step::Wait | Step::WaitAtCapacity => break,
            }
        }
        if query.deadline <= now {
            self.rpcs.forget(query.serial);
            return self.time_out(query, ctx);
        }
        let at = self.queries.partition_point(|other| other.serial < query.serial);
        self.queries.insert(at, query);
    }

    /// Takes the query with number `serial` out of the list.
    fn take(&mut self, serial: u32) -> Option<Box<Query>> {
        let at = self.queries.binary_search_by_key(&serial, |query| query.serial).ok()?;
        Some(self.queries.remove(at))
    }

    /// Sends `query`'s request to `peer`, if need be after dialling.
    fn ask(&mut self, query: &mut Query, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        query.requests += 1;
        if matches!(query.phase, Phase::Walk(_)) {
            self.want(ctx.now().saturating_add(params.peer_timeout), ctx);
        }
        if !params.dials() {
            return self.dispatch(query, peer, ctx);
        }
        let connections = &mut self.connections;
        if connections.is_open(peer) {
            return self.dispatch(query, peer, ctx);
        }
        if let Some(dial) = connections.dialling(peer) {
            dial.queries.push(query.serial);
        } else {
            self.dial(peer, Some(query.serial), ctx);
        }
    }

    /// Begins a dial to `peer`.
    pub(super) fn dial(&mut self, peer: NodeIx, query: Option<u32>, ctx: &mut Ctx<'_, Self>) {
        let deadline = ctx.now().saturating_add(ctx.params().dial_timeout);
        self.connections.dial(peer, deadline, query);
        let server = ctx.role() == Role::Server;
        ctx.send(peer, Message::Dial { step: 1, server, probe: query.is_none() });
        self.want(deadline, ctx);
    }

    /// Sends `query`'s request to `peer`, to which there is a connection if there are any.
    fn dispatch(&mut self, query: &mut Query, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let (me, now) = (ctx.me(), ctx.now());
        let server = ctx.role() == Role::Server;
        let deadline = now.saturating_add(params.rpc_timeout);
        let rpc = self.rpcs.begin(query.serial, peer, deadline);
        let request = query.request(rpc, me, server, now);
        // Two requests end where they begin: one that is too large, and one that nobody answers.
        let unanswered = matches!(request, Message::AddProvider { .. });
        let fits = message::fits(params, &request);
        if unanswered || !fits {
            self.rpcs.end(rpc, peer);
            if fits {
                ctx.send(peer, request);
                Self::succeed(query, peer, Reply::Bare, ctx);
            } else {
                Self::fail(query, peer, ctx);
            }
            return;
        }
        ctx.send(peer, request);
        if params.tracks_connections() {
            self.connections.use_for(peer, now, 1, 0);
        }
        self.want(deadline, ctx);
    }

    /// An answer to request `rpc` arrived. Whatever was not asked is ignored.
    pub(super) fn on_reply(
        &mut self,
        from: NodeIx,
        rpc: u32,
        reply: Reply<'_>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        self.note_answer(from, ctx);
        let Some(rpc) = self.rpcs.end(rpc, from) else { return };
        if rpc.query == PING {
            return self.on_ping_answered(from, ctx);
        }
        let Some(mut query) = self.take(rpc.query) else { return };
        if matches!(reply, Reply::Reset) {
            Self::fail(&mut query, from, ctx);
        } else {
            if rpc.late {
                // It was counted as failed when it was given up.
                query.failures -= 1;
            }
            Self::succeed(&mut query, from, reply, ctx);
        }
        self.run(query, ctx);
    }

    /// Reports an answer of `peer` to `query`.
    fn succeed(query: &mut Query, peer: NodeIx, reply: Reply<'_>, ctx: &Ctx<'_, Self>) {
        let (contacts, providers) = match reply {
            Reply::Bare | Reply::Reset => (&[][..], &[][..]),
            Reply::Nodes(closer) | Reply::Value(_, closer) => (closer, &[][..]),
            Reply::Providers(providers, closer) => (closer, providers),
        };
        let me = ctx.me();
        let counts = match &mut query.phase {
            Phase::Walk(walk) => {
                // The own contact is dropped; a list without it, the usual case, is not copied.
                let counts = if contacts.contains(&me) {
                    let others: Contacts =
                        contacts.iter().copied().filter(|node| *node != me).collect();
                    walk.on_answer(peer, &others, ctx)
                } else {
                    walk.on_answer(peer, contacts, ctx)
                };
                if counts && !providers.is_empty() {
                    // Providers are candidates too, as in rust-libp2p.
                    let others: Contacts =
                        providers.iter().copied().filter(|node| *node != me).collect();
                    let depth = walk.depth(peer, ctx).saturating_add(1);
                    walk.add(&others, depth, ctx);
                }
                counts
            }
            Phase::Store(fixed) => fixed.on_end(peer),
        };
        if counts {
            query.successes += 1;
            Self::gain(query, peer, reply, ctx);
        }
    }

    /// Takes what an answer brings towards the goal; ends the phase if that is enough.
    fn gain(query: &mut Query, peer: NodeIx, reply: Reply<'_>, ctx: &Ctx<'_, Self>) {
        let on_first = ctx.params().finish_get_on_first;
        let enough = match (&mut query.goal, reply) {
            (Goal::Get { found, holders, .. }, Reply::Value(Some(value), _)) => {
                found.get_or_insert((value, peer));
                holders.push(peer);
                on_first
            }
            (Goal::GetProviders { found, .. }, Reply::Providers(providers, _)) => {
                for provider in providers {
                    if !found.contains(provider) {
                        found.push(*provider);
                    }
                }
                on_first && !found.is_empty()
            }
            (Goal::Put { record, acks, .. }, Reply::Bare) => {
                acks.push(peer);
                acks.len() >= record.needed as usize
            }
            _ => false,
        };
        if !enough {
            return;
        }
        match &mut query.phase {
            Phase::Walk(walk) => walk.finish(),
            // Acknowledgements still on their way are not waited for.
            Phase::Store(fixed) => *fixed = Fixed::new(Contacts::EMPTY),
        }
    }

    /// Reports a failure of `peer` to `query`.
    fn fail(query: &mut Query, peer: NodeIx, ctx: &Ctx<'_, Self>) {
        let counts = match &mut query.phase {
            Phase::Walk(walk) => walk.on_failure(peer, ctx),
            Phase::Store(fixed) => fixed.on_end(peer),
        };
        query.failures += u32::from(counts);
    }

    /// The request or dial of query `serial` to `peer` failed.
    pub(super) fn fail_for(&mut self, serial: u32, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let Some(mut query) = self.take(serial) else { return };
        Self::fail(&mut query, peer, ctx);
        self.run(query, ctx);
    }

    /// Sends the requests that waited for a connection to `peer`.
    pub(super) fn send_waiting(&mut self, peer: NodeIx, serials: &[u32], ctx: &mut Ctx<'_, Self>) {
        for &serial in serials {
            let Some(mut query) = self.take(serial) else { continue };
            ctx.attribute(query.cause);
            self.dispatch(&mut query, peer, ctx);
            self.run(query, ctx);
        }
    }

    /// Makes sure that the node wakes at `at`. What it is armed for already is at least as early
    /// nearly always, so this is a comparison.
    pub(super) fn want(&mut self, at: Time, ctx: &mut Ctx<'_, Self>) {
        if at < self.armed {
            self.armed = at;
            ctx.arm_at(Timer::Deadline, at);
        }
    }

    /// Something is due: dials first, then requests, then walks and whole queries in order of number.
    pub(super) fn on_deadline(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.armed = Time::NEVER;
        let now = ctx.now();
        while let Some(dial) = self.connections.fail_dial(now) {
            for serial in dial.queries {
                self.fail_for(serial, dial.peer, ctx);
            }
        }
        self.expire_requests(now, ctx);
        let due: Vec<u32> = self
            .queries
            .iter()
            .filter(|query| Self::is_due(query, now))
            .map(|query| query.serial)
            .collect();
        for serial in due {
            if let Some(query) = self.take(serial) {
                self.run(query, ctx);
            }
        }
        let dials = self.connections.next_deadline();
        let walks = self.queries.iter().map(|query| query.next_deadline(now)).min();
        let next = dials.min(self.rpcs.next_deadline()).min(walks.unwrap_or(Time::NEVER));
        if next < Time::NEVER {
            self.want(next, ctx);
        }
    }

    fn is_due(query: &Query, now: Time) -> bool {
        let waiting = match &query.phase {
            Phase::Walk(walk) => walk.is_due(now),
            Phase::Store(_) => false,
        };
        waiting || query.deadline <= now
    }

    /// Gives up the requests whose time is over.
    fn expire_requests(&mut self, now: Time, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        loop {
            let queries = &self.queries;
            // The paper: a contact that was given up comes back when it answers after all.
            let late = |serial: u32| {
                params.walk == WalkPolicy::Paper
                    && queries
                        .binary_search_by_key(&serial, |query| query.serial)
                        .is_ok_and(|at| matches!(queries[at].phase, Phase::Walk(_)))
            };
            let Some(rpc) = self.rpcs.expire(now, late) else { return };
            self.connections.use_for(rpc.peer, now, 0, 1);
            if params.eviction != Eviction::PendingDisconnected {
                self.on_silence(rpc, ctx);
            }
            if rpc.late {
                if let Some(mut query) = self.take(rpc.query) {
                    query.failures += 1;
                    self.run(query, ctx);
                }
            } else if rpc.query != PING {
                self.fail_for(rpc.query, rpc.peer, ctx);
            }
        }
    }
}
