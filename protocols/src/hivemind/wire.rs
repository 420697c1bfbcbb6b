//! How long messages are: the body, as protocol buffers, and the framing around it.
//!
//! Swarms are taken to be open: the fields for authorisation are empty. The names and numbers of
//! fields are those of `hivemind/proto/dht.proto`.

use super::id::ID_BITS;
use super::msgpack;
use super::params::Framing;
use super::protobuf::{DOUBLE_LEN, bytes_len, element_len, small_len};

/// Bytes of the address that a list of peers carries: a peer id of the kind of an ed25519 key. (Those
/// of RSA keys have 34.)
pub const PEER_ID_BYTES: u32 = 38;

const ID: u32 = ID_BITS as u32 / 8;

impl Framing {
    /// Bytes around each body. Around that of libp2p's daemon: a length, the number of the call, a peer
    /// and the name of the handler, 45 to 50 bytes; what libp2p, TCP and encryption add is not in it.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Libp2p => 48,
            Self::Kwaai => 9,
        }
    }
}

/// The field for the sender's id, which those in client mode leave empty.
const fn sender(client: bool) -> u32 {
    element_len(if client { 0 } else { element_len(ID) })
}

/// A ping; `validate` asks for a ping back.
pub const fn ping_request(client: bool, validate: bool) -> u32 {
    sender(client) + small_len(validate as u32)
}

/// The answer to a ping: `available` says that the ping back went well.
pub const fn ping_response(available: bool) -> u32 {
    sender(false) + DOUBLE_LEN + small_len(available as u32)
}

/// A find for `keys` keys.
pub const fn find_request(client: bool, keys: u32) -> u32 {
    keys.saturating_mul(element_len(ID)).saturating_add(sender(client))
}

/// What a find is answered with for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What there is under the key.
    pub found: Found,
    /// The number of peers that are named.
    pub peers: u32,
}

/// What there is under a key, with the bytes of the value as serialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A plain value.
    Plain(u32),
    /// A dictionary.
    Dictionary(u32),
}

impl Answer {
    const fn bytes(self) -> u32 {
        let found = match self.found {
            Found::Nothing => 0,
            Found::Plain(value) => small_len(1) + bytes_len(value) + DOUBLE_LEN,
            Found::Dictionary(value) => small_len(2) + bytes_len(value) + DOUBLE_LEN,
        };
        found + self.peers * (element_len(ID) + element_len(PEER_ID_BYTES))
    }
}

/// The answer to a find, key by key.
pub fn find_response(answers: impl IntoIterator<Item = Answer>) -> u32 {
    let results = answers.into_iter().map(|answer| element_len(answer.bytes()));
    results.fold(sender(false), u32::saturating_add)
}

/// Where below its key a value is to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it is all there is under the key.
    Plain,
    /// Under a subkey that is a text of so many bytes.
    Subkey(u32),
    /// It is a whole dictionary.
    Dictionary,
}

impl Place {
    const fn bytes(self) -> u32 {
        match self {
            Self::Plain => element_len(1),
            Self::Subkey(bytes) => element_len(msgpack::text_len(bytes)),
            Self::Dictionary => element_len(0),
        }
    }
}

/// A store of values: where each belongs, and its bytes as serialised.
pub fn store_request(client: bool, values: impl IntoIterator<Item = (Place, u32)>) -> u32 {
    let (mut bytes, mut count) = (sender(client), 0_u32);
    for (place, value) in values {
        bytes = bytes.saturating_add(element_len(ID) + place.bytes() + element_len(value));
        count += 1;
    }
    bytes.saturating_add(bytes_len(count.saturating_mul(8)) + bytes_len(count))
}

/// The answer to a store of `values` values.
pub const fn store_response(values: u32) -> u32 {
    bytes_len(values).saturating_add(sender(false))
}
