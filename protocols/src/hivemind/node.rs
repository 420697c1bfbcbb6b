//! The node: its table, its records, its requests and what they are for.

use dhtlab_core::author::{
    Command, ContactKind, Ctx, Key, NodeIx, OpId, Protocol, Reading, Span, Time, Value, WarmView,
};

use super::blacklist::Blacklist;
use super::bootstrap::Entry;
use super::call::Calls;
use super::jobs::Jobs;
use super::message::{self, Message};
use super::params::Params;
use super::refresh::Round;
use super::storage::Tiers;
use super::table::Table;

/// The timers of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A request is given up.
    Alarm,
    /// The bootstrap has no more time, or is tried again.
    Bootstrap,
    /// Stale buckets are to be refreshed.
    Refresh,
    /// A cached record that was read is to be fetched anew.
    Renewal,
}

/// Where a node is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Asks the bootstrap nodes, then for its own id; serves already. Entered at boot and when a
    /// failed bootstrap is tried again.
    Entering,
    /// Takes part.
    Up,
    /// The bootstrap failed: there is no node until it is tried again. It knows nobody, keeps
    /// nothing and serves nobody.
    Down,
}

/// One node.
#[derive(Debug)]
pub struct Hivemind {
    /// Whom it knows.
    pub(super) table: Table,
    /// What it keeps.
    pub(super) tiers: Tiers,
    /// What it is doing for the workload and for itself.
    pub(super) jobs: Jobs,
    /// What it waits for.
    pub(super) calls: Calls,
    /// Whom it does not ask for a while.
    pub(super) blacklist: Blacklist,
    /// Whom it was told to ask for a way in.
    pub(super) doors: Box<[NodeIx]>,
    /// The bootstrap, while it lasts.
    pub(super) entry: Option<Box<Entry>>,
    /// The round of refreshes, while it lasts.
    pub(super) round: Option<Box<Round>>,
    /// When [`Timer::Alarm`] fires.
    pub(super) alarm: Time,
    /// How far its wall clock is ahead of the time of the run.
    ahead: Span,
    pub(super) standing: Standing,
    /// The end of its first bootstrap was reported.
    pub(super) reported: bool,
}

const _: () = assert!(size_of::<Hivemind>() <= 432, "a node outgrew its slot");

impl Hivemind {
    /// A node that knows nobody.
    pub(super) fn empty(doors: &[NodeIx], ctx: &Ctx<'_, Self>) -> Self {
        Self {
            table: Self::no_table(ctx.params()),
            tiers: Self::no_tiers(ctx.params()),
            jobs: Jobs::default(),
            calls: Calls::default(),
            blacklist: Self::no_blacklist(ctx.params()),
            doors: doors.into(),
            entry: None,
            round: None,
            alarm: Time::NEVER,
            ahead: ctx.wall_clock().since(ctx.now()),
            standing: Standing::Entering,
            reported: false,
        }
    }

    /// Forgets everybody and everything, as a process that ended.
    pub(super) fn forget(&mut self, params: &Params) {
        self.table = Self::no_table(params);
        self.tiers = Self::no_tiers(params);
        self.blacklist = Self::no_blacklist(params);
        self.round = None;
    }

    fn no_table(params: &Params) -> Table {
        Table::new(params.bucket_size, params.depth_modulo)
    }

    fn no_blacklist(params: &Params) -> Blacklist {
        Blacklist::new(params.blacklist_time, params.backoff_rate)
    }

    fn no_tiers(params: &Params) -> Tiers {
        let max = |size| (size > 0).then_some(size);
        Tiers::new(max(params.storage_size), max(params.cache_size))
    }

    /// What its wall clock shows: the time that its records expire by.
    #[expect(clippy::unused_self, reason = "the clock is the node's, though the context holds it")]
    pub(super) fn wall(&self, ctx: &Ctx<'_, Self>) -> Time {
        ctx.wall_clock()
    }

    /// Where it is in its life; for observers.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Whom it knows; for observers.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// What it keeps; for observers.
    pub fn tiers(&self) -> &Tiers {
        &self.tiers
    }

    /// Whom it does not ask for a while; for observers.
    pub fn blacklist(&self) -> &Blacklist {
        &self.blacklist
    }

    /// Requests under way, and requests that wait for a slot; for observers.
    pub fn requests(&self) -> (usize, usize) {
        (self.calls.len(), self.calls.waiting())
    }
}

impl Protocol for Hivemind {
    const NAME: &'static str = "hivemind";

    type Params = Params;
    type Message = Message;
    type Timer = Timer;
    /// Nothing: a process that starts again knows what it knew at its first start.
    type Saved = ();

    fn boot(bootstrap: &[NodeIx], _: Option<()>, ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::empty(bootstrap, ctx);
        node.begin_bootstrap(ctx);
        node
    }

    fn warm(overlay: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::empty(bootstrap, ctx);
        node.standing = Standing::Up;
        node.fill_warm(overlay, ctx);
        Self::begin_refreshes(true, ctx);
        node
    }

    const GLANCE_DEPTH: u32 = 4;

    fn glance(&self, depth: u32, from: u64, message: &Message) -> u64 {
        self.look(depth, from, message)
    }

    fn on_message(&mut self, from: NodeIx, message: Message, ctx: &mut Ctx<'_, Self>) {
        match message {
            Message::Ask { rpc, known, ask } => self.serve(from, rpc, known, ask, ctx),
            Message::Answer { rpc, known, answer } => self.on_answer(from, rpc, known, answer, ctx),
        }
    }

    fn on_timer(&mut self, timer: Timer, ctx: &mut Ctx<'_, Self>) {
        match timer {
            Timer::Alarm => self.on_alarm(ctx),
            Timer::Bootstrap => self.on_bootstrap_due(ctx),
            Timer::Refresh => self.on_refresh_due(ctx),
            Timer::Renewal => self.on_renewal_due(ctx),
        }
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        self.command(op, command, ctx);
    }

    fn save(self, _: &Params) {}

    fn wire_len(params: &Params, message: &Message) -> u32 {
        message::wire_len(params, message)
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        for node in self.table.members() {
            visit(node, ContactKind::Bucket);
        }
    }

    fn readings(&self, now: Time, visit: &mut dyn FnMut(Reading)) {
        self.show_readings(now.saturating_add(self.ahead), visit);
    }

    fn records(&self, now: Time, visit: &mut dyn FnMut(Key, Value)) {
        self.show_records(now.saturating_add(self.ahead), visit);
    }
}
