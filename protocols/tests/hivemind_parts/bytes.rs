//! Ids, MessagePack and dictionaries: the bytes of the original.

use dhtlab_core::author::{Key, Time, Value};
use dhtlab_protocols::hivemind::Dictionary;
use dhtlab_protocols::hivemind::id::DhtId;
use dhtlab_protocols::hivemind::msgpack::{self, Object};
use proptest::prelude::*;

use crate::golden::{golden, unhex};

/// Objects as Python spells them, which is how the file names its cases.
fn objects() -> Vec<(&'static str, Object)> {
    let (one, a) = (Object::Int(1), Object::text("a"));
    vec![
        ("None", Object::Nil),
        ("0", Object::Int(0)),
        ("5", Object::Int(5)),
        ("True", Object::Bool(true)),
        ("False", Object::Bool(false)),
        ("1.5", Object::Float(1.5)),
        ("''", Object::text("")),
        ("'k1'", Object::text("k1")),
        ("'mykey'", Object::text("mykey")),
        ("'m.0'", Object::text("m.0")),
        ("'_petals.models'", Object::text("_petals.models")),
        ("b'ab'", Object::Bytes(b"ab".into())),
        ("b'mykey'", Object::Bytes(b"mykey".into())),
        ("()", Object::Tuple(vec![])),
        ("(1, 'a')", Object::Tuple(vec![one.clone(), a.clone()])),
        ("[1, 2]", Object::List(vec![one.clone(), Object::Int(2)])),
        ("{'a': 1}", Object::Map(vec![(a, one)])),
    ]
}

#[test]
fn ids_and_encodings_are_those_of_the_original() {
    let golden = golden();
    let find = |name: &str| objects().into_iter().find(|(own, _)| *own == name).unwrap().1;
    for (name, hash) in golden["dhtid"].as_object().unwrap() {
        assert_eq!(format!("{:?}", DhtId::of(&find(name))), hash.as_str().unwrap(), "{name}");
    }
    for (name, bytes) in golden["msgpack"].as_object().unwrap() {
        assert_eq!(find(name).encode(), unhex(bytes.as_str().unwrap()), "{name}");
    }
}

#[test]
fn a_dictionary_is_that_of_the_original() {
    let bytes = unhex(golden()["dictionary_value"].as_str().unwrap());
    let start = 1_800_000_000.0;
    let entries = vec![
        (Object::text("k1"), Object::Int(123).encode(), start + 10.0),
        (Object::text("k2"), Object::Int(456).encode(), start + 20.0),
    ];
    let latest = start + 20.0;
    assert_eq!(Object::Dictionary { latest, entries }.encode(), bytes);
}

/// Numbers at the ends of each form, from the specification of the format.
#[test]
fn numbers_take_as_few_bytes_as_they_need() {
    let cases: [(i64, &str); 14] = [
        (127, "7f"),
        (128, "cc80"),
        (255, "ccff"),
        (256, "cd0100"),
        (65_535, "cdffff"),
        (65_536, "ce00010000"),
        (4_294_967_296, "cf0000000100000000"),
        (-1, "ff"),
        (-32, "e0"),
        (-33, "d0df"),
        (-129, "d1ff7f"),
        (-32_769, "d2ffff7fff"),
        (-2_147_483_648, "d280000000"),
        (-2_147_483_649, "d3ffffffff7fffffff"),
    ];
    for (number, bytes) in cases {
        assert_eq!(Object::Int(number).encode(), unhex(bytes), "{number}");
    }
}

/// Records as Petals announces them: subkeys of 52 bytes, values of 296.
#[test]
fn dictionaries_of_announcements_are_as_long_as_measured() {
    for (servers, bytes) in [(1, 387), (10, 3_654), (50, 18_176)] {
        let value = Value { version: 0, bytes: 296 };
        let expires = Time::from_nanos(9);
        let entries = (0..servers).map(|subkey| (subkey, value, expires));
        let dictionary = Dictionary::decoded(expires, entries);
        assert_eq!(dictionary.wire_bytes(52, Time::ZERO), bytes);
        assert_eq!(dictionary.wire_bytes(52, Time::from_nanos(10)), 23);
    }
}

proptest! {
    #[test]
    fn lengths_are_those_of_the_encodings(
        subkey in prop_oneof![0_usize..40, 250_usize..260, 65_530_usize..65_540],
        values in prop::collection::vec(prop_oneof![0_usize..40, 250_usize..260, 65_530_usize..65_540], 0..20),
    ) {
        let text = Object::Text("x".repeat(subkey));
        let length = |bytes: Vec<u8>| u32::try_from(bytes.len()).unwrap();
        let subkey_bytes = u32::try_from(subkey).unwrap();
        prop_assert_eq!(msgpack::text_len(subkey_bytes), length(text.encode()));
        for value in &values {
            let bytes = Object::Bytes(vec![7; *value]).encode();
            prop_assert_eq!(msgpack::bytes_len(u32::try_from(*value).unwrap()), length(bytes));
        }
        let lengths = values.iter().map(|value| u32::try_from(*value).unwrap());
        let computed = msgpack::dictionary_len(subkey_bytes, lengths);
        let entries = values.iter().map(|value| (text.clone(), vec![7; *value], 1.0)).collect();
        prop_assert_eq!(computed, length(Object::Dictionary { latest: 1.0, entries }.encode()));
    }

    #[test]
    fn an_id_is_the_leading_bits_of_its_key(bytes: [u8; 20], words: [u64; 4]) {
        let id = DhtId::from_bytes(bytes);
        prop_assert_eq!(DhtId::from(id.key()), id);
        prop_assert_eq!(id.bytes(), bytes);
        let key = Key::from_words(words);
        prop_assert!(DhtId::from(key).key().common_prefix(key) >= 160);
        prop_assert_eq!(DhtId::from(key) < id, DhtId::from(key).key() < id.key());
    }
}
