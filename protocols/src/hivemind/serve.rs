//! The server's side: what a node answers. Whoever asks is met only after the answer, which never
//! names it therefore.

use std::sync::Arc;

use dhtlab_core::author::{Ctx, Key, NodeIx, Role};

use super::call::Purpose;
use super::message::{self, Answer, Ask, Findings, Message, StoreItem};
use super::node::{Hivemind, Standing};

impl Hivemind {
    /// Answers request `rpc`. Nobody reaches a client, and there is nobody while a node is down.
    pub(super) fn serve(
        &mut self,
        from: NodeIx,
        rpc: u32,
        known: bool,
        ask: Ask,
        ctx: &mut Ctx<'_, Self>,
    ) {
        if ctx.role() == Role::Client || self.standing == Standing::Down {
            return;
        }
        match ask {
            // The proof: a ping of its own, and the answer only after it.
            Ask::Ping { validate: true } if known => {
                return self.ping(from, false, Purpose::PingBack(rpc), ctx);
            }
            Ask::Ping { .. } => self.pong(from, rpc, false, ctx),
            Ask::Store(items) => {
                let answer = self.keep(&items, ctx);
                self.answer(from, rpc, answer, ctx);
            }
            Ask::Find(keys) => {
                let answer = self.look_up(&keys, from, ctx);
                self.answer(from, rpc, answer, ctx);
            }
        }
        if known {
            self.met(from, ctx);
        }
    }

    /// The ping back to `to` ended; `available`: with an answer. Now its own ping is answered.
    pub(super) fn prove(&mut self, to: NodeIx, rpc: u32, available: bool, ctx: &mut Ctx<'_, Self>) {
        if self.standing == Standing::Down {
            return;
        }
        self.pong(to, rpc, available, ctx);
        if available {
            self.met(to, ctx);
        } else {
            self.lost(to, ctx);
        }
    }

    fn pong(&self, to: NodeIx, rpc: u32, available: bool, ctx: &mut Ctx<'_, Self>) {
        let clock = self.wall(ctx);
        self.answer(to, rpc, Answer::Pong { clock, available }, ctx);
    }

    #[expect(clippy::unused_self, reason = "a node answers")]
    fn answer(&self, to: NodeIx, rpc: u32, answer: Answer, ctx: &mut Ctx<'_, Self>) {
        let message = Message::Answer { rpc, known: true, answer };
        let too_long = message::wire_len(ctx.params(), &message) > ctx.params().frame_max;
        let refusal = Message::Answer { rpc, known: true, answer: Answer::Failed };
        ctx.send(to, if too_long { refusal } else { message });
    }

    /// Keeps `items`, and says which of them were taken.
    fn keep(&mut self, items: &Arc<[StoreItem]>, ctx: &Ctx<'_, Self>) -> Answer {
        if items.len() > ctx.params().store_keys_max as usize {
            return Answer::Failed;
        }
        Answer::Stored(items.iter().map(|item| self.keep_one(item, ctx)).collect())
    }

    /// What is kept under `keys` and who is near them, for `asker`.
    fn look_up(&mut self, keys: &Arc<[Key]>, asker: NodeIx, ctx: &Ctx<'_, Self>) -> Answer {
        let (clock, count) = (self.wall(ctx), ctx.params().bucket_size as usize);
        let mut records = Vec::with_capacity(keys.len());
        let mut peers = Vec::with_capacity(keys.len() * count);
        for key in keys.iter() {
            let found = self.tiers.find(key, clock);
            records.push(found.map(|(stored, expires)| (stored.packed(clock), expires)));
            self.table.nearest(key, count, Some(asker), ctx, &mut peers);
        }
        let each = u32::try_from(peers.len() / keys.len().max(1)).unwrap_or(u32::MAX);
        Answer::Found(Box::new(Findings { records: records.into(), peers: peers.into(), each }))
    }
}
