//! The JSON schema (draft-07) of scenario files, for editors: made of what [`crate::keys`] knows, of the
//! parameters of the protocols that are registered, and of the topics of faults.

use dhtlab_core::time::Span;
use dhtlab_protocols::params::{FieldInfo, FieldKind};
use dhtlab_reports::metrics::METRICS;
use serde_json::{Map, Value, json};

use crate::catalog::{Param, Topic};
use crate::keys::{self, Key, KeyTable, Kind, REQUIRED};
use crate::plan::{churn, fault};
use crate::registry::{ProtocolEntry, Registry};
use crate::schema::units;

/// The schema.
pub fn schema(registry: &Registry) -> Value {
    let mut definitions = Map::new();
    definitions.insert("time".to_owned(), text_of(&times()));
    definitions.insert("share".to_owned(), text_of(&shares()));
    for table in keys::all().filter(|table| !table.path.is_empty()) {
        let body = match table.path {
            "protocol" => protocol(table, registry),
            "phase" => phase(table),
            "sweep" => json!({
                "type": "object",
                "description": table.doc,
                "additionalProperties": { "type": "array", "minItems": 1 },
            }),
            _ => object(table, &properties(table, registry)),
        };
        definitions.insert(table.path.to_owned(), body);
    }
    let mut root = match keys::table("") {
        Some(table) => object(table, &properties(table, registry)),
        None => json!({}),
    };
    root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    root["title"] = json!("A scenario of dhtlab");
    root["definitions"] = Value::Object(definitions);
    root
}

/// A closed table with these properties.
fn object(table: &KeyTable, properties: &Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "description": table.doc,
        "required": required(table),
        "properties": properties,
        "additionalProperties": false,
    })
}

fn required(table: &KeyTable) -> Vec<&'static str> {
    table.keys.iter().filter(|key| key.default == REQUIRED).map(|key| key.name).collect()
}

fn properties(table: &KeyTable, registry: &Registry) -> Map<String, Value> {
    let names = registry.names();
    table.keys.iter().map(|key| (key.name.to_owned(), property(key, &names))).collect()
}

fn property(key: &Key, protocols: &[&str]) -> Value {
    let mut value = kind(key.kind, protocols);
    let default = if key.default == REQUIRED {
        REQUIRED.to_owned()
    } else {
        format!("default: {}", key.default)
    };
    let said = json!(format!("{}. {}; {default}.", key.doc, key.kind.words()));
    if value.get("$ref").is_some() {
        // In draft-07 what stands beside `$ref` is ignored.
        value = json!({ "allOf": [value] });
    }
    value["description"] = said;
    value
}

fn kind(of: Kind, protocols: &[&str]) -> Value {
    let table = |path: &str| json!({ "$ref": format!("#/definitions/{path}") });
    match of {
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Kind::Count(low, high) => whole(low, high),
        Kind::Counts => json!({ "type": "array", "items": whole(0, u64::MAX), "minItems": 1 }),
        Kind::Real(low, high) => json!({ "type": "number", "minimum": low, "maximum": high }),
        Kind::Time => table("time"),
        Kind::Size(most) => size(0, most),
        Kind::Share => table("share"),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Choice(names) => json!({ "enum": names }),
        Kind::Metric => json!({ "enum": METRICS.iter().map(|one| one.name).collect::<Vec<_>>() }),
        Kind::ChurnPreset => {
            let presets = churn::PRESETS.iter().map(|preset| preset.name).chain(["none"]);
            json!({ "enum": presets.collect::<Vec<_>>() })
        }
        Kind::Fault => json!({ "enum": fault::NAMES }),
        Kind::Protocol => json!({ "enum": protocols }),
        Kind::Table(path) => table(path),
        Kind::Tables(path) => json!({ "type": "array", "items": table(path), "minItems": 1 }),
        Kind::Either(kinds) => {
            let each: Vec<Value> = kinds.iter().map(|one| kind(*one, protocols)).collect();
            json!({ "anyOf": each })
        }
    }
}

