//! Messages in flight: stored once, handed on by number.

use crate::cause::Cause;
use crate::time::Time;

/// A message on its way.
#[derive(Debug)]
pub(crate) struct Envelope<M> {
    pub(crate) sent_at: Time,
    pub(crate) cause: Cause,
    pub(crate) bytes: u32,
    pub(crate) message: M,
}

/// Numbered places for envelopes; a freed place is the next one used, so that the memory in use is
/// the memory that is near. A number never enters an order, a digest or a record.
#[derive(Debug)]
pub(crate) struct Slab<M> {
    places: Vec<Place<M>>,
    free: Option<u32>,
}

#[derive(Debug)]
enum Place<M> {
    Taken(Envelope<M>),
    Free { next: Option<u32> },
}

impl<M> Slab<M> {
    pub(crate) const fn new() -> Self {
        Self { places: Vec::new(), free: None }
    }

    /// Stores `envelope` and returns its number.
    pub(crate) fn insert(&mut self, envelope: Envelope<M>) -> u32 {
        let Some(number) = self.free else {
            self.places.push(Place::Taken(envelope));
            return u32::try_from(self.places.len() - 1)
                .expect("more than 2^32 messages in flight");
        };
        let place = &mut self.places[number as usize];
        if let Place::Free { next } = *place {
            self.free = next;
        }
        *place = Place::Taken(envelope);
        number
    }

    /// Takes the envelope with `number` out.
    ///
    /// # Panics
    /// When there is none: a message is delivered once.
    pub(crate) fn take(&mut self, number: u32) -> Envelope<M> {
        let place = &mut self.places[number as usize];
        match std::mem::replace(place, Place::Free { next: self.free }) {
            Place::Taken(envelope) => {
                self.free = Some(number);
                envelope
            }
            Place::Free { .. } => unreachable!("a message was delivered twice"),
        }
    }

    /// When the message with `number` was sent; for a look ahead of time.
    pub(crate) fn sent_at(&self, number: u32) -> Time {
        match &self.places[number as usize] {
            Place::Taken(envelope) => envelope.sent_at,
            Place::Free { .. } => Time::NEVER,
        }
    }

    /// The message with `number`; for a look ahead of time.
    pub(crate) fn peek(&self, number: u32) -> Option<&M> {
        match &self.places[number as usize] {
            Place::Taken(envelope) => Some(&envelope.message),
            Place::Free { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::Traffic;

    #[test]
    fn a_freed_place_is_used_again() {
        let envelope = |message| Envelope {
            sent_at: Time::ZERO,
            cause: Cause::background(Traffic::Join),
            bytes: 1,
            message,
        };
        let mut slab = Slab::new();
        let (a, b) = (slab.insert(envelope('a')), slab.insert(envelope('b')));
        assert_eq!(slab.take(a).message, 'a');
        assert_eq!(slab.insert(envelope('c')), a);
        assert_eq!((slab.take(b).message, slab.take(a).message), ('b', 'c'));
    }
}
