//! The history of the records of a run: what was stored and removed when, and what follows for those
//! who ask.
//!
//! Operations take time, and what two of them did that overlap cannot be told from outside. So there
//! are three answers for a name and a query: its record was certainly there all the while, it was
//! certainly gone all the while, or neither.

use dhtlab_core::op::{Command, Outcome};
use dhtlab_core::time::Time;
use dhtlab_core::world::World;

use super::ledger::OpEntry;

/// A store or a removal of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Effect {
    /// What the record is called.
    pub(super) name: u64,
    /// When it was asked for.
    pub(super) issued: Time,
    /// When it was acknowledged; [`Time::NEVER`] if it was not.
    pub(super) acked: Time,
    /// Until when it may have taken effect: no later than this.
    pub(super) over: Time,
}

/// All effects of one kind, by name and then by time, so that two searches answer any question.
#[derive(Debug, Default)]
struct Track(Vec<Mark>);

#[derive(Clone, Copy, Debug)]
struct Mark {
    effect: Effect,
    /// The latest end among the effects on this name up to this one.
    over_max: Time,
    /// The earliest acknowledgement among the effects on this name from this one on.
    acked_min: Time,
}

impl Track {
    fn new(mut effects: Vec<Effect>) -> Self {
        effects.sort_unstable();
        let mark = |effect: Effect| Mark { effect, over_max: effect.over, acked_min: effect.acked };
        let mut marks: Vec<Mark> = effects.into_iter().map(mark).collect();
        for same in marks.chunk_by_mut(|a, b| a.effect.name == b.effect.name) {
            for at in 1..same.len() {
                same[at].over_max = same[at].over_max.max(same[at - 1].over_max);
            }
            for at in (1..same.len()).rev() {
                same[at - 1].acked_min = same[at - 1].acked_min.min(same[at].acked_min);
            }
        }
        Self(marks)
    }

    fn of(&self, name: u64) -> &[Mark] {
        let from = self.0.partition_point(|mark| mark.effect.name < name);
        let length = self.0[from..].partition_point(|mark| mark.effect.name == name);
        &self.0[from..from + length]
    }

    /// When the last effect on `name` was over, of those issued until `until`; `None` without any.
    fn over(&self, name: u64, until: Time) -> Option<Time> {
        let marks = self.of(name);
        let count = marks.partition_point(|mark| mark.effect.issued <= until);
        marks[..count].last().map(|mark| mark.over_max)
    }

    /// When an effect on `name` was first acknowledged, of those issued after `after`, or of all.
    fn acked(&self, name: u64, after: Option<Time>) -> Time {
        let marks = self.of(name);
        let from = marks.partition_point(|mark| Some(mark.effect.issued) <= after);
        marks[from..].first().map_or(Time::NEVER, |mark| mark.acked_min)
    }
}

/// Every store and removal of a run.
#[derive(Debug, Default)]
pub(super) struct History {
    puts: Track,
    deletes: Track,
}

impl History {
    pub(super) fn new(puts: Vec<Effect>, deletes: Vec<Effect>) -> Self {
        Self { puts: Track::new(puts), deletes: Track::new(deletes) }
    }

