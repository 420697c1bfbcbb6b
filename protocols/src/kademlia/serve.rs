//! Answering requests.

use dhtlab_core::author::{Ctx, Key, NodeIx};

use super::contacts::Contacts;
use super::meet::feeds;
use super::message::{self, Ask, Message, Parcel};
use super::node::Kademlia;
use super::store::{Kept, Record, expiry};

impl Kademlia {
    /// Answers a request. Only servers do.
    pub(super) fn serve(&mut self, from: NodeIx, request: Message, ctx: &mut Ctx<'_, Self>) {
        match request {
            Message::Dial { step, server, probe } => {
                let admit = feeds(ctx.params(), server, probe);
                self.on_dial(from, step, admit, ctx);
            }
            Message::Ping { rpc, server } => {
                ctx.send(from, Message::Pong { rpc });
                self.note_request(from, feeds(ctx.params(), server, true), ctx);
            }
            Message::Find { rpc, ask, server, key } => {
                let reply = self.find(from, rpc, ask, key, ctx);
                ctx.send(from, reply);
                self.note_request(from, feeds(ctx.params(), server, false), ctx);
            }
            Message::Put { rpc, server, key, record } => {
                let reply = self.put(rpc, key, &record, ctx);
                ctx.send(from, reply);
                self.note_request(from, feeds(ctx.params(), server, false), ctx);
            }
            Message::AddProvider { key, provider } => {
                // Nobody can announce somebody else.
                if provider == from {
                    let params = ctx.params();
                    let expires = ctx.now().saturating_add(params.provider_ttl);
                    let _ = self.store_mut(ctx).add_provider(key, provider, expires, params);
                }
            }
            _ => unreachable!("only requests are served"),
        }
    }

    fn find(&mut self, from: NodeIx, rpc: u32, ask: Ask, key: Key, ctx: &Ctx<'_, Self>) -> Message {
        let (params, now) = (ctx.params(), ctx.now());
        let mut closer = Contacts::EMPTY;
        let limit = params.reply_contacts as usize;
        self.table.closest(key, limit, Some(from), now, ctx, &mut closer);
        let reply = match ask {
            Ask::Node => return Message::Nodes { rpc, closer },
            Ask::Value => {
                let record = self.store.as_mut().and_then(|store| store.record(key, now));
                let record = record.map(|record| Box::new(record.parcel(now)));
                Message::Value { rpc, record, closer }
            }
            Ask::Providers => {
                let limit = params.replication as usize;
                let found = self.store.as_mut().map(|store| store.providers(key, limit, now));
                let providers = found.filter(|list| !list.is_empty()).map(Box::new);
                Message::Providers { rpc, providers, closer }
            }
        };
        if message::fits(params, &reply) { reply } else { Message::Reset { rpc } }
    }

    fn put(&mut self, rpc: u32, key: Key, parcel: &Parcel, ctx: &mut Ctx<'_, Self>) -> Message {
        let (params, now) = (ctx.params(), ctx.now());
        let ack = Message::PutAck { rpc, bytes: parcel.value.bytes };
        if parcel.publisher == Some(ctx.me()) {
            // The publisher's own copy is the original.
            return ack;
        }
        let expires = expiry(parcel, self.table.between(key, ctx), now, params);
        if expires <= now {
            return ack;
        }
        let record =
            Record { value: parcel.value, publisher: parcel.publisher, expires, skip: true };
        if self.store_mut(ctx).keep(key, record, params) == Kept::No {
            return Message::Reset { rpc };
        }
        self.arm_records(false, ctx);
        ack
    }
}
