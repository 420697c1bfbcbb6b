//! Reachability: which messages the network refuses or delays because of a fault.
//!
//! Each active fault lays down rules; a message meets all of them. Any refusal wins, delays add.

use crate::members::Members;
use crate::node::NodeIx;
use crate::time::{Span, Time};

/// What a rule does to a message it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The message is lost, silently.
    Drop,
    /// The message takes longer.
    Delay(Span),
}

/// Applies to messages from a member of `from` to a member of `to`.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Senders.
    pub from: Members,
    /// Receivers.
    pub to: Members,
    /// Only senders whose session began at this time or later.
    pub joined_since: Option<Time>,
    /// Does it also stop what is under way when it is laid down?
    pub in_flight: bool,
    /// What happens to the message.
    pub effect: Effect,
}

/// Names a rule while it is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(u32);

/// The rules in force. Changed only between windows.
#[derive(Debug, Default)]
pub struct Reach {
    rules: Vec<(RuleId, Rule)>,
    next: u32,
}

/// The network's answer for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes, this much later.
    Pass(Span),
    /// It is refused.
    Refuse,
}

impl Reach {
    /// Lays down `rule`.
    pub fn add(&mut self, rule: Rule) -> RuleId {
        let id = RuleId(self.next);
        self.next += 1;
        self.rules.push((id, rule));
        id
    }

    /// Lifts a rule; nothing happens when it was lifted before.
    pub fn remove(&mut self, id: RuleId) {
        self.rules.retain(|(held, _)| *held != id);
    }

    /// Is no rule in force?
    pub const fn is_open(&self) -> bool {
        self.rules.is_empty()
    }

    /// Judges a message at its sending; `session_start` is the sender's.
    pub fn at_sending(&self, from: NodeIx, to: NodeIx, session_start: Time) -> Verdict {
        self.fold(from, to, |rule| rule.joined_since.is_none_or(|since| session_start >= since))
    }

    /// Is a message that arrives now stopped on its last stretch?
    pub fn stops_arrival(&self, from: NodeIx, to: NodeIx) -> bool {
        self.fold(from, to, |rule| rule.in_flight && rule.joined_since.is_none()) == Verdict::Refuse
    }

    fn fold(&self, from: NodeIx, to: NodeIx, concerns: impl Fn(&Rule) -> bool) -> Verdict {
        let mut delay = Span::ZERO;
        for (_, rule) in &self.rules {
            if concerns(rule) && rule.from.contains(from) && rule.to.contains(to) {
                match rule.effect {
                    Effect::Drop => return Verdict::Refuse,
                    Effect::Delay(more) => delay = delay + more,
                }
            }
        }
        Verdict::Pass(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(from: u32, to: u32, effect: Effect) -> Rule {
        let only = |node| Members::of(4, [NodeIx::new(node)]);
        Rule { from: only(from), to: only(to), joined_since: None, in_flight: false, effect }
    }

    #[test]
    fn any_refusal_wins_and_delays_add() {
        let (a, b, c) = (NodeIx::new(0), NodeIx::new(1), NodeIx::new(2));
        let mut reach = Reach::default();
        reach.add(rule(0, 1, Effect::Delay(Span::from_millis(2))));
        reach.add(rule(0, 1, Effect::Delay(Span::from_millis(3))));
        assert_eq!(reach.at_sending(a, b, Time::ZERO), Verdict::Pass(Span::from_millis(5)));
        let cut = reach.add(rule(0, 1, Effect::Drop));
        assert_eq!(reach.at_sending(a, b, Time::ZERO), Verdict::Refuse);
        assert_eq!(reach.at_sending(b, a, Time::ZERO), Verdict::Pass(Span::ZERO));
        assert_eq!(reach.at_sending(a, c, Time::ZERO), Verdict::Pass(Span::ZERO));
        assert!(!reach.stops_arrival(a, b));
        reach.remove(cut);
        assert_eq!(reach.at_sending(a, b, Time::ZERO), Verdict::Pass(Span::from_millis(5)));
    }

    #[test]
    fn a_rule_for_joiners_spares_those_who_came_before() {
        let mut reach = Reach::default();
        let since = Some(Time::from_nanos(10));
        reach.add(Rule { joined_since: since, ..rule(0, 1, Effect::Drop) });
        let judge =
            |start| reach.at_sending(NodeIx::new(0), NodeIx::new(1), Time::from_nanos(start));
        assert_eq!((judge(9), judge(10)), (Verdict::Pass(Span::ZERO), Verdict::Refuse));
    }
}
