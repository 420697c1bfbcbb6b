//! Messages in flight: stored once, handed on by number.

use crate::cause::Cause;
use crate::time::Time;

/// What the engine keeps with a message on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) sent_at: Time,
    pub(crate) cause: Cause,
    pub(crate) bytes: u32,
}

/// Numbered places for messages; a freed place is the next one used, so that the memory in use is
/// the memory that is near. A number never enters an order, a digest or a record.
#[derive(Debug)]
pub(crate) struct Slab<M> {
    places: Vec<Place<M>>,
    free: u32,
}

/// A message and its stamp, or, where there is no message, the number of the next free place. The
/// stamp lies apart from the message so that neither is copied more often than it must be.
#[derive(Debug)]
struct Place<M> {
    stamp: Stamp,
    next_free: u32,
    message: Option<M>,
}

/// Stands for "no further free place".
const NONE: u32 = u32::MAX;

impl<M> Slab<M> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), free: NONE }
    }

    /// Stores `message` and returns its number.
    pub(crate) fn insert(&mut self, stamp: Stamp, message: M) -> u32 {
        if let Some(place) = self.places.get_mut(self.free as usize) {
            let number = self.free;
            self.free = place.next_free;
            place.stamp = stamp;
            place.message = Some(message);
            return number;
        }
        self.places.push(Place { stamp, next_free: NONE, message: Some(message) });
        u32::try_from(self.places.len() - 1).expect("more than 2^32 messages in flight")
    }

    /// Takes the message with `number` out.
    ///
    /// # Panics
    /// When there is none: a message is delivered once.
    pub(crate) fn take(&mut self, number: u32) -> (Stamp, M) {
        let place = &mut self.places[number as usize];
        let message = place.message.take().expect("a message is delivered once");
        place.next_free = self.free;
        self.free = number;
        (place.stamp, message)
    }

    /// The message with `number` and its stamp; for a look ahead of time.
    pub(crate) fn peek(&self, number: u32) -> Option<(Stamp, &M)> {
        let place = &self.places[number as usize];
        place.message.as_ref().map(|message| (place.stamp, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Traffic;

    #[test]
    fn a_freed_place_is_used_again() {
        let cause = Cause::background(Traffic::Join);
        let stamp = |bytes| Stamp { sent_at: Time::ZERO, cause, bytes };
        let mut slab = Slab::new();
        let (a, b) = (slab.insert(stamp(1), 'a'), slab.insert(stamp(2), 'b'));
        assert_eq!(slab.take(a), (stamp(1), 'a'));
        assert!(slab.peek(a).is_none() && slab.peek(b) == Some((stamp(2), &'b')));
        assert_eq!(slab.insert(stamp(3), 'c'), a);
        assert_eq!((slab.take(b).1, slab.take(a)), ('b', (stamp(3), 'c')));
    }

    #[test]
    #[should_panic(expected = "delivered once")]
    fn a_message_is_delivered_once() {
        let stamp =
            Stamp { sent_at: Time::ZERO, cause: Cause::background(Traffic::Join), bytes: 1 };
        let mut slab = Slab::new();
        let number = slab.insert(stamp, 'a');
        slab.take(number);
        slab.take(number);
    }
}
