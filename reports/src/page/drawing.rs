//! A figure on the page: its drawing without what the page says beside it, and its data as a table of
//! bounded length.

use std::fmt::Write as _;

use serde::Serialize;

use super::content::{Figure, FigureData};

/// More rows than this are thinned: a reader of the page wants the shape, the CSV files hold all.
const ROWS_MAX: usize = 200;

/// A figure as the template takes it.
#[derive(Debug, Serialize)]
pub(super) struct Placed {
    title: String,
    reading: String,
    count: String,
    svg: String,
    /// For a small screen; may be empty.
    narrow_svg: String,
    columns: Vec<DataColumn>,
    rows: Vec<Vec<String>>,
    /// Which rows the table holds.
    thinned: String,
}

#[derive(Debug, Serialize)]
struct DataColumn {
    name: String,
    /// Numbers stand on the right.
    numeric: bool,
}

/// The nth figure of the page.
pub(super) fn place((nth, figure): (usize, &Figure)) -> Placed {
    let (rows, thinned) = thin(&figure.data.rows);
    Placed {
        title: figure.title.clone(),
        reading: figure.reading.clone(),
        count: figure.count.clone(),
        svg: inline(&figure.svg, nth),
        narrow_svg: inline(&figure.narrow_svg, nth),
        columns: columns(&figure.data),
        rows,
        thinned,
    }
}

fn columns(data: &FigureData) -> Vec<DataColumn> {
    let numeric = |at: usize| {
        let mut cells = data.rows.iter().filter_map(|row| row.get(at)).filter(|c| !c.is_empty());
        cells.all(|cell| cell.parse::<f64>().is_ok())
    };
    let named = data.columns.iter().enumerate();
    named.map(|(at, name)| DataColumn { name: name.clone(), numeric: numeric(at) }).collect()
}

/// Every nth row and the last, and a sentence that says so.
fn thin(rows: &[Vec<String>]) -> (Vec<Vec<String>>, String) {
    let every = rows.len().div_ceil(ROWS_MAX).max(1);
    if every == 1 {
        return (rows.to_vec(), format!("All {} rows.", rows.len()));
    }
    let last = rows.len() - 1;
    let kept = rows.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    let said = format!(
        "One of {every} of {} rows, and the last; the CSV files of the results folder hold all.",
        rows.len()
    );
    (kept.map(|(_, row)| row.clone()).collect(), said)
}

/// The drawing as an element of the page: without styles, which the page has once, and cut to its panels
/// and legend, since the page says title, reading and count as text.
fn inline(svg: &str, nth: usize) -> String {
    let Some(root) = svg.find("<svg").map(|at| &svg[at..]) else { return String::new() };
    let Some((tag, body)) = root.split_once('>') else { return String::new() };
    let whole = attribute(tag, "viewBox").unwrap_or("0 0 900 600").to_owned();
    let (view, shown) = match (numbers(&whole), attribute(tag, "data-body").map(numbers)) {
        (Some([x, _, width, _]), Some(Some([top, height]))) => {
            (format!("{x} {top} {width} {height}"), Some((top, top + height)))
        }
        _ => (whole, None),
    };
    let mut placed = format!(
        "<svg viewBox=\"{view}\" role=\"img\" aria-labelledby=\"figure-{nth}-title\" \
         aria-describedby=\"figure-{nth}-reading\">"
    );
    let mut body = ["title", "desc", "style"].iter().fold(body.to_owned(), |b, e| without(&b, e));
    if let Some((top, bottom)) = shown {
        body = without_texts(&body, |y| y < top || y > bottom);
    }
    let _ = write!(placed, "{}", body.trim_end());
    placed
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn numbers<const N: usize>(text: &str) -> Option<[i32; N]> {
    let read: Option<Vec<i32>> = text.split(' ').map(|n| n.parse().ok()).collect();
    read?.try_into().ok()
}

/// Without the first element of that name.
fn without(body: &str, element: &str) -> String {
    let cut = body.split_once(&format!("<{element}>")).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&format!("</{element}>"))?;
        Some(format!("{}{}", before.trim_end(), after))
    });
    cut.unwrap_or_else(|| body.to_owned())
}

/// Without the lines of text at such heights.
fn without_texts(body: &str, gone: impl Fn(i32) -> bool) -> String {
    const END: &str = "</text>\n";
    let mut kept = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("<text ") {
        let end = rest[at..].find(END).map_or(rest.len(), |end| at + end + END.len());
        let y = attribute(&rest[at..end], "y").and_then(|y| y.parse().ok());
        kept.push_str(&rest[..if y.is_some_and(&gone) { at } else { end }]);
        rest = &rest[end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_keeps_its_panels_only() {
        let svg = "<svg width=\"9\" height=\"99\" viewBox=\"0 0 9 99\" xmlns=\"http://x\" role=\"img\" \
                   data-body=\"20 60\">\n<title>t</title>\n<desc>d</desc>\n<style>\n:root{}</style>\n\
                   <text x=\"1\" y=\"5\">\nhead\n</text>\n<line/>\n<text x=\"1\" y=\"50\">\ntick\n</text>\n\
                   <text x=\"1\" y=\"90\">\nfoot\n</text>\n</svg>\n";
        assert_eq!(
            inline(svg, 3),
            "<svg viewBox=\"0 20 9 60\" role=\"img\" aria-labelledby=\"figure-3-title\" \
             aria-describedby=\"figure-3-reading\">\n<line/>\n<text x=\"1\" y=\"50\">\ntick\n</text>\n</svg>"
        );
        assert!(inline("<svg viewBox=\"0 0 9 99\"><line/></svg>", 1).contains("0 0 9 99"));
        assert_eq!(inline("no drawing", 1), "");
    }

    #[test]
    fn long_tables_are_thinned_and_say_so() {
        let rows: Vec<Vec<String>> = (0..1001).map(|n| vec![n.to_string()]).collect();
        let (kept, said) = thin(&rows);
        assert_eq!(kept.len(), 168);
        assert_eq!((&kept[1][0][..], &kept[167][0][..]), ("6", "1000"));
        assert!(said.starts_with("One of 6 of 1001 rows"), "{said}");
        assert_eq!(thin(&rows[..200]).1, "All 200 rows.");
    }

    #[test]
    fn a_column_of_numbers_is_known() {
        let data = FigureData {
            columns: vec!["who".into(), "value".into()],
            rows: vec![vec!["a".into(), "1.5".into()], vec!["b".into(), String::new()]],
        };
        assert_eq!(columns(&data).iter().map(|c| c.numeric).collect::<Vec<_>>(), [false, true]);
    }
}
