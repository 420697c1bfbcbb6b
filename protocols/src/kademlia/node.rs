//! One node: its state, and the handlers the engine calls.

use dhtlab_core::author::{
    Command, ContactKind, Ctx, Key, NodeIx, OpId, Protocol, Role, Time, Value, WarmView,
};

use super::connections::Connections;
use super::drive::Reply;
use super::jobs::Upkeep;
use super::message::{self, Message};
use super::params::Params;
use super::query::Query;
use super::rpc::Rpcs;
use super::store::Store;
use super::table::Table;

/// What a node waits for. One deadline stands for all requests, dials and walks: most of them never
/// fall due, and to arm a timer for each would cost more than to look which are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A request, dial or walk is due.
    Deadline,
    /// The table is to be refreshed.
    Refresh,
    /// The small table got a new entry.
    SmallTable,
    /// A failed join is to be tried again.
    Join,
    /// Records are to be passed on.
    Records,
    /// Own provider entries are to be announced again.
    Providers,
}

/// Where the join of a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// Only what the last session saved was asked.
    Saved,
    /// The bootstrap addresses were asked.
    Bootstrap,
    /// All sources failed; somebody may still find us, and the next try comes.
    Failed,
    /// Somebody answered.
    Done,
}

/// One Kademlia node.
#[derive(Debug)]
pub struct Kademlia {
    pub(super) table: Table,
    /// In order of serial.
    #[expect(clippy::vec_box, reason = "queries move in and out; most nodes have none")]
    pub(super) queries: Vec<Box<Query>>,
    pub(super) rpcs: Rpcs,
    pub(super) connections: Connections,
    pub(super) store: Option<Box<Store>>,
    pub(super) upkeep: Option<Box<Upkeep>>,
    pub(super) bootstrap: Box<[NodeIx]>,
    /// When [`Timer::Deadline`] fires.
    pub(super) armed: Time,
    pub(super) next_serial: u32,
    pub(super) join: Join,
    /// A refresh runs.
    pub(super) refreshing: bool,
    /// Another refresh fell due meanwhile.
    pub(super) refresh_again: bool,
}

const _: () = assert!(size_of::<Kademlia>() <= 320, "a node outgrew its slot");

impl Kademlia {
    /// A node that knows nobody.
    pub(super) fn empty(bootstrap: &[NodeIx], ctx: &Ctx<'_, Self>) -> Self {
        Self {
            table: Table::new(ctx.me(), ctx.params(), ctx),
            queries: Vec::new(),
            rpcs: Rpcs::default(),
            connections: Connections::default(),
            store: None,
            upkeep: None,
            bootstrap: bootstrap.into(),
            armed: Time::NEVER,
            next_serial: 0,
            join: Join::Done,
            refreshing: false,
            refresh_again: false,
        }
    }

    /// The contacts to keep on disk: the last of each bucket in turn, that is the ones most recently
    /// connected or seen, spread over the whole key space.
    fn saved(&self, limit: usize) -> Box<[NodeIx]> {
        let mut saved = Vec::with_capacity(limit.min(self.table.len()));
        let deepest = self.table.deepest().map_or(0, |bucket| bucket + 1);
        let mut round = 0;
        while saved.len() < limit.min(self.table.len()) {
            for bucket in 0..deepest {
                let entries = self.table.bucket(bucket);
                if round < entries.len() && saved.len() < limit {
                    saved.push(entries[entries.len() - 1 - round]);
                }
            }
            round += 1;
        }
        saved.into()
    }
}

/// What survives a session on disk.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Contacts, the best first.
    pub peers: Box<[NodeIx]>,
}

impl Protocol for Kademlia {
    const NAME: &'static str = "kademlia";

    type Params = Params;
    type Message = Message;
    type Timer = Timer;
    type Saved = Saved;

    fn boot(bootstrap: &[NodeIx], saved: Option<Saved>, ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::empty(bootstrap, ctx);
        node.begin_join(&saved.unwrap_or_default().peers, ctx);
        node
    }

    fn warm(overlay: &WarmView<'_>, bootstrap: &[NodeIx], ctx: &mut Ctx<'_, Self>) -> Self {
        let mut node = Self::empty(bootstrap, ctx);
        node.fill_warm(overlay, ctx);
        node.begin_upkeep_warm(ctx);
        node
    }

    fn on_message(&mut self, from: NodeIx, message: Message, ctx: &mut Ctx<'_, Self>) {
        self.close_idle(ctx);
        match message {
            Message::Dial { .. }
            | Message::Ping { .. }
            | Message::Find { .. }
            | Message::Put { .. }
            | Message::AddProvider { .. } => {
                if ctx.role() == Role::Server {
                    self.serve(from, message, ctx);
                }
            }
            Message::Accept { step } => self.on_accept(from, step, ctx),
            Message::Close => self.on_close(from, ctx),
            Message::Pong { rpc } | Message::PutAck { rpc, .. } => {
                self.on_reply(from, rpc, Reply::Bare, ctx);
            }
            Message::Reset { rpc } => self.on_reply(from, rpc, Reply::Reset, ctx),
            Message::Nodes { rpc, closer } => {
                self.on_reply(from, rpc, Reply::Nodes(&closer), ctx);
            }
            Message::Value { rpc, record, closer } => {
                let value = record.map(|parcel| parcel.value);
                self.on_reply(from, rpc, Reply::Value(value, &closer), ctx);
            }
            Message::Providers { rpc, providers, closer } => {
                let found = providers.as_deref().map_or(&[][..], |list| list);
                self.on_reply(from, rpc, Reply::Providers(found, &closer), ctx);
            }
        }
    }

    fn on_timer(&mut self, timer: Timer, ctx: &mut Ctx<'_, Self>) {
        self.close_idle(ctx);
        match timer {
            Timer::Deadline => self.on_deadline(ctx),
            Timer::Refresh => self.on_refresh_due(ctx),
            Timer::SmallTable => self.begin_refresh(ctx),
            Timer::Join => self.retry_join(ctx),
            Timer::Records => self.on_records_due(ctx),
            Timer::Providers => self.on_providers_due(ctx),
        }
    }

    fn on_command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        self.close_idle(ctx);
        self.command(op, command, ctx);
    }

    fn on_leave(&mut self, ctx: &mut Ctx<'_, Self>) {
        if ctx.params().dials() {
            for peer in self.connections.peers() {
                ctx.send(peer, Message::Close);
            }
        }
    }

    const GLANCE_DEPTH: u32 = 3;

    fn glance(&self, depth: u32, from: u64, message: &Message) -> u64 {
        self.look(depth, from, message)
    }

    fn save(self, params: &Params) -> Saved {
        Saved { peers: self.saved(params.saved_peers as usize) }
    }

    fn wire_len(params: &Params, message: &Message) -> u32 {
        message::wire_len(params, message)
    }

    fn contacts(&self, visit: &mut dyn FnMut(NodeIx, ContactKind)) {
        for &node in self.table.entries() {
            visit(node, ContactKind::Bucket);
        }
    }

    fn records(&self, now: Time, visit: &mut dyn FnMut(Key, Value)) {
        let Some(store) = &self.store else { return };
        for (key, record) in store.records() {
            if record.expires > now {
                visit(key, record.value);
            }
        }
    }
}
