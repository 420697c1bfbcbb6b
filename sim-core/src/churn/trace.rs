//! Session traces from measurements: who was up from when to when.

use std::collections::BTreeMap;

use crate::link::read::{ReadError, lines, seconds};
use crate::session::{Session, Sessions};
use crate::time::Time;

/// A trace that was read: the sessions of each measured node, and its name in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The names, in the order in which the file first speaks of them.
    pub names: Vec<String>,
    /// The sessions, in the same order.
    pub sessions: Sessions,
}

/// Reads a comma-separated trace with the header `node,up,down`: a name and two times in seconds
/// after the start. An empty third field stands for a session that outlives the trace; a session that
/// begins at 0 belongs to the start. The lines of one node are in order of time, and what one line
/// says does not overlap what another says of the same node.
///
/// # Errors
/// Names the line, column and value that is no time, out of order, or overlaps.
pub fn read(text: &str) -> Result<Trace, ReadError> {
    let mut rows = lines(text);
    let header = rows.next().map(|(_, header)| header.split(',').map(str::trim));
    if !header.is_some_and(|header| header.eq(["node", "up", "down"])) {
        let found = lines(text).next().map_or("", |(_, header)| header);
        return Err(ReadError::new(1, 1, found, "the first line is `node,up,down`"));
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut stays: Vec<Vec<Session>> = Vec::new();
    for (line, content) in rows {
        let values: Vec<&str> = content.split(',').map(str::trim).collect();
        let [name, up, down] = values[..] else {
            let permitted = "a line has three values: node, up, down";
            return Err(ReadError::new(line, values.len(), content, permitted));
        };
        let time = |column, value: &str| {
            let permitted = "a time is a decimal number of seconds, not negative";
            seconds(value)
                .map(|span| Time::ZERO + span)
                .ok_or_else(|| ReadError::new(line, column, value, permitted))
        };
        let begin = time(2, up)?;
        let end = if down.is_empty() { Time::NEVER } else { time(3, down)? };
        if end <= begin {
            return Err(ReadError::new(line, 3, down, "a session ends after it begins"));
        }
        let number = *numbers.entry(name).or_insert(stays.len());
        if number == stays.len() {
            stays.push(Vec::new());
        }
        if stays[number].last().is_some_and(|last| begin < last.down) {
            let permitted = "the sessions of one node are in order of time and do not overlap";
            return Err(ReadError::new(line, 2, up, permitted));
        }
        stays[number].push(Session { up: begin, down: end, graceful: false });
    }
    let mut names = vec![String::new(); stays.len()];
    for (name, number) in numbers {
        name.clone_into(&mut names[number]);
    }
    let mut sessions = Sessions::new();
    for stay in stays {
        sessions.push_identity(stay);
    }
    Ok(Trace { names, sessions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NodeIx;
    use crate::time::Span;

    #[test]
    fn a_trace_keeps_the_order_of_first_appearance() {
        let text = "node,up,down\nb,0,10.5\na,3,4\nb,12,\n";
        let trace = read(text).unwrap();
        assert_eq!(trace.names, ["b", "a"]);
        let b = trace.sessions.of(NodeIx::new(0));
        assert_eq!(b[0].down, Time::ZERO + Span::from_millis(10_500));
        assert_eq!((b[1].down, b.len()), (Time::NEVER, 2));
        assert!(trace.sessions.up_at(NodeIx::new(1), Time::ZERO + Span::from_secs(3)));
    }

    #[test]
    fn errors_name_the_line() {
        let of = |text| {
            let error = read(text).unwrap_err();
            (error.line, error.column, error.value)
        };
        assert_eq!(of("a,0,1"), (1, 1, "a,0,1".into()));
        assert_eq!(of("node,up,down\na,5,6\nb,0,1\na,5.5,7"), (4, 2, "5.5".into()));
        assert_eq!(of("node,up,down\na,5,6\na,1,2"), (3, 2, "1".into()));
        assert_eq!(of("node,up,down\na,5,5"), (2, 3, "5".into()));
        assert_eq!(of("node,up,down\na,-1,5"), (2, 2, "-1".into()));
        assert_eq!(of("node,up,down\na,1"), (2, 2, "a,1".into()));
    }
}
