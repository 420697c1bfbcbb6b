//! What the original computed, from `golden.json` beside this file.

use serde_json::Value as Json;

/// The whole file.
pub(crate) fn golden() -> Json {
    serde_json::from_str(include_str!("golden.json")).expect("the file is valid")
}

/// The bytes that `text` spells in hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digit).collect()
}

/// The number in a field.
pub(crate) fn number(json: &Json) -> u32 {
    json.as_u64().and_then(|n| u32::try_from(n).ok()).expect("a number")
}
