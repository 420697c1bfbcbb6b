//! Why a message was sent: the operation behind it and the purpose it serves.

use crate::op::OpId;

/// What traffic is for, as the column `purpose` of `messages.csv` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Traffic {
    /// Finding nodes, records or providers for an operation.
    Lookup = 0,
    /// Writing records for an operation.
    Store = 1,
    /// Keeping tables and replicas in order.
    Maintenance = 2,
    /// Entering the network.
    Join = 3,
    /// Training, electing and spreading a learned model.
    Learning = 4,
    /// Moving records that a new model places elsewhere.
    Migration = 5,
}

impl Traffic {
    /// All purposes, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Lookup, Self::Store, Self::Maintenance, Self::Join, Self::Learning, Self::Migration];

    /// How many purposes there are.
    pub const COUNT: usize = 6;

    /// The public name of this purpose.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Store => "store",
            Self::Maintenance => "maintenance",
            Self::Join => "join",
            Self::Learning => "learning",
            Self::Migration => "migration",
        }
    }
}

/// The cause of a message: carried by the engine with every message and inherited by what its
/// receiver sends while handling it, so that the engine, not the protocol, counts what an operation
/// cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause(u32);

const OP_BITS: u32 = 29;
const NO_OP: u32 = (1 << OP_BITS) - 1;

impl Cause {
    /// Caused by operation `op`, in service of `traffic`.
    pub const fn operation(op: OpId, traffic: Traffic) -> Self {
        Self((traffic as u32) << OP_BITS | op.get())
    }

    /// Caused by no operation: upkeep or a join.
    pub const fn background(traffic: Traffic) -> Self {
        Self((traffic as u32) << OP_BITS | NO_OP)
    }

    /// The operation, if there is one.
    pub const fn op(self) -> Option<OpId> {
        let number = self.0 & NO_OP;
        if number == NO_OP { None } else { Some(OpId::new(number)) }
    }

    /// The purpose.
    pub const fn traffic(self) -> Traffic {
        Traffic::ALL[(self.0 >> OP_BITS) as usize]
    }

    /// The same operation, serving another purpose.
    pub const fn serving(self, traffic: Traffic) -> Self {
        Self((traffic as u32) << OP_BITS | (self.0 & NO_OP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_keeps_both_its_parts() {
        for traffic in Traffic::ALL {
            let last = OpId::new(OpId::MAX_COUNT - 1);
            let cause = Cause::operation(last, traffic);
            assert_eq!((cause.op(), cause.traffic()), (Some(last), traffic));
        }
        let cause = Cause::background(Traffic::Maintenance);
        assert_eq!((cause.op(), cause.traffic()), (None, Traffic::Maintenance));
        assert_eq!(
            Cause::operation(OpId::new(3), Traffic::Lookup).serving(Traffic::Store).op(),
            Some(OpId::new(3))
        );
    }
}