fn whole(low: u64, high: u64) -> Value {
    let mut value = json!({ "type": "integer", "minimum": low });
    if high < u64::MAX {
        value["maximum"] = json!(high);
    }
    value
}

fn size(low: u64, high: u64) -> Value {
    json!({ "anyOf": [whole(low, high), text_of(&sizes())] })
}

fn text_of(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

const NUMBER: &str = r"[0-9][0-9_]*(\.[0-9]*)?";

fn times() -> String {
    format!(r"^\s*({NUMBER}\s*({})\s*)+$", units::time_units().join("|"))
}

fn sizes() -> String {
    format!(r"^\s*{NUMBER}\s*({})\s*$", units::size_units().join("|"))
}

fn shares() -> String {
    format!(r"^\s*({NUMBER}\s*%|[0-9]+\s*/\s*[0-9]+)\s*$")
}

/// Each protocol with its own parameters and presets.
fn protocol(table: &KeyTable, registry: &Registry) -> Value {
    let of = |entry: &ProtocolEntry| {
        let mut keys = properties(table, registry);
        keys["preset"] = json!({ "enum": entry.preset_names(), "description": "named parameters" });
        keys.extend(entry.fields.iter().map(|field| (field.name.to_owned(), parameter(field))));
        branch("use", entry.name, &keys)
    };
    choice(table, registry, &registry.iter().map(of).collect::<Vec<_>>())
}

/// Each fault with its own parameters, and a phase without one.
fn phase(table: &KeyTable) -> Value {
    let none = Registry::empty();
    let of = |topic: &&Topic| {
        let mut keys = properties(table, &none);
        keys.extend(topic.params.iter().map(|one| (one.name.to_owned(), fault_parameter(one))));
        branch("fault", topic.name, &keys)
    };
    let mut branches: Vec<Value> = fault::TOPICS.iter().map(of).collect();
    branches.push(json!({
        "if": { "not": { "required": ["fault"] } },
        "then": { "properties": properties(table, &none), "additionalProperties": false },
    }));
    choice(table, &none, &branches)
}

fn choice(table: &KeyTable, registry: &Registry, branches: &[Value]) -> Value {
    json!({
        "type": "object",
        "description": table.doc,
        "required": required(table),
        "properties": properties(table, registry),
        "allOf": branches,
    })
}

/// Where `key` is `name`, these properties and no others are permitted.
fn branch(key: &str, name: &str, properties: &Map<String, Value>) -> Value {
    json!({
        "if": { "properties": { key: { "const": name } }, "required": [key] },
        "then": { "properties": properties, "additionalProperties": false },
    })
}

fn parameter(field: &FieldInfo) -> Value {
    let protocols: [&str; 0] = [];
    let mut value = match field.kind {
        FieldKind::Count { min, max } => whole(min, max),
        FieldKind::Bytes { min, max } => size(min, max),
        FieldKind::Span { min, .. } if min == Span::ZERO => {
            json!({ "anyOf": [kind(Kind::Time, &protocols), { "const": "off" }] })
        }
        FieldKind::Span { .. } => json!({ "allOf": [kind(Kind::Time, &protocols)] }),
        FieldKind::Bool => kind(Kind::Flag, &protocols),
        FieldKind::Choice(names) => json!({ "enum": names }),
        FieldKind::Quorum => {
            json!({ "anyOf": [whole(1, 32), { "enum": ["one", "majority", "all"] }] })
        }
    };
    value["description"] = json!(format!(
        "{}. Permitted: {}. Source: {}.",
        field.doc,
        field.kind.range(),
        field.source
    ));
    value
}

/// A parameter of a fault, by the unit that its topic states.
fn fault_parameter(param: &Param) -> Value {
    let mut value = match param.unit {
        "share" => json!({ "allOf": [{ "$ref": "#/definitions/share" }] }),
        "bool" => json!({ "type": "boolean" }),
        "choice" => json!({ "enum": param.range.split(", ").collect::<Vec<_>>() }),
        "list of names" => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        _ => json!({ "type": "string" }),
    };
    value["description"] = json!(format!("{}; default: {}.", param.doc, param.default));
    value
}
