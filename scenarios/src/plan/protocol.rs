//! The protocols of a scenario, each with a preset and what was changed of it.

use indexmap::IndexMap;

use super::network::Start;
use super::{Context, Plan};
use crate::diag::{Diagnostic, Problem};
use crate::registry::{Ability, ProtocolEntry};
use crate::schema::{Item, Place, Section, Value, scalar, units};
use crate::suggest;
use dhtlab_protocols::params::{FieldInfo, FieldKind, ParamValue};

/// One protocol under one set of parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtocolPlan {
    /// Its name in the registry.
    pub protocol: String,
    /// The preset.
    pub preset: String,
    /// Tells entries apart in results; unique within the scenario.
    pub label: String,
    /// What was changed of the preset, in the order it was written.
    pub overrides: IndexMap<String, ParamValue>,
    /// Every parameter, overrides included, in the protocol's order.
    pub params: IndexMap<String, ParamValue>,
}

/// The most protocol entries of one scenario.
const ENTRIES_MAX: usize = 64;

impl ProtocolPlan {
    /// As it is written in a scenario, every parameter spelled out.
    pub fn resolved(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("use".to_owned(), self.protocol.as_str().into());
        table.insert("preset".to_owned(), self.preset.as_str().into());
        table.insert("label".to_owned(), self.label.as_str().into());
        for (name, value) in &self.params {
            let value = match value {
                ParamValue::Count(number) | ParamValue::Bytes(number) => super::whole(*number),
                ParamValue::Bool(flag) => (*flag).into(),
                ParamValue::Span(span) => super::shown(span),
                ParamValue::Choice(name) => name.as_str().into(),
            };
            table.insert(name.clone(), value);
        }
        table
    }

    /// The preset and every override, such as `rust-libp2p-0.49 alpha=5`.
    pub fn variant(&self) -> String {
        let changed = self.overrides.iter().map(|(name, value)| format!(" {name}={value}"));
        self.preset.clone() + &changed.collect::<String>()
    }
}

/// Reads every `[[protocol]]`.
pub fn read_all(root: &Section<'_>, context: &Context<'_>) -> Vec<ProtocolPlan> {
    let sections = root.sections("protocol");
    if sections.is_empty() && !root.has("protocol") {
        super::missing(root, "[protocol]", "[[protocol]]\nuse = \"kademlia\"");
    }
    if sections.len() > ENTRIES_MAX {
        context.sink.report(
            Diagnostic::error("E008", format!("more than {ENTRIES_MAX} protocol entries"))
                .at(root.place_of("protocol"), "too many"),
        );
        return Vec::new();
    }
    let places: Vec<_> = sections.iter().map(|section| section.place_of("label")).collect();
    let read = sections.into_iter().map(|section| read_one(section, context));
    let mut plans: Vec<Option<ProtocolPlan>> = read.collect();
    give_labels(&mut plans);
    for later in 1..plans.len() {
        for earlier in 0..later {
            let (Some(a), Some(b)) = (&plans[earlier], &plans[later]) else { continue };
            if a.label == b.label {
                let message = format!("two protocol entries are called `{}`", b.label);
                context.sink.report(
                    Diagnostic::error("E014", message)
                        .at(places[later], "give this a `label` of its own")
                        .with(places[earlier], "the other"),
                );
            }
        }
    }
    plans.into_iter().flatten().collect()
}

/// Entries without a label get the shortest name that tells them apart.
fn give_labels(plans: &mut [Option<ProtocolPlan>]) {
    let names: Vec<[String; 3]> = plans
        .iter()
        .map(|plan| match plan {
            Some(plan) if plan.label.is_empty() => [
                plan.protocol.clone(),
                format!("{} {}", plan.protocol, plan.preset),
                format!("{} {}", plan.protocol, plan.variant()),
            ],
            Some(plan) => [plan.label.clone(), plan.label.clone(), plan.label.clone()],
            None => Default::default(),
        })
        .collect();
    for (at, plan) in plans.iter_mut().enumerate() {
        let Some(plan) = plan else { continue };
        if plan.label.is_empty() {
            let alone = |name: &&String| {
                names.iter().enumerate().all(|(other, all)| other == at || !all.contains(name))
            };
            let name = names[at].iter().find(alone).unwrap_or(&names[at][2]);
            plan.label.clone_from(name);
        }
    }
}

