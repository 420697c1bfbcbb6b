//! How wide a text is, without a font at hand.

use crate::num;

/// Width in pixels of a text set in a usual sans-serif font: an estimate on the wide side, since the
/// reader's font is not known.
pub(super) fn width(text: &str, size: f64) -> i32 {
    let ems: f64 = text.chars().map(char_width).sum();
    num::nearest((ems * size).ceil())
}

fn char_width(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 0.44,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
        'A'..='Z' => 0.74,
        _ => 0.63,
    }
}

/// The text, or as much of it as fits, with an ellipsis.
pub(super) fn fit(text: &str, size: f64, room: i32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if width(&kept, size) + width("m…", size) > room {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end_matches([' ', ',', '(']).len());
    kept.push('…');
    kept
}

/// The text in lines that fit.
pub(super) fn lines(text: &str, size: f64, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A name in lines that fit, whatever its words are; a very long one ends in an ellipsis.
pub(super) fn name(text: &str, size: f64, room: i32) -> Vec<String> {
    const LINES_MAX: usize = 4;
    let mut found = lines(text, size, room);
    if found.len() > LINES_MAX {
        let rest = found.split_off(LINES_MAX - 1).join(" ");
        found.push(rest);
    }
    found.iter().map(|line| fit(line, size, room)).collect()
}

/// Moves positions apart until neighbours keep a distance, within bounds; their order stays.
pub(super) fn spread(wanted: &[i32], distance: i32, (low, high): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&i| (wanted[i], i));
    let mut placed = wanted.to_vec();
    let mut least = low;
    for &i in &order {
        placed[i] = wanted[i].max(least);
        least = placed[i] + distance;
    }
    let mut most = high;
    for &i in order.iter().rev() {
        placed[i] = placed[i].min(most);
        most = placed[i] - distance;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_texts_fit() {
        let long = "rust-libp2p-0.49, alpha=3, replication_interval=\"10m\"";
        for room in [40, 100, 200] {
            assert!(width(&fit(long, 12.0, room), 12.0) <= room);
        }
        assert_eq!(fit("short", 12.0, 100), "short");
    }

    #[test]
    fn names_are_whole_unless_they_are_very_long() {
        let long = "kademlia (rust-libp2p-0.49 refresh_interval=0s automatic_bootstrap=0s)";
        let found = name(long, 13.0, 316);
        assert_eq!((found.len(), found.join(" ")), (2, long.to_owned()));
        let found = name(&[long; 9].join(" "), 13.0, 316);
        assert!(found.len() == 4 && found[3].ends_with('…'), "{found:?}");
        assert!(found.iter().all(|line| width(line, 13.0) <= 316));
    }

    #[test]
    fn labels_keep_their_distance() {
        assert_eq!(spread(&[50, 48, 52], 10, (0, 100)), [58, 48, 68]);
        assert_eq!(spread(&[98, 99], 10, (0, 100)), [90, 100]);
        assert_eq!(spread(&[10, 40], 10, (0, 100)), [10, 40]);
    }

    #[test]
    fn lines_hold_every_word() {
        let text = "one two three four five";
        let lines = lines(text, 12.0, 80);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), text);
    }
}
