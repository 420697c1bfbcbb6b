//! "Did you mean ...?"

/// Of `names`, the one that `written` most likely stands for, if any is near enough.
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let lower = written.to_lowercase().replace('_', "-");
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let plain = name.to_lowercase().replace('_', "-");
        let distance = strsim::damerau_levenshtein(&lower, &plain);
        let near = distance <= 1 + plain.chars().count().max(lower.chars().count()) / 4;
        let part = lower.len() >= 4
            && plain.len() >= 4
            && (plain.contains(&lower) || lower.contains(&plain));
        if (near || part) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Help for an unknown name: the nearest of `names`, or all of them.
pub fn help<'n>(written: &str, names: impl IntoIterator<Item = &'n str> + Clone) -> String {
    match nearest(written, names.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known: {}", names.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("alfa", ["k", "alpha", "replication"]), Some("alpha"));
        assert_eq!(nearest("nodez", ["nodes", "loss"]), Some("nodes"));
        assert_eq!(nearest("kademila", ["kademlia", "chord"]), Some("kademlia"));
        assert_eq!(nearest("quux", ["nodes", "loss"]), None);
    }
}
