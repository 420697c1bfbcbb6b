//! What a read found, as it is reported to whoever asked.

use dhtlab_core::author::{Ctx, Entry, Finish, Gathered, Outcome, Time, Value};

use super::get::{Get, number_of};
use super::jobs::{Client, Work, report};
use super::node::Hivemind;
use super::record::Stored;

impl Hivemind {
    /// All keys of job `number` are decided, though its search may go on.
    pub(super) fn report_get(&mut self, number: u32, ctx: &mut Ctx<'_, Self>) {
        let wall = self.wall(ctx);
        let Some(job) = self.jobs.get(number) else { return };
        let Work::Get(get) = &job.work else { return };
        match get.client {
            Client::Renewal => self.renewed(ctx),
            Client::One(op) => {
                let wanted = &get.wanted[0];
                let value = wanted.best.as_ref().and_then(|(stored, _)| newest(stored, wall));
                let outcome = if value.is_some() { Outcome::Done } else { Outcome::NotFound };
                let source = wanted.source.filter(|_| value.is_some());
                let finish = report(&job.hunt, outcome, source.as_slice(), value);
                ctx.finish(op, &Finish { hops: wanted.depth, ..finish });
            }
            Client::Many(op) => {
                let (done, entries) = gathered(get, wall);
                let all = done as usize == get.items.len();
                let outcome = if all { Outcome::Done } else { Outcome::NotFound };
                let hops = get.wanted.iter().map(|wanted| wanted.depth).max().unwrap_or(0);
                let batch = Some(Gathered { done, entries: &entries });
                let finish = report(&job.hunt, outcome, &[], None);
                ctx.finish(op, &Finish { hops, batch, ..finish });
            }
        }
    }
}

/// The one value that stands for a record: of a dictionary, what is valid longest at `wall`.
fn newest(stored: &Stored, wall: Time) -> Option<Value> {
    match stored {
        Stored::Plain(value) => Some(*value),
        Stored::Dictionary(dictionary) => dictionary
            .entries(wall)
            .max_by_key(|(_, _, expires)| *expires)
            .map(|(_, value, _)| value),
    }
}

/// How many items of a batch were found, and what was found: a plain value even if it has expired on
/// the way, of a dictionary what is valid at `wall`.
fn gathered(get: &Get, wall: Time) -> (u32, Vec<Entry>) {
    let (mut done, mut entries) = (0, Vec::new());
    for (item, at) in get.items.iter().enumerate() {
        let item = number_of(item);
        let before = entries.len();
        match &get.wanted[*at as usize].best {
            None => {}
            Some((Stored::Plain(value), _)) => {
                entries.push(Entry { item, subkey: None, value: *value });
            }
            Some((Stored::Dictionary(dictionary), _)) => {
                entries.extend(dictionary.entries(wall).map(|(subkey, value, _)| Entry {
                    item,
                    subkey: Some(subkey),
                    value,
                }));
            }
        }
        done += u32::from(entries.len() > before);
    }
    (done, entries)
}
