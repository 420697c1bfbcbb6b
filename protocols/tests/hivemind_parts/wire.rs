//! Messages: the bytes of the original, and the lengths that a simulation counts.

use dhtlab_protocols::hivemind::Framing;
use dhtlab_protocols::hivemind::id::DhtId;
use dhtlab_protocols::hivemind::msgpack::Object;
use dhtlab_protocols::hivemind::protobuf::{Writer, varint_len};
use dhtlab_protocols::hivemind::wire::{
    Answer, Found, Place, find_request, find_response, ping_request, ping_response, store_request,
    store_response,
};
use proptest::prelude::*;

use crate::golden::{golden, unhex};

/// The expiration and the clock in the file's messages, seconds.
const TIME: f64 = 1_800_000_000.0;

/// The field of the sender's id.
fn sender() -> Vec<u8> {
    Writer::new().element(1, &DhtId::of(&Object::text("node")).bytes()).finish()
}

fn key() -> [u8; 20] {
    DhtId::of(&Object::text("mykey")).bytes()
}

fn same(written: Writer, name: &str, length: u32) {
    let written = written.finish();
    assert_eq!(written, unhex(golden()["pb"][name].as_str().expect("it is there")), "{name}");
    assert_eq!(u32::try_from(written.len()).expect("it is there"), length, "{name}");
}

#[test]
fn pings_are_those_of_the_original() {
    let request = Writer::new().element(2, &sender()).number(3, 1);
    same(request, "ping_req_validate", ping_request(false, true));
    same(Writer::new().element(2, &[]), "ping_req_client", ping_request(true, false));
    let response = Writer::new().element(2, &sender()).double(4, TIME).number(5, 1);
    same(response, "ping_resp", ping_response(true));
}

#[test]
fn stores_are_those_of_the_original() {
    let (nil, value) = (Object::Nil.encode(), Object::Int(1).encode());
    let request = Writer::new().element(2, &key()).element(3, &nil).element(4, &value);
    let request = request.doubles(5, &[TIME]).flags(6, &[false]).element(7, &sender());
    same(request, "store_req", store_request(false, [(Place::Plain, 1)]));
    let response = Writer::new().flags(2, &[true, false]).element(3, &sender());
    same(response, "store_resp", store_response(2));
}

#[test]
fn finds_are_those_of_the_original() {
    let request = Writer::new().element(2, &key()).element(3, &sender());
    same(request, "find_req", find_request(false, 1));
    let result = Writer::new().number(1, 1).bytes(2, &[1]).double(3, TIME);
    let result = result.element(4, &[1; 20]).element(5, &[2; 38]).finish();
    let response = Writer::new().element(2, &result).element(3, &sender());
    let answer = Answer { found: Found::Plain(1), peers: 1 };
    same(response, "find_resp", find_response([answer]));
}

/// Lengths measured with the original.
#[test]
fn bodies_are_as_long_as_measured() {
    assert_eq!((ping_request(false, true), ping_response(true)), (26, 35));
    assert_eq!([1, 4, 16].map(|keys| find_request(false, keys)), [46, 112, 376]);
    let nothing = Answer { found: Found::Nothing, peers: 20 };
    let respond = |keys| find_response(std::iter::repeat_n(nothing, keys));
    assert_eq!([1, 4, 16].map(respond), [1_267, 4_996, 19_912]);
    assert_eq!(store_request(false, [(Place::Plain, 16)]), 80);
    assert_eq!(store_response(1), 27);
    assert_eq!(store_request(false, [(Place::Subkey(52), 296)]), 414);
    assert_eq!((Framing::Libp2p.bytes(), Framing::Kwaai.bytes()), (48, 9));
}

fn length(written: Writer) -> u32 {
    u32::try_from(written.finish().len()).expect("it is there")
}

fn id_of(client: bool) -> Vec<u8> {
    if client { Vec::new() } else { sender() }
}

fn found() -> impl Strategy<Value = Found> {
    let bytes = prop_oneof![0_u32..300, 16_000_u32..17_000];
    prop_oneof![
        Just(Found::Nothing),
        bytes.clone().prop_map(Found::Plain),
        bytes.prop_map(Found::Dictionary),
    ]
}

proptest! {
    /// The oracle writes the message and counts.
    #[test]
    fn lengths_of_finds_are_those_of_the_messages(
        client: bool, answers in prop::collection::vec((found(), 0_u32..40), 0..20),
    ) {
        let mut request = Writer::new();
        let mut response = Writer::new();
        for (found, peers) in &answers {
            request = request.element(2, &key());
            let (kind, bytes) = match *found {
                Found::Nothing => (0, None),
                Found::Plain(bytes) => (1, Some(bytes)),
                Found::Dictionary(bytes) => (2, Some(bytes)),
            };
            let mut result = Writer::new().number(1, kind);
            if let Some(bytes) = bytes {
                result = result.bytes(2, &vec![9; bytes as usize]).double(3, TIME);
            }
            for _ in 0..*peers {
                result = result.element(4, &key()).element(5, &[1; 38]);
            }
            response = response.element(2, &result.finish());
        }
        let request = length(request.element(3, &id_of(client)));
        prop_assert_eq!(find_request(client, u32::try_from(answers.len()).expect("it is there")), request);
        let answers = answers.into_iter().map(|(found, peers)| Answer { found, peers });
        prop_assert_eq!(find_response(answers), length(response.element(3, &sender())));
    }

    #[test]
    fn lengths_of_stores_are_those_of_the_messages(
        client: bool,
        values in prop::collection::vec((0_u32..3, 0_u32..300, prop_oneof![0_u32..300, 16_000_u32..17_000]), 0..40),
    ) {
        let count = values.len();
        let (mut request, mut places) = (Writer::new(), Vec::new());
        for _ in 0..count {
            request = request.element(2, &key());
        }
        for (kind, subkey, value) in values {
            let text = Object::Text("x".repeat(subkey as usize)).encode();
            let (place, tag) = match kind {
                0 => (Place::Plain, Object::Nil.encode()),
                1 => (Place::Subkey(subkey), text),
                _ => (Place::Dictionary, Vec::new()),
            };
            places.push((place, value));
            request = request.element(3, &tag).element(4, &vec![9; value as usize]);
        }
        let request = request.doubles(5, &vec![TIME; count]).flags(6, &vec![true; count]);
        let request = length(request.element(7, &id_of(client)));
        prop_assert_eq!(store_request(client, places), request);
        let response = Writer::new().flags(2, &vec![true; count]).element(3, &sender());
        prop_assert_eq!(store_response(u32::try_from(count).expect("it is there")), length(response));
    }

    #[test]
    fn whole_numbers_are_as_long_as_written(number in any::<u32>(), shift in 0_u32..32) {
        let number = number >> shift;
        let written = if number == 0 { 1 } else { length(Writer::new().number(1, number)) - 1 };
        prop_assert_eq!(varint_len(number), written);
    }
}