fn read_one(section: Section<'_>, context: &Context<'_>) -> Option<ProtocolPlan> {
    let choices = context.registry.names();
    let named =
        section.require("use", "\"kademlia\"", |item| scalar::choice(item, "protocol", &choices));
    let label = section.read("label", read_label).unwrap_or_default();
    let Some(entry) = named.and_then(|name| context.registry.get(name)) else {
        section.allow("preset");
        read_unknown_protocol(section, context);
        return None;
    };
    let presets = entry.preset_names();
    let preset = section.read_or("preset", presets[0], |item| {
        scalar::choice(item, &format!("preset of {}", entry.name), &presets)
    });
    let mut knobs = (entry.load)(preset)?;
    let shipped = (entry.load)(preset)?;
    let mut overrides = IndexMap::new();
    for field in entry.fields {
        let value = section.read(field.name, |item| {
            let value = read_value(item, field)?;
            knobs
                .change(field.name, value.clone())
                .map_err(|error| scalar::out_of_range(item, &error.value, &error.permitted))?;
            Ok(value)
        });
        // A value that the preset has anyway changes nothing.
        if let Some(value) = value.filter(|value| shipped.value(field.name).as_ref() != Some(value))
        {
            overrides.insert(field.name.to_owned(), value);
        }
    }
    for error in knobs.verify().err().unwrap_or_default() {
        let message = format!("{} = {} is not permitted here", error.field, error.value);
        let mut problem = Diagnostic::error("E013", message)
            .at(section.place_of(&error.field), format!("permitted: {}", error.permitted));
        if !error.hint.is_empty() {
            problem = problem.help(error.hint);
        }
        context.sink.report(problem);
    }
    let value = |field: &FieldInfo| Some((field.name.to_owned(), knobs.value(field.name)?));
    let params = entry.fields.iter().filter_map(value).collect();
    refuse_others(&section, entry, context);
    section.finish();
    let (protocol, preset) = (entry.name.to_owned(), preset.to_owned());
    Some(ProtocolPlan { protocol, preset, label, overrides, params })
}

/// A parameter of another protocol is told whose it is; any other unknown key is the section's to refuse.
fn refuse_others(section: &Section<'_>, entry: &ProtocolEntry, context: &Context<'_>) {
    let has = |entry: &ProtocolEntry, name: &str| entry.fields.iter().any(|f| f.name == name);
    for written in &section.table().entries {
        let name = &written.name;
        if ["use", "label", "preset"].contains(&name.as_str()) || has(entry, name) {
            continue;
        }
        let others: Vec<&str> =
            context.registry.iter().filter(|other| has(other, name)).map(|o| o.name).collect();
        if !others.is_empty() {
            section.allow(name);
            let message = format!("{} has no parameter `{name}`", entry.name);
            context.sink.report(
                Diagnostic::error("E002", message).at(written.name_place, "no such key").help(
                    format!("it is one of {}; see `dhtlab explain {name}`", others.join(", ")),
                ),
            );
        }
    }
}

/// When the protocol is unknown its parameters are compared with those of the protocol that was most
/// likely meant, so that a second slip in the same entry is found too.
fn read_unknown_protocol(section: Section<'_>, context: &Context<'_>) {
    let written = section.item("use").and_then(|item| scalar::text(item).ok());
    let names = context.registry.names();
    let meant = written.and_then(|written| suggest::nearest(&written, names.iter().copied()));
    let guess = meant.and_then(|name| context.registry.get(name));
    match guess {
        Some(entry) => entry.fields.iter().for_each(|field| section.allow(field.name)),
        None => section.table().entries.iter().for_each(|entry| section.allow(&entry.name)),
    }
    section.finish();
}

