//! The part of one virtual node in a round, without I/O: what it waits for, and what it has been told.

use std::sync::Arc;

use dhtlab_core::author::Time;

use super::Model;
use super::fedavg::{FedAvg, Weight};
use super::lesson::{Errand, Lesson, Order, Told};
use crate::chord::Peer;

/// What is done in a part of the ring.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    /// Summaries are collected. Entered when the coordinator starts a round; left with the sum of what
    /// came in time.
    Collect,
    /// A model is spread. Left when all have it or time is up.
    Prepare {
        /// Its name.
        order: Order,
        /// The model, once it is here.
        model: Option<Arc<Model>>,
    },
    /// The moment of its activation is spread. Left when all were told.
    Activate {
        /// The name of the model.
        order: Order,
        /// The moment.
        at: Time,
    },
}

impl Job {
    /// Its place among the jobs of a round.
    pub(crate) const fn number(&self) -> u8 {
        match self {
            Self::Collect => 0,
            Self::Prepare { .. } => 1,
            Self::Activate { .. } => 2,
        }
    }
}

/// How far a branch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Asked.
    Asked,
    /// It took the errand; its report is awaited.
    Trusted,
    /// Nothing more comes.
    Over,
}

/// The part of one virtual node.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its number on the host.
    pub(crate) id: u32,
    /// Whose part it is.
    pub(crate) own: Peer,
    /// What was asked, and by whom.
    pub(crate) errand: Errand,
    /// What is done.
    pub(crate) job: Job,
    /// When it is over with what came until then.
    pub(crate) deadline: Time,
    branches: Vec<(Peer, u64, Stage)>,
    told: Vec<(u64, Told)>,
}

impl Part {
    /// A part that hands `branches` on and begins with what its own virtual node tells.
    pub(crate) fn new(id: u32, own: Peer, errand: Errand, job: Job, deadline: Time) -> Self {
        let (branches, told) = (Vec::new(), Vec::new());
        Self { id, own, errand, job, deadline, branches, told }
    }

    /// Is it the coordinator's?
    pub(crate) fn is_root(&self) -> bool {
        self.errand.by == self.own
    }

    /// What its own virtual node tells.
    pub(crate) fn tell(&mut self, told: Told) {
        self.told.push((self.own.id, told));
    }

    /// These are asked.
    pub(crate) fn hand_on(&mut self, branches: &[(Peer, u64)]) {
        let asked = branches.iter().map(|(peer, until)| (*peer, *until, Stage::Asked));
        self.branches.extend(asked);
    }

    /// What `until` is told to a branch.
    pub(crate) fn lesson(&self, until: u64, by_name: bool) -> Lesson {
        let depth = self.errand.depth.saturating_add(1);
        let errand = Errand { round: self.errand.round, by: self.own, until, depth };
        match &self.job {
            Job::Collect => Lesson::Collect(errand),
            Job::Prepare { order, model } => {
                let model = if by_name { None } else { model.clone() };
                Lesson::Prepare { errand, order: *order, model }
            }
            Job::Activate { order, at } => Lesson::Activate { errand, order: *order, at: *at },
        }
    }

    /// `peer` took its errand, or has nothing to do with it.
    pub(crate) fn acknowledged(&mut self, peer: Peer, refused: bool) {
        let last = refused || matches!(self.job, Job::Activate { .. });
        for (branch, _, stage) in &mut self.branches {
            if *branch == peer && *stage == Stage::Asked {
                *stage = if last { Stage::Over } else { Stage::Trusted };
            }
        }
    }

    /// `peer` is silent; the limit of the part that now lacks somebody.
    pub(crate) fn silent(&mut self, peer: Peer) -> Option<u64> {
        let asked = self.branches.iter_mut().find(|b| b.0 == peer && b.2 == Stage::Asked)?;
        asked.2 = Stage::Over;
        Some(asked.1)
    }

    /// `by` tells what its part has. Those that were given up are listened to as well; nobody twice.
    pub(crate) fn reported(&mut self, by: Peer, told: Told) {
        for (branch, _, stage) in &mut self.branches {
            if *branch == by {
                *stage = Stage::Over;
            }
        }
        if self.told.iter().all(|(id, _)| *id != by.id) {
            self.told.push((by.id, told));
        }
    }

    /// Is there nothing left to wait for?
    pub(crate) fn is_over(&self) -> bool {
        let waits = matches!(self.job, Job::Prepare { model: None, .. });
        !waits && self.branches.iter().all(|(_, _, stage)| *stage == Stage::Over)
    }

    /// The sum of what was told, in the order of identifiers. Only a mean weighted by keys can be taken
    /// over a tree of several levels.
    pub(crate) fn sum(&self, weight: Weight) -> Told {
        let mut all: Vec<&(u64, Told)> = self.told.iter().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        let fitted: Vec<&FedAvg> = all
            .iter()
            .filter_map(
                |(_, told)| if let Told::Leaves(leaves) = told { Some(&**leaves) } else { None },
            )
            .collect();
        if !fitted.is_empty() {
            return Told::Leaves(Arc::new(FedAvg::average(fitted, weight)));
        }
        let (mut counts, mut prepared) = (None, 0);
        for (_, told) in all {
            match told {
                Told::Prepared(count) => prepared += count,
                Told::Counts(summary) => match &mut counts {
                    None => counts = Some((**summary).clone()),
                    // Counts under another model say nothing here.
                    Some(sum) => drop(sum.merge(summary)),
                },
                Told::Nothing | Told::Leaves(_) => {}
            }
        }
        match counts {
            Some(sum) => Told::Counts(Arc::new(sum)),
            None if prepared > 0 => Told::Prepared(prepared),
            None => Told::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::NodeIx;

    use super::*;
    use crate::learned_chord::lesson::Round;

    fn peer(id: u64) -> Peer {
        Peer::new(id, NodeIx::new(0), 0)
    }

    fn part(job: Job) -> Part {
        let round = Round { base: 0, coordinator: 1, number: 0 };
        let errand = Errand { round, by: peer(1), until: 9, depth: 2 };
        Part::new(0, peer(2), errand, job, Time::NEVER)
    }

    #[test]
    fn a_part_waits_for_reports_and_gives_silent_ones_up() {
        let mut part = part(Job::Collect);
        part.tell(Told::Prepared(1));
        part.hand_on(&[(peer(3), 5), (peer(5), 7), (peer(7), 9)]);
        part.acknowledged(peer(3), false);
        assert_eq!(part.silent(peer(5)), Some(7));
        assert_eq!(part.silent(peer(5)), None, "only once");
        part.hand_on(&[(peer(6), 7)]);
        part.acknowledged(peer(7), true);
        part.reported(peer(6), Told::Prepared(2));
        part.acknowledged(peer(6), false);
        assert!(!part.is_over(), "3 still owes its report");
        for _ in 0..2 {
            part.reported(peer(3), Told::Prepared(4));
        }
        part.reported(peer(5), Told::Prepared(8));
        assert!(part.is_over());
        assert!(
            matches!(part.sum(Weight::Keys), Told::Prepared(15)),
            "late ones count, nobody twice"
        );
    }

    #[test]
    fn a_part_without_the_model_waits_for_it() {
        let mut part = part(Job::Prepare { order: (1, 1), model: None });
        assert!(!part.is_over());
        part.job = Job::Prepare { order: (1, 1), model: Some(Arc::new(Model::identity())) };
        assert!(part.is_over());
    }
}
