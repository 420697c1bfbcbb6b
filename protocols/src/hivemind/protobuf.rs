//! Protocol buffers, as far as hivemind's messages need them: their bytes, and how many there are.
//!
//! Fields without a value, that is zeros and empty strings, are left out unless they are elements of a
//! repeated field. Sources: <https://protobuf.dev/programming-guides/encoding/>,
//! `hivemind/proto/dht.proto`.

/// The wire type of a whole number.
const VARINT: u32 = 0;
/// The wire type of 8 bytes.
const FIXED: u32 = 1;
/// The wire type of a length and as many bytes.
const LENGTH: u32 = 2;

/// The bytes of a tag: all fields here have numbers below 16.
const TAG_LEN: u32 = 1;

/// The bytes of a whole number.
pub const fn varint_len(number: u32) -> u32 {
    let bits = u32::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7)
}

/// The bytes of a field of `bytes` bytes, tag and length included, where empty ones are written too.
pub const fn element_len(bytes: u32) -> u32 {
    bytes.saturating_add(TAG_LEN + varint_len(bytes))
}

/// The bytes of a field of `bytes` bytes, tag and length included; none if it is empty.
pub const fn bytes_len(bytes: u32) -> u32 {
    if bytes == 0 { 0 } else { element_len(bytes) }
}

/// The bytes of a small number or a flag; none if it is zero.
pub const fn small_len(number: u32) -> u32 {
    if number == 0 { 0 } else { TAG_LEN + varint_len(number) }
}

/// The bytes of a number of double precision that is not zero.
pub const DOUBLE_LEN: u32 = TAG_LEN + 8;

/// A message being written, field by field. Field numbers are 1 to 15.
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// The message without a field.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut number: u32) {
        while number >= 0x80 {
            self.0.push(0x80 | number.to_le_bytes()[0] & 0x7f);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        self.varint(field << 3 | wire_type);
    }

    /// Bytes, a text or a message, even if empty: an element of a repeated field, or a message that
    /// is there.
    pub fn element(mut self, field: u32, bytes: &[u8]) -> Self {
        self.tag(field, LENGTH);
        self.varint(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend(bytes);
        self
    }

    /// Bytes, unless there are none.
    pub fn bytes(self, field: u32, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.element(field, bytes) }
    }

    /// A whole number, unless it is zero.
    pub fn number(mut self, field: u32, number: u32) -> Self {
        if number != 0 {
            self.tag(field, VARINT);
            self.varint(number);
        }
        self
    }

    /// A number of double precision, unless it is zero.
    pub fn double(mut self, field: u32, number: f64) -> Self {
        if number.to_bits() != 0 {
            self.tag(field, FIXED);
            self.0.extend(number.to_le_bytes());
        }
        self
    }

    /// Numbers of double precision, packed into one field.
    pub fn doubles(self, field: u32, numbers: &[f64]) -> Self {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.bytes(field, &bytes)
    }

    /// Flags, packed into one field.
    pub fn flags(self, field: u32, flags: &[bool]) -> Self {
        let bytes: Vec<u8> = flags.iter().map(|flag| u8::from(*flag)).collect();
        self.bytes(field, &bytes)
    }
}
