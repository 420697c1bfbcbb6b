//! Who is in which group.

use crate::group::{BOOTSTRAP, GroupError, GroupSpec};
use crate::seed::{Draw, Purpose, Seed, Stream};

/// A place in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    /// The number of the group.
    pub(crate) group: u8,
    /// The number of the member within its group.
    pub(crate) rank: u32,
}

/// The seats of all slots.
#[derive(Debug)]
pub(crate) struct Seats {
    /// By slot; empty where there are no groups.
    seats: Vec<Option<Seat>>,
    /// How many members each group has.
    members: Vec<u32>,
}

impl Seats {
    /// Deals the seats of `groups` to `slots` slots, of which the first `bootstrap` are taken.
    pub(crate) fn deal(
        groups: &[GroupSpec],
        seed: Seed,
        bootstrap: u32,
        slots: u32,
    ) -> Result<Self, GroupError> {
        if groups.is_empty() {
            return Ok(Self { seats: Vec::new(), members: Vec::new() });
        }
        let mut free: Vec<u32> = (bootstrap..slots).collect();
        Stream::new(seed, Purpose::Groups, 0).shuffle(&mut free);
        let mut seats = vec![None; slots as usize];
        let mut members = Vec::with_capacity(groups.len());
        let mut dealt = 0_usize;
        for (number, group) in (0_u8..).zip(groups) {
            let seat = |rank| Some(Seat { group: number, rank });
            if group.name == BOOTSTRAP {
                members.push(bootstrap);
                (0..bootstrap).for_each(|slot| seats[slot as usize] = seat(slot));
                continue;
            }
            let Some(taken) = free.get(dealt..dealt + group.nodes as usize) else {
                return Err(too_many(groups, slots.saturating_sub(bootstrap)));
            };
            for (rank, slot) in (0..).zip(taken) {
                seats[*slot as usize] = seat(rank);
            }
            dealt += taken.len();
            members.push(group.nodes);
        }
        Ok(Self { seats, members })
    }

    /// The seat of `slot`, if it has one.
    pub(crate) fn of(&self, slot: u32) -> Option<Seat> {
        self.seats.get(slot as usize).copied().flatten()
    }

    /// How many members a group has.
    pub(crate) fn members(&self, group: u8) -> u32 {
        self.members[usize::from(group)]
    }
}

fn too_many(groups: &[GroupSpec], slots: u32) -> GroupError {
    let others = groups.iter().filter(|group| group.name != BOOTSTRAP);
    GroupError::TooManyNodes { wanted: others.map(|group| u64::from(group.nodes)).sum(), slots }
}
