//! Any change to a sound scenario ends in a plan or in errors: never in a panic.

use dhtlab::diag;
use dhtlab::estimate;
use dhtlab::library;
use dhtlab::load::{Request, load};
use dhtlab::plan::files::NoFiles;
use dhtlab::registry::Registry;
use dhtlab_core::seed::Seed;
use proptest::prelude::*;

/// Checks `text` as `dhtlab check` does, rendering everything it would print.
fn check(text: &str, changes: &[String]) -> bool {
    let registry = Registry::builtin();
    let loaded = load(Request { name: "mutant.toml", text, changes }, &registry, &NoFiles);
    let shown = diag::render(&loaded.found, &loaded.sources, true);
    let _ = diag::to_json(&loaded.found, &loaded.sources);
    if let Some(plan) = &loaded.plan {
        let _ = loaded.experiment().map(|one| estimate::of_all(&one, &registry, 2));
        assert_eq!(plan.world_spec(Seed(1)).validate(), Ok(()), "the core refuses\n{text}");
        let again = plan.resolved();
        let request = Request { name: "again.toml", text: &again, changes: &[] };
        let reread = load(request, &registry, &NoFiles);
        assert_eq!(reread.plan.as_ref(), Some(plan), "{again}\n{:?}", reread.found);
    } else {
        assert!(!shown.is_empty(), "refused without a word");
    }
    loaded.plan.is_some()
}

/// Texts that have a meaning somewhere.
const TOKENS: [&str; 43] = [
    "0",
    "-1",
    "1",
    "18446744073709551616",
    "1e400",
    "nan",
    "inf",
    "0.5",
    "true",
    "\"\"",
    "\"0s\"",
    "\"10ns\"",
    "\"100000d\"",
    "\"99999999999999999999h\"",
    "\"100%\"",
    "\"0%\"",
    "\"101%\"",
    "\"1/0\"",
    "\"never\"",
    "\"end\"",
    "\"off\"",
    "[]",
    "{}",
    "[1, 2]",
    "{ law = \"zipf\" }",
    "{ law = \"step\", plateaus = 3 }",
    "{ file = \"x.sosd\" }",
    "\"sequential\"",
    "{ law = \"weibull\", shape = 0.1, scale = \"1s\" }",
    "\"none\"",
    "\"kad-2009\"",
    "\"kademlia\"",
    "\"matrix\"",
    "\"coordinates\"",
    "\"warm\"",
    "1979-05-27",
    "\"\\u0000\"",
    "\"é\u{1f600}\"",
    "[[protocol]]",
    "[sweep]",
    "[network]",
    "=",
    "\n",
];

/// A workload in which names matter, which no shipped scenario has.
const NAMES: &str = "schema = 1
name = \"names\"
duration = \"1h\"

[network]
nodes = 50

[workload]
key_set = { law = \"lognormal\", mu = 0, sigma = 2.0 }
keys = 100
publish = { at = \"1m\" }
gets = { every = \"1m\" }

[[workload.wave]]
at = \"30m\"
over = \"1m\"
keys = 50
key_set = { law = \"clusters\", count = 5, width = 0.001 }

[[workload.wave]]
at = \"40m\"
keys = 50
key_set = \"sequential\"

[[protocol]]
use = \"kademlia\"
";

fn example() -> impl Strategy<Value = &'static str> {
    let shipped = library::ALL.iter().map(|example| example.text);
    prop::sample::select(shipped.chain([NAMES]).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn bytes_may_change(text in example(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&String::from_utf8_lossy(&bytes), &[]);
    }

    #[test]
    fn lines_may_vanish_double_and_move(text in example(), edits in prop::collection::vec((0..3_u8, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6)) {
        let mut lines: Vec<&str> = text.lines().collect();
        for (kind, from, to) in edits {
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match kind {
                0 if lines.len() > 1 => {
                    lines.remove(from);
                }
                1 => lines.insert(to, lines[from]),
                _ => lines.swap(from, to),
            }
        }
        check(&lines.join("\n"), &[]);
    }

    #[test]
    fn values_may_be_anything(text in example(), edits in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&TOKENS[..])), 1..4)) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (at, token) in edits {
            let at = at.index(lines.len());
            if let Some((key, _)) = lines[at].clone().split_once('=') {
                lines[at] = format!("{key}= {token}");
            }
        }
        check(&lines.join("\n"), &[]);
    }

    #[test]
    fn changes_may_be_anything(text in example(), path in "(network|churn|workload|protocol|phase|expect|seed|duration|sweep|[a-z0-9]{0,3})(\\.([0-9]|k|nodes|lookups|every|links|loss|share|[a-z]{0,4})){0,3}", value in prop::sample::select(&TOKENS[..]), noise in ".{0,8}") {
        check(text, &[format!("{path}={value}"), noise]);
    }

    #[test]
    fn any_text_is_checked(text in "\\PC{0,200}") {
        check(&text, &[]);
    }
}

#[test]
fn deep_nesting_is_refused() {
    assert!(!check(&format!("x = {}1{}", "[".repeat(50_000), "]".repeat(50_000)), &[]));
    assert!(!check(&format!("{}x = 1", "a.".repeat(50_000)), &[]));
    assert!(!check("schema = 1\r\nname = \"x\"\r\nduration = 10\r\n", &[]));
}