fn read_label(item: &Item) -> Result<String, Problem> {
    let label = scalar::text(item)?;
    if label.is_empty() || label.chars().count() > 64 || label.chars().any(char::is_control) {
        return Err(Diagnostic::error("E008", "a label is 1 to 64 characters on one line")
            .at(item.place, "not a label"));
    }
    Ok(label)
}

fn read_value(item: &Item, field: &FieldInfo) -> Result<ParamValue, Problem> {
    match field.kind {
        FieldKind::Count { min, max } => scalar::count(item, &(min..=max)).map(ParamValue::Count),
        FieldKind::Bytes { min, max } => scalar::size(item, &(min..=max)).map(ParamValue::Bytes),
        FieldKind::Span { min, max } => match &item.value {
            Value::Text(text) if text == "off" && min.as_nanos() == 0 => Ok(ParamValue::Span(min)),
            _ => scalar::span(item, &(min..=max.min(units::LONGEST))).map(ParamValue::Span),
        },
        FieldKind::Bool => scalar::flag(item).map(ParamValue::Bool),
        FieldKind::Choice(names) => {
            scalar::choice(item, field.name, names).map(|name| ParamValue::Choice(name.to_owned()))
        }
        FieldKind::Quorum => match item.value {
            Value::Integer(_) => scalar::count(item, &(1..=32)).map(ParamValue::Count),
            _ => scalar::choice(item, "quorum", &["one", "majority", "all"])
                .map(|name| ParamValue::Choice(name.to_owned())),
        },
    }
}

/// What a reader must know before trusting the numbers of each protocol.
pub fn warn(plan: &Plan, root: &Section<'_>, context: &Context<'_>) {
    for (place, protocol) in root.sections("protocol").iter().zip(&plan.protocols) {
        let Some(entry) = context.registry.get(&protocol.protocol) else { continue };
        let Some(knobs) = entry.knobs(protocol) else { continue };
        for warning in (entry.warnings)(knobs.as_ref(), plan) {
            context.sink.report(Diagnostic::warning("W002", warning).at(place.place(), "here"));
        }
    }
}

/// Can every protocol do what the network, the workload and the roles ask for?
pub fn check_abilities(plan: &Plan, root: &Section<'_>, context: &Context<'_>) {
    let used = |entry: &&ProtocolEntry| plan.protocols.iter().any(|one| one.protocol == entry.name);
    for (ability, key, place) in asked_abilities(plan, root) {
        for entry in context.registry.iter().filter(used).filter(|entry| !entry.can(ability)) {
            let message = format!("{} cannot {}", entry.name, ability.what());
            context.sink.report(
                Diagnostic::error("E017", message)
                    .at(place, "asked for here")
                    .help(format!("remove `{key}`, or the protocol {}", entry.name)),
            );
        }
    }
}

/// What is asked for, the key that does, and where.
fn asked_abilities(plan: &Plan, root: &Section<'_>) -> Vec<(Ability, &'static str, Place)> {
    let mut asked = Vec::new();
    let place = |table: &str, key| root.section(table).map_or(root.place(), |t| t.place_of(key));
    if plan.network.start == Start::Warm {
        asked.push((Ability::Warm, "start", place("network", "start")));
    }
    let work = &plan.workload;
    for (ability, key, is_asked) in [
        (Ability::Store, "puts", work.puts.is_some()),
        (Ability::Store, "publish", work.publish.is_some()),
        (Ability::Store, "wave", !work.waves.is_empty()),
        (Ability::Store, "gets", work.gets.is_some()),
        (Ability::Range, "ranges", work.ranges.is_some()),
        (Ability::Delete, "deletes", work.deletes.is_some()),
    ] {
        if is_asked {
            asked.push((ability, key, place("workload", key)));
        }
    }
    for (section, role) in root.sections("role").iter().zip(&plan.roles) {
        for (ability, key, is_asked) in [
            (Ability::Batch, "announce", role.announce.is_some()),
            (Ability::Batch, "watch", role.watch.is_some()),
            (Ability::Store, "heartbeat", role.heartbeat.is_some()),
        ] {
            if is_asked {
                asked.push((ability, key, section.place_of(key)));
            }
        }
    }
    asked
}
