//! What pages show is what there is: code stands in the sources, scenarios are valid.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(info), None) => open = Some((info.to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block without an end");
    found
}

#[test]
fn the_tutorial_shows_its_protocol_whole_and_in_order() {
    let page = fs::read_to_string(root().join("docs/tutorial/your-own-protocol.md")).unwrap();
    let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (info, text) in blocks(&page) {
        if let Some(path) = info.strip_prefix("rust ") {
            shown.entry(path.to_owned()).or_default().push(text);
        }
    }
    for (path, parts) in &shown {
        let source = fs::read_to_string(root().join(path)).unwrap();
        for part in parts {
            assert!(source.contains(part), "{path} does not have\n{part}");
        }
        if path.ends_with("src/walk.rs") {
            assert_eq!(parts.join("\n"), source, "{path} and the page");
        }
    }
    assert_eq!(shown.len(), 4, "two files whole, two in part: {:?}", shown.keys());
}

/// All pages but those of the reference, whose examples are parts of scenarios.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() && !path.ends_with("reference") {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
}

#[test]
fn scenarios_in_pages_are_valid() {
    let mut paths = vec![root().join("README.md")];
    pages(&root().join("docs"), &mut paths);
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for path in paths {
        for (_, text) in blocks(&fs::read_to_string(&path).unwrap()) {
            if !text.starts_with("schema = 1") {
                continue;
            }
            let file = folder.path().join("scenario.toml");
            fs::write(&file, &text).unwrap();
            let mut command = Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"));
            let output = command.arg("check").arg(&file).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}\n{text}\n{said}", path.display());
            checked += 1;
        }
    }
    assert!(checked >= 3, "{checked} scenarios in all pages");
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut paths = vec![root().join("README.md")];
    pages(&root().join("docs"), &mut paths);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let target = target.split('#').next().unwrap_or(target);
            let there = path.parent().unwrap().join(target).exists();
            assert!(there, "{}: there is no {target}", path.display());
        }
    }
}
