//! Roles: named kinds of nodes with jobs of their own.

mod estimate;
mod resolved;

use dhtlab_core::group::{Announce, BLOCKS_MAX, BOOTSTRAP, GROUPS_MAX, GroupSpec, Watch};
use dhtlab_core::time::Span;

use super::network::NODES_MAX;
use super::workload::VALUE_BYTES_MAX;
use super::{Context, Plan};
use crate::diag::{Diagnostic, Problem};
use crate::schema::{Item, Place, Section, scalar};
use crate::suggest;
pub use estimate::{operations, records};
pub use resolved::resolved;

/// The names of modes.
pub const MODES: [&str; 2] = ["server", "client"];
/// What blocks are of when nothing is written.
const OF: &str = "model";
/// The length of an announcement of a block when nothing is written: some hundred bytes in Petals, more the
/// more servers it has pinged.
const VALUE_BYTES: u64 = 512;
/// What nodes without a role are called in `node_load.csv`.
const TAKEN: [&str; 2] = ["server", "client"];

/// Where a role says things that others may contradict.
struct Read {
    role: GroupSpec,
    name: Place,
    announce: Option<(Place, Place)>,
    watch: Option<Place>,
}

/// Reads every `[[role]]`.
pub fn read_all(root: &Section<'_>, context: &Context<'_>) -> Vec<GroupSpec> {
    let sections = root.sections("role");
    if sections.len() > GROUPS_MAX {
        context.sink.report(
            Diagnostic::error("E008", format!("{} roles are too many", sections.len()))
                .at(root.place_of("role"), format!("permitted: at most {GROUPS_MAX}")),
        );
    }
    let read: Vec<Option<Read>> =
        sections.into_iter().map(|section| read_one(section, context)).collect();
    // What could not be read may still be what others speak of: do not blame the reader twice.
    let whole = read.iter().all(Option::is_some);
    let read: Vec<Read> = read.into_iter().flatten().collect();
    for later in 0..read.len() {
        for earlier in 0..later {
            compare(&read[earlier], &read[later], context);
        }
        if whole {
            check_watch(&read[later], &read, context);
        }
    }
    read.into_iter().map(|read| read.role).collect()
}

fn compare(a: &Read, b: &Read, context: &Context<'_>) {
    if a.role.name == b.role.name {
        context.sink.report(
            Diagnostic::error("E014", format!("two roles are called `{}`", b.role.name))
                .at(b.name, "rename this")
                .with(a.name, "the other"),
        );
    }
    let (Some(one), Some(other)) = (&a.role.announce, &b.role.announce) else { return };
    if one.of == other.of
        && one.blocks != other.blocks
        && let (Some((first, _)), Some((place, _))) = (a.announce, b.announce)
    {
        let (of, before, after) = (&one.of, one.blocks, other.blocks);
        let message = format!("`{of}` has {before} blocks in one place and {after} in another");
        context.sink.report(
            Diagnostic::error("E019", message)
                .at(place, "change this")
                .with(first, "or this")
                .help("or announce blocks of something else: `of` says of what"),
        );
    }
}

/// Does anybody announce what is watched?
fn check_watch(read: &Read, all: &[Read], context: &Context<'_>) {
    let (Some(watch), Some(place)) = (&read.role.watch, read.watch) else { return };
    let announced = || all.iter().filter_map(|one| Some(one.role.announce.as_ref()?.of.as_str()));
    if announced().any(|of| of == watch.of) {
        return;
    }
    let message = format!("nobody announces blocks of `{}`", watch.of);
    let help = if announced().next().is_some() {
        suggest::help(&watch.of, announced())
    } else {
        "add a role with `announce`".to_owned()
    };
    context.sink.report(
        Diagnostic::error("E024", message).at(place, "there is nothing to read").help(help),
    );
}

