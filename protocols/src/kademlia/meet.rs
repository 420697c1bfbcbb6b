//! Who enters the table: connections that open and close, peers that are seen or stay silent.

use dhtlab_core::author::{Cause, Ctx, NodeIx, Role, Time, Traffic};

use super::bucket::Status;
use super::contacts::Contacts;
use super::jobs::Job;
use super::message::Message;
use super::node::{Kademlia, Timer};
use super::params::{Eviction, IdentifyFeeds, Params};
use super::rpc::{PING, Rpc};
use super::side::Pending;
use super::table::Insert;

/// May a peer that came to us enter the table, if `server` says whether it answers requests and
/// `probe` whether it only wants to know if we are there?
pub(super) fn feeds(params: &Params, server: bool, probe: bool) -> bool {
    if probe && !params.probe_feeds_table {
        return false;
    }
    match params.identify_feeds_table {
        IdentifyFeeds::Never => false,
        IdentifyFeeds::OnlyIfServer => server,
        IdentifyFeeds::Always => server || !params.honour_client_mode,
    }
}

impl Kademlia {
    /// Closes the connections whose idle time is over; their entries become disconnected in the same
    /// order. Called before anything else happens, so nobody sees a connection that should be closed.
    pub(super) fn close_idle(&mut self, ctx: &Ctx<'_, Self>) {
        let (now, idle) = (ctx.now(), ctx.params().idle_timeout);
        while let Some((peer, tabled)) = self.connections.close_idle(now, idle) {
            if tabled {
                self.table.update(peer, Status::Disconnected, now, ctx);
            }
        }
    }

    /// A request from `from` arrived; if `admit`, it may enter the table.
    pub(super) fn note_request(&mut self, from: NodeIx, admit: bool, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        if !params.tracks_connections() {
            return self.observe(from, admit, ctx);
        }
        // With dials a new one is a connection that closed here a moment before it closes there.
        if self.connections.open(from, ctx.now()) {
            self.connected(from, admit && !params.dials(), ctx);
        }
    }

    /// An answer from `from` arrived.
    pub(super) fn note_answer(&mut self, from: NodeIx, ctx: &mut Ctx<'_, Self>) {
        if !ctx.params().tracks_connections() {
            return self.observe(from, true, ctx);
        }
        if !self.connections.use_for(from, ctx.now(), 0, 1) {
            self.connections.open(from, ctx.now());
            self.connected(from, !ctx.params().dials(), ctx);
        }
    }

    /// A connection to `peer` opened; if `admit`, it may enter the table.
    fn connected(&mut self, peer: NodeIx, admit: bool, ctx: &mut Ctx<'_, Self>) {
        let now = ctx.now();
        if self.table.update(peer, Status::Connected, now, ctx) {
            return self.connections.mark_tabled(peer);
        }
        if !admit {
            if self.table.waits(peer) {
                self.connections.mark_tabled(peer);
            }
            return;
        }
        let replace_at = now.saturating_add(ctx.params().pending_timeout);
        let insert = self.table.insert(peer, Status::Connected, now, replace_at, ctx);
        if matches!(insert, Insert::Inserted | Insert::Pending { .. } | Insert::Present) {
            self.connections.mark_tabled(peer);
        }
        match insert {
            Insert::Inserted => self.on_inserted(peer, ctx),
            Insert::Pending { oldest } => self.probe(oldest, ctx),
            Insert::Present | Insert::Full | Insert::Refused | Insert::Myself => {}
        }
    }

    /// Gives the entry `oldest` a chance to show that it is alive.
    fn probe(&mut self, oldest: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let cause = ctx.cause();
        ctx.attribute(Cause::background(Traffic::Maintenance));
        if !ctx.params().dials() {
            let deadline = ctx.now().saturating_add(ctx.params().rpc_timeout);
            let rpc = self.rpcs.begin(PING, oldest, deadline);
            ctx.send(oldest, Message::Ping { rpc, server: ctx.role() == Role::Server });
            self.want(deadline, ctx);
        } else if !self.connections.is_open(oldest) && self.connections.dialling(oldest).is_none() {
            self.dial(oldest, None, ctx);
        }
        ctx.attribute(cause);
    }

    /// `peer` is a new entry.
    fn on_inserted(&mut self, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        if self.table.len() < params.automatic_bootstrap_below as usize
            && params.automatic_bootstrap.as_nanos() > 0
        {
            ctx.arm(Timer::SmallTable, params.automatic_bootstrap);
        }
        if params.transfer_to_newcomers {
            self.plan_transfers(peer, ctx);
        }
    }

    /// Plans to give `peer` the records that it is closer to than this node, if no other node known
    /// here is: so just one holder does it (the paper, section 2.5).
    fn plan_transfers(&mut self, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let Some(store) = &self.store else { return };
        let (me, now) = (ctx.key(ctx.me()), ctx.now());
        let newcomer = ctx.key(peer);
        let closer: Vec<_> = store
            .records()
            .map(|(key, _)| key)
            .filter(|key| newcomer.distance(*key) < me.distance(*key))
            .collect();
        for key in closer {
            let mut other = Contacts::EMPTY;
            self.table.closest(key, 1, Some(peer), now, ctx, &mut other);
            let closest =
                other.first().is_none_or(|node| ctx.key(*node).distance(key) > me.distance(key));
            if closest {
                self.upkeep.get_or_insert_default().queue.push_back(Job::Transfer(key, peer));
            }
        }
        self.feed_jobs(ctx);
    }

