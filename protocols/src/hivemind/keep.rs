//! Keeping records: what a store request does at the node that holds them.

use dhtlab_core::author::{Ctx, Key, Time, Value};

use super::message::{Content, StoreItem};
use super::node::Hivemind;
use super::params::Params;
use super::record::{Dictionary, Stored};
use super::storage::Flaws;

impl Params {
    /// The defects of the tiers.
    pub(super) const fn flaws(&self) -> Flaws {
        Flaws { stale_store: self.stale_store_bug, lazy_dictionary_store: self.lazy_dict_store }
    }
}

impl Stored {
    /// As a message carries it: without what has expired.
    pub(super) fn packed(&self, clock: Time) -> Self {
        match self {
            Self::Plain(value) => Self::Plain(*value),
            Self::Dictionary(dictionary) => Self::Dictionary(dictionary.packed(clock)),
        }
    }
}

impl From<Stored> for Content {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Plain(value) => Self::Plain(value),
            Stored::Dictionary(dictionary) => Self::Dictionary(dictionary),
        }
    }
}

impl Hivemind {
    /// Keeps `item` if it expires later than what is there; says whether it was taken.
    pub(super) fn keep_one(&mut self, item: &StoreItem, ctx: &Ctx<'_, Self>) -> bool {
        let (clock, flaws) = (self.wall(ctx), ctx.params().flaws());
        let (key, expires) = (item.key, item.expires);
        let tier = self.tiers.tier_mut(item.in_cache);
        match &item.content {
            Content::Plain(value) => tier.store_plain(key, *value, expires, clock, flaws),
            Content::Sub(subkey, value) => {
                tier.store_subkey(key, *subkey, *value, expires, clock, flaws)
            }
            Content::Dictionary(dictionary) => tier.store_dictionary(key, dictionary, clock, flaws),
        }
    }

    /// Shows the records of the storage that are valid when the own wall clock shows `clock`; a
    /// dictionary counts with its newest version.
    pub(super) fn show_records(&self, clock: Time, visit: &mut dyn FnMut(Key, Value)) {
        for (key, stored, _) in self.tiers.storage.live(clock) {
            match stored {
                Stored::Plain(value) => visit(key, *value),
                Stored::Dictionary(dictionary) => {
                    if let Some(value) = newest(dictionary, clock) {
                        visit(key, value);
                    }
                }
            }
        }
    }
}

fn newest(dictionary: &Dictionary, clock: Time) -> Option<Value> {
    dictionary.entries(clock).map(|(_, value, _)| value).max_by_key(|value| value.version)
}
