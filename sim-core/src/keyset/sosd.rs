//! The binary files of the SOSD benchmark: a little-endian 64-bit count, then that many ascending
//! little-endian 64-bit keys. Reading the file itself is the caller's business.

use thiserror::Error;

/// Why bytes are not a SOSD file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SosdError {
    /// Fewer bytes than the count announces, or not even a count.
    #[error("the file is cut off: {expected} bytes expected, {actual} found")]
    Truncated {
        /// The length that the count asks for; 8 when the count itself is incomplete.
        expected: u128,
        /// The length in bytes.
        actual: usize,
    },
    /// More bytes than the count announces.
    #[error("{} bytes after the last key: {expected} bytes expected, {actual} found", actual - expected)]
    Trailing {
        /// The length in bytes that the count asks for.
        expected: usize,
        /// The length in bytes.
        actual: usize,
    },
    /// A key below the one before it.
    #[error("key {index} is {key}, below the key {before} ahead of it")]
    Unsorted {
        /// The index of the key, from 0.
        index: usize,
        /// The key before it.
        before: u64,
        /// The key.
        key: u64,
    },
    /// A count of zero.
    #[error("the file holds no keys")]
    Empty,
}

/// The keys of a file, ascending; equal keys stay.
///
/// # Errors
/// Says where the bytes depart from the format.
pub fn parse(bytes: &[u8]) -> Result<Vec<u64>, SosdError> {
    let Some((count, body)) = bytes.split_first_chunk::<8>() else {
        return Err(SosdError::Truncated { expected: 8, actual: bytes.len() });
    };
    let count = u64::from_le_bytes(*count);
    let expected = 8 + 8 * u128::from(count);
    let actual = bytes.len();
    if (actual as u128) < expected {
        return Err(SosdError::Truncated { expected, actual });
    }
    let expected = usize::try_from(expected).unwrap_or(usize::MAX);
    if actual > expected {
        return Err(SosdError::Trailing { expected, actual });
    }
    if count == 0 {
        return Err(SosdError::Empty);
    }
    let keys: Vec<u64> =
        body.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
    if let Some(at) = keys.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(SosdError::Unsorted { index: at + 1, before: keys[at], key: keys[at + 1] });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(count: u64, keys: &[u64]) -> Vec<u8> {
        let words = std::iter::once(count).chain(keys.iter().copied());
        words.flat_map(u64::to_le_bytes).collect()
    }

    #[test]
    fn a_sound_file_gives_its_keys_and_keeps_equal_ones() {
        assert_eq!(parse(&file(3, &[1, 1, u64::MAX])), Ok(vec![1, 1, u64::MAX]));
    }

    #[test]
    fn each_defect_is_named_with_its_numbers() {
        let cut = |expected, actual| Err(SosdError::Truncated { expected, actual });
        assert_eq!(parse(&[1, 2, 3]), cut(8, 3));
        assert_eq!(parse(&file(2, &[5])), cut(24, 16));
        assert_eq!(parse(&file(2, &[5, 6])[..23]), cut(24, 23));
        assert_eq!(parse(&file(u64::MAX, &[])), cut(8 + 8 * u128::from(u64::MAX), 8));
        let trailing = SosdError::Trailing { expected: 16, actual: 24 };
        assert_eq!(trailing.to_string(), "8 bytes after the last key: 16 bytes expected, 24 found");
        assert_eq!(parse(&file(1, &[5, 6])), Err(trailing));
        let unsorted = SosdError::Unsorted { index: 2, before: 9, key: 8 };
        assert_eq!(unsorted.to_string(), "key 2 is 8, below the key 9 ahead of it");
        assert_eq!(parse(&file(3, &[5, 9, 8])), Err(unsorted));
        assert_eq!(parse(&file(0, &[])), Err(SosdError::Empty));
    }
}