    /// The history that the entries of all ledgers tell.
    pub(super) fn of<'e>(world: &World, entries: impl Iterator<Item = &'e OpEntry>) -> Self {
        let (mut puts, mut deletes) = (Vec::new(), Vec::new());
        for entry in entries {
            let command = world.operations[entry.op.index()].command;
            let ended = |outcomes: &[Outcome]| {
                let record = entry.record.filter(|record| outcomes.contains(&record.outcome));
                record.map_or(Time::NEVER, |record| record.at)
            };
            let effect = |over| Effect {
                name: command.key().name(),
                issued: entry.at,
                acked: ended(&[Outcome::Done]),
                over,
            };
            match command {
                // A store that was not acknowledged may still reach somebody.
                Command::Put { .. } => puts.push(effect(ended(&[Outcome::Done]))),
                // A removal that found nothing is over as well.
                Command::Delete { .. } => {
                    deletes.push(effect(ended(&[Outcome::Done, Outcome::NotFound])));
                }
                _ => {}
            }
        }
        Self::new(puts, deletes)
    }

    /// Must a query from `issued` to `finished` find the record called `name`?
    ///
    /// So it is when a store of it was acknowledged before the query began, and every removal was over
    /// before that store began or is issued after the query ended.
    pub(super) fn must_be_found(&self, name: u64, issued: Time, finished: Time) -> bool {
        self.puts.acked(name, self.deletes.over(name, finished)) < issued
    }

    /// Must such a query not find the record? So it is when a removal was acknowledged before the query began,
    /// and every store was over before that removal began or is issued after the query ended.
    pub(super) fn must_be_gone(&self, name: u64, issued: Time, finished: Time) -> bool {
        self.deletes.acked(name, self.puts.over(name, finished)) < issued
    }

    /// May a query that ended at `finished` find the record? When any store of it was issued by then.
    pub(super) fn may_be_found(&self, name: u64, finished: Time) -> bool {
        self.puts.over(name, finished).is_some()
    }

    /// Was a removal of the record issued by `until`?
    pub(super) fn removed(&self, name: u64, until: Time) -> bool {
        self.deletes.over(name, until).is_some()
    }

    /// When which record came or went, in order of time. Who keeps up with it knows at every time all
    /// records that a query issued then must find, and few others.
    pub(super) fn turns(&self) -> Vec<Turn> {
        let stored = self.puts.0.iter().map(|mark| mark.effect).filter(|put| {
            let after = self.deletes.over(put.name, put.acked);
            put.acked < Time::NEVER && after.is_none_or(|over| over < put.issued)
        });
        let stored = stored.map(|put| Turn { at: put.acked, name: put.name, there: true });
        let removed = self.deletes.0.iter().map(|mark| Turn {
            at: mark.effect.issued,
            name: mark.effect.name,
            there: false,
        });
        let mut turns: Vec<Turn> = stored.chain(removed).collect();
        turns.sort_unstable();
        turns
    }
}

/// A record comes, or begins to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) at: Time,
    pub(super) name: u64,
    pub(super) there: bool,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::run) const T: fn(u64) -> Time = Time::from_nanos;

    /// Effects on few names at few times, so that they meet.
    pub(in crate::run) fn effects() -> impl Strategy<Value = Vec<Effect>> {
        let one = (0..6_u64, 0..40_u64, 1..8_u64, 0..3_u8).prop_map(|(name, at, takes, end)| {
            let issued = T(at);
            let (acked, over) = match end {
                0 => (Time::NEVER, Time::NEVER),
                1 => (Time::NEVER, T(at + takes)),
                _ => (T(at + takes), T(at + takes)),
            };
            Effect { name: name * 10, issued, acked, over }
        });
        prop::collection::vec(one, 0..25)
    }

    /// The definition, word for word.
    pub(in crate::run) fn certain(
        these: &[Effect],
        those: &[Effect],
        name: u64,
        issued: Time,
        finished: Time,
    ) -> bool {
        these.iter().filter(|one| one.name == name && one.acked < issued).any(|one| {
            those
                .iter()
                .filter(|other| other.name == name)
                .all(|other| other.over < one.issued || other.issued > finished)
        })
    }

    proptest! {
        #[test]
        fn what_is_certain_is_what_the_definition_says(
            puts in effects(), deletes in effects(), from in 0..50_u64, takes in 0..10_u64,
        ) {
            let history = History::new(puts.clone(), deletes.clone());
            let (issued, finished) = (T(from), T(from + takes));
            for name in (0..6).map(|name| name * 10) {
                let there = certain(&puts, &deletes, name, issued, finished);
                let gone = certain(&deletes, &puts, name, issued, finished);
                prop_assert_eq!(history.must_be_found(name, issued, finished), there);
                prop_assert_eq!(history.must_be_gone(name, issued, finished), gone);
                prop_assert!(!(there && gone));
                let any = puts.iter().any(|put| put.name == name && put.issued <= finished);
                prop_assert_eq!(history.may_be_found(name, finished), any);
                prop_assert!(any || !there);
            }
        }
    }

    #[test]
    fn a_record_that_was_stored_again_must_be_found_again() {
        let effect =
            |issued, acked| Effect { name: 1, issued: T(issued), acked: T(acked), over: T(acked) };
        let history = History::new(vec![effect(1, 2), effect(20, 25)], vec![effect(10, 12)]);
        let seen = |at| {
            let (issued, finished) = (T(at), T(at + 1));
            (history.must_be_found(1, issued, finished), history.must_be_gone(1, issued, finished))
        };
        let answers = [2, 3, 9, 12, 13, 18, 20, 25, 26].map(seen);
        let (no, there, gone) = ((false, false), (true, false), (false, true));
        assert_eq!(answers, [no, there, no, no, gone, gone, no, no, there]);
    }
}
