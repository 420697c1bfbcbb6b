//! `schema`: what the program takes, the schema takes, and what the schema refuses, the program refuses.

use boon::{Compiler, SchemaIndex, Schemas};
use dhtlab::json_schema;
use dhtlab::library;
use dhtlab::load::{Request, load};
use dhtlab::plan::files::NoFiles;
use dhtlab::registry::Registry;

use crate::{dhtlab, text};

struct Validator(Schemas, SchemaIndex);

impl Validator {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let schema = json_schema::schema(&Registry::builtin());
        compiler.add_resource("schema.json", schema).unwrap();
        let index = compiler.compile("schema.json", &mut schemas).unwrap();
        Self(schemas, index)
    }

    fn validate(&self, scenario: &str) -> Result<(), String> {
        let table: toml::Table = scenario.parse().unwrap();
        let json = serde_json::to_value(table).unwrap();
        self.0.validate(&json, self.1).map_err(|error| format!("{error:#}"))
    }
}

fn is_valid(scenario: &str) -> bool {
    let request = Request { name: "s.toml", text: scenario, changes: &[] };
    load(request, &Registry::builtin(), &NoFiles).plan.is_some()
}

#[test]
fn every_shipped_scenario_validates_as_it_is_and_with_every_default_spelled_out() {
    let validator = Validator::new();
    let registry = Registry::builtin();
    let init = dhtlab::command::init::TEXT;
    for scenario in library::ALL.iter().map(|example| example.text).chain([init]) {
        validator.validate(scenario).unwrap_or_else(|error| panic!("{error}\n{scenario}"));
        let request = Request { name: "s.toml", text: scenario, changes: &[] };
        let resolved = load(request, &registry, &NoFiles).plan.unwrap().resolved();
        validator.validate(&resolved).unwrap_or_else(|error| panic!("{error}\n{resolved}"));
    }
}

#[test]
fn what_is_broken_does_not_validate() {
    let validator = Validator::new();
    let good = dhtlab::command::init::TEXT;
    for (old, new) in [
        ("nodes = 150", "nodez = 150"),
        ("nodes = 150", "nodes = 0"),
        ("duration = \"20m\"", "duration = 20"),
        ("duration = \"20m\"", "duration = \"20 parsecs\""),
        ("\"kademlia\"\n\n", "\"kademila\"\n\n"),
        ("\"kademlia\"\n\n", "\"kademlia\"\nalfa = 3\n\n"),
        ("\"kademlia\"\n\n", "\"kademlia\"\nalpha = 0\n\n"),
        ("\"kademlia\"\n\n", "\"kademlia\"\nplacement = \"sha\"\n\n"),
        ("loss = \"0.1%\"", "loss = 0.001"),
        ("\"crash-storm\"", "\"crash-strom\""),
        ("share = \"1/3\"", "shares = \"1/3\""),
        ("share = \"1/3\"", "direction = \"both\""),
        ("\"lookup.success_ratio\"", "\"lookup.sucess\""),
        ("law = \"exponential\"", "law = \"exponentially\""),
        ("schema = 1", "schema = 2"),
    ] {
        assert!(good.contains(old), "{old}");
        let broken = good.replacen(old, new, 1);
        assert!(validator.validate(&broken).is_err(), "the schema takes {new}");
        assert!(!is_valid(&broken), "the program takes {new}");
    }
}

#[test]
fn the_command_prints_draft_07() {
    let output = dhtlab().arg("schema").output().unwrap();
    let json: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    assert_eq!(json["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(json["additionalProperties"], false);
    assert_eq!(json, json_schema::schema(&Registry::builtin()));
}
