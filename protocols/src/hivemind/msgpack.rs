//! MessagePack, as far as names and values of records need it.
//!
//! Tuples and dictionaries are extensions of hivemind's own: a type byte and the encoding of a list.
//! Sources: <https://github.com/msgpack/msgpack/blob/master/spec.md>, `hivemind/utils/serializer.py`,
//! `hivemind/dht/storage.py`.

/// The type byte of a tuple.
const TUPLE: u8 = 0x40;
/// The type byte of a dictionary with its expirations.
const DICTIONARY: u8 = 0x50;

/// Bytes of a floating-point number.
const FLOAT_LEN: u32 = 9;

/// An object to be encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// Nothing.
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number, in as few bytes as it needs.
    Int(i64),
    /// A number of double precision.
    Float(f64),
    /// A text.
    Text(String),
    /// A string of bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Self>),
    /// A tuple, which is not the same as a list.
    Tuple(Vec<Self>),
    /// Pairs, in this order.
    Map(Vec<(Self, Self)>),
    /// Subkeys, serialised values and expirations in seconds; before them the latest expiration that
    /// was offered.
    Dictionary {
        /// The latest expiration, seconds.
        latest: f64,
        /// The entries, in this order.
        entries: Vec<(Self, Vec<u8>, f64)>,
    },
}

impl Object {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Its encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode_into(&mut out);
        out
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nil => out.push(0xc0),
            Self::Bool(flag) => out.push(0xc2 | u8::from(*flag)),
            Self::Int(number) => int(*number, out),
            Self::Float(number) => float(*number, out),
            Self::Text(text) => {
                header(&TEXT, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::Bytes(bytes) => {
                header(&BYTES, bytes.len(), out);
                out.extend(bytes);
            }
            Self::List(items) => list(items, out),
            Self::Tuple(items) => {
                let mut content = Vec::new();
                list(items, &mut content);
                extension(TUPLE, &content, out);
            }
            Self::Map(pairs) => {
                header(&MAP, pairs.len(), out);
                for (key, value) in pairs {
                    key.encode_into(out);
                    value.encode_into(out);
                }
            }
            Self::Dictionary { latest, entries } => dictionary(*latest, entries, out),
        }
    }
}

/// How the length of something is spelled: within the first byte up to a limit, else behind one of
/// the markers for 1, 2 and 4 bytes, where 0 stands for no such form.
struct Form {
    short: u8,
    short_max: usize,
    markers: [u8; 3],
}

const TEXT: Form = Form { short: 0xa0, short_max: 31, markers: [0xd9, 0xda, 0xdb] };
const BYTES: Form = Form { short: 0, short_max: 0, markers: [0xc4, 0xc5, 0xc6] };
const LIST: Form = Form { short: 0x90, short_max: 15, markers: [0, 0xdc, 0xdd] };
const MAP: Form = Form { short: 0x80, short_max: 15, markers: [0, 0xde, 0xdf] };
const EXTENSION: Form = Form { short: 0, short_max: 0, markers: [0xc7, 0xc8, 0xc9] };

impl Form {
    /// Is a length spelled within the first byte?
    fn is_short(&self, len: usize) -> bool {
        self.short != 0 && len <= self.short_max
    }

    /// The bytes that spell a length.
    fn len(&self, len: usize) -> u32 {
        match len {
            _ if self.is_short(len) => 1,
            0..=0xff if self.markers[0] != 0 => 2,
            0..=0xffff => 3,
            _ => 5,
        }
    }
}

/// Lengths of 4 GiB and more do not occur: objects are in memory, or of `u32` bytes.
fn header(form: &Form, len: usize, out: &mut Vec<u8>) {
    let bytes = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    match form.len(len) {
        1 => out.push(form.short | bytes[3]),
        2 => out.extend([form.markers[0], bytes[3]]),
        3 => out.extend([form.markers[1], bytes[2], bytes[3]]),
        _ => {
            out.push(form.markers[2]);
            out.extend(bytes);
        }
    }
}

fn int(number: i64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let (marker, used): (u8, usize) = match number {
        -32..=0x7f => return out.push(bytes[7]),
        0x80..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        0x1_0000_0000.. => (0xcf, 8),
        -0x80..=-33 => (0xd0, 1),
        -0x8000..=-0x81 => (0xd1, 2),
        -0x8000_0000..=-0x8001 => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(marker);
    out.extend(&bytes[8 - used..]);
}

fn float(number: f64, out: &mut Vec<u8>) {
    out.push(0xcb);
    out.extend(number.to_be_bytes());
}

fn list(items: &[Object], out: &mut Vec<u8>) {
    header(&LIST, items.len(), out);
    for item in items {
        item.encode_into(out);
    }
}

fn dictionary(latest: f64, entries: &[(Object, Vec<u8>, f64)], out: &mut Vec<u8>) {
    let mut content = Vec::new();
    header(&LIST, 3, &mut content);
    // Dictionaries have no bound on their size.
    float(f64::INFINITY, &mut content);
    float(latest, &mut content);
    header(&LIST, entries.len(), &mut content);
    for (subkey, value, expires) in entries {
        header(&LIST, 3, &mut content);
        subkey.encode_into(&mut content);
        header(&BYTES, value.len(), &mut content);
        content.extend(value);
        float(*expires, &mut content);
    }
    extension(DICTIONARY, &content, out);
}

/// Contents of 1, 2, 4, 8 and 16 bytes have a marker of their own and no length.
fn extension(kind: u8, content: &[u8], out: &mut Vec<u8>) {
    match content.len() {
        1 => out.push(0xd4),
        2 => out.push(0xd5),
        4 => out.push(0xd6),
        8 => out.push(0xd7),
        16 => out.push(0xd8),
        len => header(&EXTENSION, len, out),
    }
    out.push(kind);
    out.extend(content);
}

/// The bytes of a text of `bytes` bytes.
pub const fn text_len(bytes: u32) -> u32 {
    let header = match bytes {
        0..=31 => 1,
        32..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    };
    bytes.saturating_add(header)
}

/// The bytes of a string of `bytes` bytes.
pub const fn bytes_len(bytes: u32) -> u32 {
    let header = match bytes {
        0..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    };
    bytes.saturating_add(header)
}

/// The bytes of a dictionary whose subkeys are texts of `subkey_bytes` bytes, and whose values have
/// these lengths.
pub fn dictionary_len(subkey_bytes: u32, values: impl IntoIterator<Item = u32>) -> u32 {
    let mut entries = 0_usize;
    let mut bytes = 0_u64;
    for value in values {
        bytes += u64::from(bytes_len(value));
        entries += 1;
    }
    dictionary_len_of(subkey_bytes, entries, bytes)
}

/// As [`dictionary_len`], of so many entries whose values have [`bytes_len`]s of this sum.
pub(super) fn dictionary_len_of(subkey_bytes: u32, entries: usize, bytes: u64) -> u32 {
    let each = u64::from(1 + text_len(subkey_bytes) + FLOAT_LEN);
    let content = each.saturating_mul(entries as u64).saturating_add(bytes);
    let content = content.saturating_add(u64::from(1 + 2 * FLOAT_LEN + LIST.len(entries)));
    let content = u32::try_from(content).unwrap_or(u32::MAX);
    let len = usize::try_from(content).unwrap_or(usize::MAX);
    content.saturating_add(EXTENSION.len(len) + 1)
}
