//! Reading ahead: what the next few events will need is fetched for all of them together.

use super::{Shard, Slot};
use crate::event::Due;
use crate::observe::Observer;
use crate::protocol::Protocol;
use crate::sink::Shared;

/// How many events ahead are touched together; measured, about flat from 16 to 32.
const TOUCH_AHEAD: usize = 32;

impl<P: Protocol, O: Observer> Shard<P, O> {
    /// Reads what the next few events will need, for all of them together and one pointer after the
    /// other. Loads of one pass do not wait for one another, so the memory fetches of the events
    /// overlap; the events themselves then find their lines near (`benches/README.md`).
    pub(super) fn touch_upcoming(&self, shared: &Shared<'_, P>) -> usize {
        let upcoming = self.sink.queue.upcoming(TOUCH_AHEAD);
        let mut word = 0;
        for event in upcoming {
            let local = self.sink.local(event.target);
            word ^=
                self.sink.hot[local].chain ^ u64::from(matches!(self.slots[local], Slot::Up(_)));
            if let Due::Message(handle) = event.due() {
                word ^= u64::from(self.sink.slab.peek(handle).is_some());
                word ^= shared.world.key_prefix(event.source);
            }
        }
        for depth in 0..P::GLANCE_DEPTH {
            for event in upcoming {
                let Slot::Up(state) = &self.slots[self.sink.local(event.target)] else { continue };
                if let Due::Message(handle) = event.due()
                    && let Some((_, message)) = self.sink.slab.peek(handle)
                {
                    word ^= state.glance(depth, shared.world.key_prefix(event.source), message);
                }
            }
        }
        std::hint::black_box(word);
        upcoming.len()
    }
}
