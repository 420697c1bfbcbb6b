//! The sessions of nodes: how they are planned, begin and end.

use super::{Shard, Slot};
use crate::cause::{Cause, Traffic};
use crate::ctx::Ctx;
use crate::digest::Seen;
use crate::event::Event;
use crate::node::NodeIx;
use crate::observe::Observer;
use crate::protocol::{Protocol, Role};
use crate::sink::Shared;
use crate::step::Act;
use crate::time::Time;
use crate::warm::WarmView;

impl<P: Protocol, O: Observer> Shard<P, O> {
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
        let clients = self.nodes().filter(|node| shared.world.role(*node) == Role::Client);
        let clients: Vec<NodeIx> = clients.collect();
        for &node in view.order().iter().chain(&clients) {
            let own = node.get() >= self.sink.first && self.sink.local(node) < self.slots.len();
            if own && shared.world.sessions.up_at(node, Time::ZERO) {
                self.plan_end(shared, node, 0);
                self.open(shared, node, Time::ZERO, Some(view));
            }
        }
    }

    pub(super) fn plan_boot(&mut self, shared: &Shared<'_, P>, node: NodeIx, session: u32) {
        if let Some(next) = shared.world.sessions.of(node).get(session as usize) {
            self.sink.queue.push(Event::boot(next.up, node, session));
        }
    }

    pub(super) fn plan_end(&mut self, shared: &Shared<'_, P>, node: NodeIx, session: u32) {
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
}
