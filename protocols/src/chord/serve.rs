//! Answering requests.

use dhtlab_core::author::{Ctx, NodeIx, Role};

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
            Ask::Own { target, anyway } => {
                let refusal = if anyway { None } else { self.refuse(vnode, target, ctx) };
                refusal.unwrap_or(Answer::Done)
            }
            Ask::Join(who) => {
                let version = self.version();
                self.admission(vnode, who, version)
            }
            Ask::Put { item, anyway, version } => match self.skew(from, version, ctx) {
                Some(skew) => skew,
                None => self.keep(vnode, item, anyway || version > self.version(), ctx),
            },
            Ask::Get { key, anyway, version } => match self.look_in(vnode, key, anyway, ctx) {
                Answer::Value(None) | Answer::NotMine(_) if version != self.version() => {
                    self.skew(from, version, ctx).unwrap_or(Answer::Model(self.version()))
                }
                answer => answer,
            },
            Ask::Delete { key, anyway, version } => match self.skew(from, version, ctx) {
                Some(skew) => skew,
                None => self.erase(vnode, key, anyway || version > self.version(), ctx),
            },
            Ask::Scan { version, .. } if version != self.version() => {
                self.skew(from, version, ctx).unwrap_or(Answer::Model(self.version()))
            }
            Ask::Scan { lo, hi, limit, .. } => self.scan(vnode, (lo, hi), limit),
            Ask::Transfer { items, why, done } => self.take_in(vnode, (&items, why), done, ctx),
            Ask::Forward(route) => {
                if route.last {
                    self.arrive(vnode, route, ctx);
                } else {
                    self.forward(vnode, route, Vec::new(), ctx);
                }
                Answer::Done
            }
            Ask::Lesson(lesson) => self.serve_lesson(from, vnode, *lesson, ctx),
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
}
