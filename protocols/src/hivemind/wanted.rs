//! One key of a read: the best that was found so far, and when that is enough.

use dhtlab_core::author::{Key, NodeIx, Time};

use super::record::Stored;

/// One of the two places where a node keeps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// What it was given to keep.
    Storage,
    /// What it read or stored elsewhere, and what others pushed to it.
    Cache,
}

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Who had it.
    pub(super) source: NodeIx,
    /// How deep the search was there; 0 at home.
    pub(super) depth: u8,
    /// Which own tier had it.
    pub(super) tier: Option<Tier>,
}

/// What an offer changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// It was enough.
    pub(super) decided: bool,
    /// It was merged into a dictionary that lives in this tier: the very same object in hivemind, so
    /// the merge changes what is kept, though not until when.
    pub(super) mends: Option<Tier>,
}

/// One key of a read.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) key: Key,
    /// The best so far, and until when it is valid.
    pub(super) best: Option<(Stored, Time)>,
    /// Who had what is valid longest.
    pub(super) source: Option<NodeIx>,
    pub(super) depth: u8,
    /// What is valid until then is enough.
    pub(super) sufficient: Time,
    pub(super) decided: bool,
    home: Option<Tier>,
}

impl Wanted {
    /// Nothing yet.
    pub(super) const fn new(key: Key, sufficient: Time) -> Self {
        Self { key, best: None, source: None, depth: 0, sufficient, decided: false, home: None }
    }

    /// Considers a candidate. Two dictionaries merge; otherwise the one that is valid longer is kept.
    /// `bug`: with the defect of stale stores.
    pub(super) fn offer(
        &mut self,
        (stored, expires): (Stored, Time),
        offer: Offer,
        wall: Time,
        bug: bool,
    ) -> Effect {
        let mut effect = Effect::default();
        if self.decided {
            return effect;
        }
        let later = self.best.as_ref().is_none_or(|(_, best)| expires > *best);
        match (&mut self.best, stored) {
            (Some((Stored::Dictionary(mine), _)), Stored::Dictionary(theirs)) => {
                mine.merge(&theirs, wall, bug);
                effect.mends = self.home;
            }
            (_, stored) if later => {
                self.best = Some((stored, expires));
                self.home = offer.tier;
            }
            _ => {}
        }
        if later && let Some((_, best)) = &mut self.best {
            *best = expires;
            (self.source, self.depth) = (Some(offer.source), offer.depth);
            self.decided = expires >= self.sufficient;
            effect.decided = self.decided;
        }
        effect
    }
}
