//! How long a message is on the wire: its body and what goes around it.

use dhtlab_core::author::Time;

use super::message::{Answer, Ask, Content, Findings, Message, StoreItem};
use super::params::Params;
use super::record::Stored;
use super::wire::{self, Found, Place};

/// A dictionary was packed when it was put into the message: all of its entries are sent.
const PACKED: Time = Time::ZERO;

/// The length of `message` on the wire in bytes.
pub(super) fn len(params: &Params, message: &Message) -> u32 {
    let body = match message {
        Message::Ask { known, ask, .. } => of_ask(params, !known, ask),
        Message::Answer { answer, .. } => of_answer(params, answer),
    };
    body.saturating_add(params.framing.bytes())
}

fn of_ask(params: &Params, client: bool, ask: &Ask) -> u32 {
    match ask {
        Ask::Ping { validate } => wire::ping_request(client, *validate),
        Ask::Store(items) => {
            wire::store_request(client, items.iter().map(|item| of_item(params, item)))
        }
        Ask::Find(_) => wire::find_request(client, ask.count()),
    }
}

fn of_item(params: &Params, item: &StoreItem) -> (Place, u32) {
    match &item.content {
        Content::Plain(value) => (Place::Plain, value.bytes),
        Content::Sub(_, value) => (Place::Subkey(params.subkey_bytes), value.bytes),
        Content::Dictionary(dictionary) => {
            (Place::Dictionary, dictionary.wire_bytes(params.subkey_bytes, PACKED))
        }
    }
}

fn of_answer(params: &Params, answer: &Answer) -> u32 {
    match answer {
        Answer::Pong { available, .. } => wire::ping_response(*available),
        Answer::Stored(taken) => {
            wire::store_response(u32::try_from(taken.len()).unwrap_or(u32::MAX))
        }
        Answer::Found(findings) => of_findings(params, findings),
        // The call is closed.
        Answer::Failed => 0,
    }
}

fn of_findings(params: &Params, findings: &Findings) -> u32 {
    let found = |stored: &Stored| {
        let bytes = stored.wire_bytes(params.subkey_bytes, PACKED);
        match stored {
            Stored::Plain(_) => Found::Plain(bytes),
            Stored::Dictionary(_) => Found::Dictionary(bytes),
        }
    };
    wire::find_response(findings.records.iter().map(|record| wire::Answer {
        found: record.as_ref().map_or(Found::Nothing, |(stored, _)| found(stored)),
        peers: findings.each,
    }))
}

#[cfg(test)]
mod tests {
    use dhtlab_core::author::{Key, NodeIx, Value};

    use super::*;
    use crate::hivemind::presets::Preset;

    fn body(message: &Message) -> u32 {
        let params = Preset::find("kwaai").unwrap().params();
        let petals = Preset::find("petals").unwrap().params();
        let bytes = len(&params, message) - 9;
        assert_eq!(len(&petals, message) - 48, bytes);
        bytes
    }

    fn asked(known: bool, ask: Ask) -> u32 {
        body(&Message::Ask { rpc: 7, known, ask })
    }

    fn answered(answer: Answer) -> u32 {
        body(&Message::Answer { rpc: 7, known: true, answer })
    }

    fn store(content: Content) -> Ask {
        let expires = Time::from_nanos(1);
        Ask::Store([StoreItem { key: Key::MIN, content, expires, in_cache: false }].into())
    }

    /// Bodies as the original encodes them.
    #[test]
    fn lengths_are_those_of_the_original() {
        let value = |bytes| Value { version: 1, bytes };
        assert_eq!(asked(true, Ask::Ping { validate: true }), 26);
        assert_eq!(answered(Answer::Pong { clock: Time::ZERO, available: true }), 35);
        for (keys, ask, answer) in [(1, 46, 1_267), (4, 112, 4_996), (16, 376, 19_912)] {
            assert_eq!(asked(true, Ask::Find(vec![Key::MIN; keys].into())), ask);
            let findings = Findings {
                records: vec![None; keys].into(),
                peers: vec![NodeIx::new(0); keys * 20].into(),
                each: 20,
            };
            assert!(answered(Answer::Found(Box::new(findings))).abs_diff(answer) <= 8);
        }
        assert_eq!(asked(true, store(Content::Plain(value(16)))), 80);
        assert_eq!(asked(true, store(Content::Sub(1, value(296)))), 414);
        assert_eq!(answered(Answer::Stored([true].into())), 27);
        assert_eq!(answered(Answer::Failed), 0);
    }

    #[test]
    fn a_client_does_not_say_who_it_is() {
        let ask = Ask::Find([Key::MIN].into());
        assert_eq!(asked(true, ask.clone()) - asked(false, ask), 22);
    }
}
