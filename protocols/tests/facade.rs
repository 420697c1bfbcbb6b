//! A protocol names nothing of the engine but the authors' facade.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The offences of one file's text.
fn offences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // Neither what is quoted nor what is said behind it names anything.
        let quoted: String = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        let code = quoted.split("//").next().unwrap_or("");
        for (at, _) in code.match_indices("dhtlab_core") {
            if !code[at..].starts_with("dhtlab_core::author::") {
                found.push(format!("{}: another module of the engine", number + 1));
            }
        }
        let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        for word in words.filter(|word| ["world", "engine", "oracle", "World"].contains(word)) {
            found.push(format!("{}: `{word}`", number + 1));
        }
    }
    found
}

#[test]
fn protocols_name_nothing_but_the_facade() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 10, "the sources were found");
    for file in files {
        let found = offences(&fs::read_to_string(&file).unwrap());
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}

#[test]
fn an_offence_is_noticed() {
    assert_eq!(offences("use dhtlab_core::world::World;").len(), 3);
    assert_eq!(offences("use dhtlab_core::author::Key; // the engine").len(), 0);
    assert_eq!(offences("let told = \"an oracle\"; // by \"the oracle\"").len(), 0);
    assert_eq!(offences("let told = \"nothing\"; oracle(\"x\")").len(), 1);
}
