//! Two logs of the same stretch of time, and the first event that differs.

use dhtlab_core::step::{Act, Arrival, Letter, Step, Way};

/// The first event that is not the same in both logs.
#[derive(Clone, Debug, PartialEq)]
pub struct Parting<'a> {
    /// What the first log has there, if anything.
    pub here: Option<&'a Step>,
    /// What the second log has there, if anything.
    pub there: Option<&'a Step>,
}

/// The first event that differs. Logs are in order of time, then of node, then as the node did it.
pub fn first_difference<'a>(here: &'a [Step], there: &'a [Step]) -> Option<Parting<'a>> {
    let same = here.iter().zip(there).take_while(|(a, b)| a == b).count();
    let (a, b) = (here.get(same), there.get(same));
    let key = |step: &Step| (step.at, step.node);
    match (a, b) {
        (None, None) => None,
        // Where one log has an event that the other lacks, its place in the other is taken by a later one.
        (Some(one), Some(other)) if key(one) < key(other) => Some(Parting { here: a, there: None }),
        (Some(one), Some(other)) if key(one) > key(other) => Some(Parting { here: None, there: b }),
        _ => Some(Parting { here: a, there: b }),
    }
}

/// One event in words, such as `node 3 handles find_node (121 B) of node 7, sent at 12.5 s`.
pub fn describe(step: &Step) -> String {
    let node = step.node;
    let letter = |one: &Letter| format!("{} number {} ({} B)", one.kind, one.seq, one.bytes);
    match &step.act {
        Act::Sent { to, message, way } => {
            let end = match way {
                Way::Arrives(at) => format!("which takes until {} s", at.as_secs_f64()),
                Way::Lost => "which the link loses".to_owned(),
                Way::Refused => "which a fault refuses".to_owned(),
            };
            format!("{node} sends {} to {to}, {end}", letter(message))
        }
        Act::Arrived { from, message, sent_at, end } => {
            let verb = match end {
                Arrival::Handled => "handles",
                Arrival::Nobody => "is not there for",
                Arrival::Stopped => "is cut off from",
            };
            let sent = sent_at.as_secs_f64();
            format!("{node} {verb} {} of {from}, sent at {sent} s", letter(message))
        }
        Act::Timer => format!("a timer of {node} fires"),
        Act::Command(op) => format!("{node} is given operation {}", op.get()),
        Act::Boot => format!("a session of {node} begins"),
        Act::End { .. } => format!("a session of {node} ends"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dhtlab_core::node::NodeIx;
    use dhtlab_core::op::OpId;
    use dhtlab_core::time::Time;

    fn step(at: u64, node: u32, act: Act) -> Step {
        Step { at: Time::from_nanos(at), node: NodeIx::new(node), act }
    }

    #[test]
    fn the_first_event_that_differs_is_named_on_the_side_that_has_it() {
        let log = [step(1, 1, Act::Boot), step(2, 1, Act::Timer), step(2, 2, Act::Timer)];
        assert_eq!(first_difference(&log, &log), None);
        let missing = [log[0].clone(), log[2].clone()];
        let found = first_difference(&log, &missing).unwrap();
        assert_eq!((found.here, found.there), (Some(&log[1]), None));
        let found = first_difference(&missing, &log).unwrap();
        assert_eq!((found.here, found.there), (None, Some(&log[1])));
        let mut other = log.to_vec();
        other[1].act = Act::Command(OpId::new(5));
        let found = first_difference(&log, &other).unwrap();
        assert_eq!((found.here, found.there), (Some(&log[1]), Some(&other[1])));
        let found = first_difference(&log[..2], &log).unwrap();
        assert_eq!((found.here, found.there), (None, Some(&log[2])));
    }
}