    /// A protocol without connections saw `peer` alive; if `admit`, it may enter the table.
    fn observe(&mut self, peer: NodeIx, admit: bool, ctx: &mut Ctx<'_, Self>) {
        if let Some(side) = &mut self.table.side {
            side.pardon(peer);
        }
        match self.table.observe(peer, admit, ctx) {
            Insert::Inserted => self.on_inserted(peer, ctx),
            Insert::Full => self.contest(peer, ctx),
            Insert::Present | Insert::Pending { .. } | Insert::Refused | Insert::Myself => {}
        }
    }

    /// `peer` would like to enter a full bucket.
    fn contest(&mut self, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let Some(bucket) = self.table.bucket_of(peer, ctx) else { return };
        let params = ctx.params();
        if params.eviction == Eviction::ReplacementCache {
            return self.table.side_mut().remember(bucket, peer, params.k as usize);
        }
        if self.table.side_mut().pending_of(bucket).is_some() {
            return;
        }
        let Some(&oldest) = self.table.bucket(bucket).first() else { return };
        // It is the silence of the oldest that decides, not the time.
        let pending = Pending::new(bucket, peer, Status::Connected, Time::NEVER);
        self.table.side_mut().pending.push(pending);
        self.probe(oldest, ctx);
    }

    /// The oldest entry answered its ping: the newcomer is dropped.
    pub(super) fn on_ping_answered(&mut self, oldest: NodeIx, ctx: &Ctx<'_, Self>) {
        if ctx.params().eviction == Eviction::PingOldest
            && let Some(bucket) = self.table.bucket_of(oldest, ctx)
        {
            self.table.side_mut().take_pending(bucket);
        }
    }

    /// A request to `rpc.peer` was not answered, in a protocol without connections.
    pub(super) fn on_silence(&mut self, rpc: Rpc, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        let Some(bucket) = self.table.bucket_of(rpc.peer, ctx) else { return };
        if params.eviction == Eviction::PingOldest {
            if rpc.query != PING {
                return;
            }
            let Some(pending) = self.table.side_mut().take_pending(bucket) else { return };
            // If it was seen meanwhile it is not the oldest any more.
            if self.table.bucket(bucket).first() == Some(&rpc.peer)
                && self.table.supplant(rpc.peer, pending.node, ctx)
            {
                self.on_inserted(pending.node, ctx);
            }
            return;
        }
        if self.table.status(rpc.peer, ctx).is_none() {
            return;
        }
        let failures = self.table.side_mut().fail(rpc.peer, ctx.now(), params.rpc_timeout);
        if u32::from(failures) >= params.stale_after
            && let Some(newcomer) = self.table.side_mut().take_replacement(bucket)
            && self.table.supplant(rpc.peer, newcomer, ctx)
        {
            self.table.side_mut().pardon(rpc.peer);
            self.on_inserted(newcomer, ctx);
        }
    }

    /// A step of somebody's dial arrived; if `admit`, the dialler may enter the table.
    pub(super) fn on_dial(&mut self, from: NodeIx, step: u8, admit: bool, ctx: &mut Ctx<'_, Self>) {
        let params = ctx.params();
        ctx.send(from, Message::Accept { step });
        if u32::from(step) < params.dial_round_trips {
            return;
        }
        self.connections.open(from, ctx.now());
        let own = self.connections.end_dial(from);
        self.connected(from, admit, ctx);
        if let Some(dial) = own {
            // Both dialled at the same time: one connection is enough.
            self.send_waiting(from, &dial.queries, ctx);
        }
    }

    /// A step of the own dial was accepted.
    pub(super) fn on_accept(&mut self, from: NodeIx, step: u8, ctx: &mut Ctx<'_, Self>) {
        let Some(dial) = self.connections.dialling(from) else { return };
        if dial.step != step {
            return;
        }
        if u32::from(step) < ctx.params().dial_round_trips {
            dial.step += 1;
            let (server, probe) = (ctx.role() == Role::Server, dial.queries.is_empty());
            return ctx.send(from, Message::Dial { step: step + 1, server, probe });
        }
        let Some(dial) = self.connections.end_dial(from) else { return };
        self.connections.open(from, ctx.now());
        self.connected(from, true, ctx);
        self.send_waiting(from, &dial.queries, ctx);
    }

    /// `from` closed its connection: what was asked of it has failed.
    pub(super) fn on_close(&mut self, from: NodeIx, ctx: &mut Ctx<'_, Self>) {
        if !self.connections.close(from) {
            return;
        }
        self.table.update(from, Status::Disconnected, ctx.now(), ctx);
        while let Some(rpc) = self.rpcs.end_any(from) {
            self.fail_for(rpc.query, from, ctx);
        }
    }
}
