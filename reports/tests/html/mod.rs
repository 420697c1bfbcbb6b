//! Enough of an HTML reader to judge a page: it accepts only documents without anything a browser would
//! have to mend.

/// Elements that have no end.
const VOID: [&str; 5] = ["meta", "link", "br", "hr", "wbr"];

/// A page taken apart.
pub(crate) struct Document<'a> {
    elements: Vec<Element<'a>>,
}

struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

/// The text as it stands in the page.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '/' => out.push_str("&#x2f;"),
            c => out.push(c),
        }
    }
    out
}

impl<'a> Document<'a> {
    /// Reads the page; panics at the first thing that is not well-formed.
    pub(crate) fn parse(page: &'a str) -> Self {
        let mut rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a document type");
        let mut open: Vec<&str> = Vec::new();
        let mut elements = Vec::new();
        while let Some(at) = rest.find('<') {
            if open.last() == Some(&"style") {
                rest = rest.split_once("</style").expect("styles end").1;
                assert!(open.pop().is_some() && rest.starts_with('>'));
                rest = &rest[1..];
                continue;
            }
            assert_text(&rest[..at]);
            let (tag, after) = rest[at + 1..].split_once('>').expect("a tag ends");
            rest = after;
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(closed), "before {rest:.60}");
                continue;
            }
            let element = Element::parse(tag.trim_end_matches('/'));
            if !tag.ends_with('/') && !VOID.contains(&element.name) {
                open.push(element.name);
            }
            elements.push(element);
        }
        assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest:?}");
        Self { elements }
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.elements.iter().filter(|e| e.name == name).count()
    }

    /// Element, name and value of every attribute.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.elements.iter().flat_map(|e| e.attributes.iter().map(|a| (e.name, a.0, a.1)))
    }

    /// Every id stands once; every link and every reference has its target.
    pub(crate) fn assert_ids(&self) {
        let mut ids: Vec<&str> =
            self.attributes().filter(|a| a.1 == "id").map(|(_, _, value)| value).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
        for (element, name, value) in self.attributes() {
            let named: Vec<&str> = match name {
                "aria-labelledby" | "aria-describedby" => value.split(' ').collect(),
                "href" => value.strip_prefix('#').into_iter().collect(),
                _ => continue,
            };
            for id in named {
                assert!(ids.binary_search(&id).is_ok(), "{element} {name}: no #{id}");
            }
        }
    }

    /// No heading is more than one level below the one before it.
    pub(crate) fn assert_headings(&self) {
        let level = |name: &str| name.strip_prefix('h').and_then(|n| n.parse::<u32>().ok());
        // The contents come before the title of the page, as in every page with a side bar.
        let levels: Vec<u32> = self.elements.iter().filter_map(|e| level(e.name)).collect();
        let from = levels.iter().position(|l| *l == 1).expect("a title");
        for pair in levels[from..].windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{levels:?}");
        }
    }
}

impl<'a> Element<'a> {
    fn parse(tag: &'a str) -> Self {
        let (name, mut rest) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag:?}");
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        rest = rest.trim_start();
        while !rest.is_empty() {
            let (key, after) = rest.split_once("=\"").expect("attributes have quoted values");
            let (value, after) = after.split_once('"').expect("a value ends");
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)), "{tag:?}");
            assert!(attributes.iter().all(|a| a.0 != key), "twice {key} in {tag:?}");
            assert_text(value);
            attributes.push((key, value));
            rest = after.trim_start();
        }
        Self { name, attributes }
    }
}

/// Text holds no stray mark, and only references that are known.
fn assert_text(text: &str) {
    assert!(!text.contains('>'), "stray > in {text:?}");
    assert!(text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{text:?}");
    for part in text.split('&').skip(1) {
        let (name, _) = part.split_once(';').expect("a reference ends");
        let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name) || name.starts_with('#');
        assert!(known, "&{name};");
    }
}