fn read_one(section: Section<'_>, context: &Context<'_>) -> Option<Read> {
    let name = section.require("name", "\"holder\"", read_name);
    let bootstrap = name.as_deref() == Some(BOOTSTRAP);
    let (nodes, client) = if bootstrap {
        for (key, why) in [
            ("nodes", "network.bootstrap_nodes says how many there are"),
            ("mode", "bootstrap nodes always answer"),
        ] {
            section.allow(key);
            if section.has(key) {
                context.excluded(&section, key, "name", why);
            }
        }
        (Some(0), false)
    } else {
        let mode = section.read_or("mode", "server", |item| scalar::choice(item, "mode", &MODES));
        let nodes = |item: &Item| scalar::count(item, &(1..=NODES_MAX));
        (section.require("nodes", "30", nodes), mode == "client")
    };
    let place = |job: &str, key: &str| {
        let item = section.table().get(job)?;
        Section::of(job, item, context.sink).ok().map(|job| job.place_of(key))
    };
    let announce_at = place("announce", "blocks").zip(place("announce", "span"));
    let (watch_at, name_at) = (place("watch", "of"), section.place_of("name"));
    let announce = section.section("announce").map(read_announce);
    let watch = section.section("watch").map(read_watch);
    let heartbeat = section.section("heartbeat").map(read_heartbeat);
    section.finish();
    // A job that is written but cannot be read spoils its role.
    let role = GroupSpec {
        name: name?,
        nodes: u32::try_from(nodes?).unwrap_or(u32::MAX),
        client,
        announce: announce.map_or(Some(None), |job| job.map(Some))?,
        watch: watch.map_or(Some(None), |job| job.map(Some))?,
        heartbeat: heartbeat.map_or(Some(None), |job| job.map(Some))?,
    };
    Some(Read { role, name: name_at, announce: announce_at, watch: watch_at })
}

fn read_announce(section: Section<'_>) -> Option<Announce> {
    let of = section.read_or("of", OF.to_owned(), read_of);
    let most = u64::from(BLOCKS_MAX);
    let blocks = section.require("blocks", "32", |item| scalar::count(item, &(1..=most)));
    let most = blocks.unwrap_or(most);
    let span = section.require("span", "8", |item| scalar::count(item, &(1..=most)));
    let every = section.require("every", "\"60s\"", scalar::some_span);
    // As Petals and Hivemind have it: one announcement may be lost.
    let usual = every.map_or(Span::ZERO, |every| every.saturating_mul(2));
    let lifetime = section.read_or("lifetime", usual, scalar::some_span);
    let bytes = |item: &Item| scalar::size(item, &(1..=VALUE_BYTES_MAX));
    let value_bytes = section.read_or("value_bytes", VALUE_BYTES, bytes);
    let index = section.read_or("index", false, scalar::flag);
    section.finish();
    let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let (blocks, span, value_bytes) = (whole(blocks?), whole(span?), whole(value_bytes));
    Some(Announce { of, blocks, span, every: every?, lifetime, value_bytes, index })
}

fn read_watch(section: Section<'_>) -> Option<Watch> {
    let of = section.read_or("of", OF.to_owned(), read_of);
    let every = section.require("every", "\"60s\"", scalar::some_span);
    let latest = section.read_or("latest", true, scalar::flag);
    let index = section.read_or("index", false, scalar::flag);
    section.finish();
    every.map(|every| Watch { of, every, latest, index })
}

fn read_heartbeat(section: Section<'_>) -> Option<Span> {
    let every = section.require("every", "\"30s\"", scalar::some_span);
    section.finish();
    every
}

fn read_name(item: &Item) -> Result<String, Problem> {
    let name = read_of(item)?;
    if TAKEN.contains(&name.as_str()) {
        let message = format!("nodes without a role are called `{name}`");
        return Err(Diagnostic::error("E014", message)
            .at(item.place, "take another name")
            .help(format!("whether it answers is said by mode = \"{name}\"")));
    }
    Ok(name)
}

/// The name of a role, or of something that has blocks.
fn read_of(item: &Item) -> Result<String, Problem> {
    let name = scalar::text(item)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Diagnostic::error(
            "E008",
            "a name is 1 to 64 letters, digits, `-`, `_` or `.`",
        )
        .at(item.place, "not a name"));
    }
    Ok(name)
}

/// Do all roles find enough nodes?
pub fn check_room(plan: &Plan, root: &Section<'_>, context: &Context<'_>) {
    let (nodes, bootstrap) = (plan.network.nodes, plan.network.bootstrap_nodes);
    let room = plan.churn.measured_nodes().unwrap_or(nodes.saturating_sub(bootstrap));
    let mut sum = 0_u64;
    for (section, role) in root.sections("role").iter().zip(&plan.roles) {
        sum = sum.saturating_add(u64::from(role.nodes));
        if sum > room && role.nodes > 0 {
            let message = format!("roles need {sum} nodes and there are {room}");
            context.sink.report(
                Diagnostic::error("E026", message)
                    .at(section.place_of("nodes"), format!("permitted: {room} in all roles"))
                    .help("bootstrap nodes do not count; raise `nodes` in [network] or lower this"),
            );
            return;
        }
    }
}
