//! Answering requests.

use dhtlab_core::author::{Ctx, Key, NodeIx, Role};

use super::message::{Answer, Ask};
use super::node::Chord;
use super::peer::Peer;
use super::ring::up_to;

impl Chord {
    /// The answer of virtual node `vnode` to what `from` asks; `None` for silence.
    pub(super) fn serve(
        &mut self,
        from: NodeIx,
        vnode: u16,
        ask: Ask,
        ctx: &mut Ctx<'_, Self>,
    ) -> Option<Answer> {
        if ctx.role() == Role::Client && from != ctx.me() {
            return None;
        }
        let Some(own) = self.member(vnode) else { return Some(Answer::Refused) };
        let answer = match ask {
            Ask::Next { target, dead, end } => {
                self.answer_next(vnode, target, &dead, end, ctx.params())
            }
            Ask::State => Answer::State {
                predecessor: own.predecessor,
                successors: own.successors.as_slice().into(),
            },
            Ask::Ping => Answer::Done,
            Ask::Owns(target) => self.refuse(vnode, target).unwrap_or(Answer::Done),
            Ask::Join(who) => {
                let version = self.version();
                self.admission(vnode, who, version)
            }
            Ask::Put { item, .. } => {
                let place = self.place_of(item.0, ctx);
                let now = ctx.now();
                match self.refuse(vnode, place) {
                    Some(refusal) => refusal,
                    None => {
                        if let Some(own) = self.member(vnode) {
                            own.store.put(place, item, now);
                        }
                        Answer::Done
                    }
                }
            }
            Ask::Get { key, anyway, .. } => self.look_in(vnode, key, anyway, ctx),
            Ask::Delete { key, .. } => {
                let place = self.place_of(key, ctx);
                match self.refuse(vnode, place) {
                    Some(refusal) => refusal,
                    None => {
                        if let Some(own) = self.member(vnode) {
                            own.store.remove(place, key);
                        }
                        Answer::Done
                    }
                }
            }
            Ask::Transfer { items, done, .. } => {
                for item in items.iter() {
                    let place = self.place_of(item.0, ctx);
                    let now = ctx.now();
                    if let Some(own) = self.member(vnode) {
                        own.store.put(place, *item, now);
                    }
                }
                if let Some(own) = self.member(vnode).filter(|_| done.is_some()) {
                    own.settled = true;
                }
                Answer::Done
            }
            Ask::Forward(route) => {
                if route.last {
                    self.arrive(vnode, route, ctx);
                } else {
                    self.forward(vnode, route, Vec::new(), ctx);
                }
                Answer::Done
            }
            Ask::Scan { .. } | Ask::Lesson(_) => Answer::Refused,
        };
        Some(answer)
    }

    /// Lets `who` in between this virtual node and its first successor, if it belongs there.
    fn admission(&mut self, vnode: u16, who: Peer, version: u32) -> Answer {
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let belongs = own.first().is_some_and(|first| up_to(who.id, own.id(), first.id));
        // An earlier session of the same node may still be listed.
        let successors: Box<[Peer]> =
            own.successors.iter().copied().filter(|peer| *peer != who).collect();
        match successors.first() {
            Some(_) if belongs => Answer::Admitted { successors, version },
            None if belongs => Answer::Admitted { successors: [own.me].into(), version },
            _ => Answer::Refused,
        }
    }

    /// Why a record at `place` is not for this virtual node, if it is not.
    fn refuse(&mut self, vnode: u16, place: u64) -> Option<Answer> {
        let own = self.member(vnode)?;
        let other = own.predecessor.is_some() && !own.owns(place);
        other.then(|| Answer::NotMine(own.predecessor))
    }

    fn look_in(&mut self, vnode: u16, key: Key, anyway: bool, ctx: &Ctx<'_, Self>) -> Answer {
        let place = self.place_of(key, ctx);
        let Some(own) = self.member(vnode) else { return Answer::Refused };
        let value = own.store.get(place, key);
        if value.is_none()
            && !anyway
            && let Some(refusal) = self.refuse(vnode, place)
        {
            return refusal;
        }
        Answer::Value(value)
    }
}
