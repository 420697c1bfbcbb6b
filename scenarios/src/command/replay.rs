//! `dhtlab replay`: the runs of a results folder once more, and whether they are the same.

use std::fmt::Write as _;

use dhtlab_core::step::Step;
use dhtlab_core::time::Time;
use serde_json::{Value, json};

use crate::again::event::{self, describe};
use crate::again::ladder::{Split, split};
use crate::again::{Finished, How, Point};
use crate::cli::ReplayArgs;
use crate::console::Console;
use crate::exit::Failure;
use crate::registry::Registry;
use crate::run::{Outcome, Probe};

/// What came of one run.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Which run.
    pub run_id: String,
    /// The protocol entry and the seed.
    pub title: String,
    /// The digest in the folder.
    pub recorded: String,
    /// The digest now.
    pub now: String,
    /// What can be said of a difference.
    pub difference: Option<Difference>,
}

/// What can be said of a difference.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Where the folder and the run part; `None` where the folder has no ladder, or one that agrees.
    pub rung: Option<Split>,
    /// Does the run with one thread differ from the one with several? `None` where that was not tried.
    pub threads: Option<Threads>,
}

impl Verdict {
    /// Was the folder changed by hand? A digest covers everything before it: two runs that differ at one rung
    /// differ at all later ones.
    fn is_edited(&self) -> bool {
        let rung = self.difference.as_ref().and_then(|one| one.rung.as_ref());
        rung.is_some_and(|rung| rung.heals && self.recorded == self.now)
    }
}

/// How a run with one thread compares with one with several.
#[derive(Clone, Debug)]
pub enum Threads {
    /// They are the same: the folder is of another program.
    Agree,
    /// They part here: a bug in dhtlab.
    Part {
        /// The first rung that differs.
        rung: Split,
        /// When the first event differs, in seconds, and what it is with one thread and with several.
        event: Option<(f64, String, String)>,
    },
}

/// Replays a results folder.
///
/// # Errors
/// Exit code 4 when a run differs.
pub fn replay(args: &ReplayArgs, registry: &Registry, console: Console) -> Result<(), Failure> {
    let folder = Finished::open(&args.dir, registry, console)?;
    if folder.version != env!("CARGO_PKG_VERSION") {
        console.note(&format!(
            "the folder was written by dhtlab {}, this is {}: digests may differ",
            folder.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let points = folder.chosen(args.run.as_deref())?;
    let mut verdicts = Vec::new();
    for point in &points {
        let verdict = judge(&folder, point, u32::from(args.shards), registry)?;
        if !console.json {
            console.out(&text(&verdict))?;
        }
        verdicts.push(verdict);
    }
    let differ = verdicts.iter().filter(|one| one.difference.is_some()).count();
    let result = if differ == 0 {
        Ok(())
    } else {
        Err(Failure::NotMet(format!("{differ} of {} runs are different", verdicts.len())))
    };
    if result.is_ok() && !console.json {
        let same = verdicts.len();
        console.out(&format!("identical: {same} of {same} runs\n"))?;
    }
    let error = result.as_ref().err().map(crate::console::failure_json);
    let runs: Vec<Value> = verdicts.iter().map(document).collect();
    let code = result.as_ref().err().map_or(0, Failure::code);
    let body =
        json!({ "folder": folder.dir, "identical": differ == 0, "runs": runs, "error": error });
    console.document("replay", code, body)?;
    result
}

/// Runs `point` again and compares.
///
/// # Errors
/// When it cannot be run.
pub fn judge(
    folder: &Finished,
    point: &Point<'_>,
    shards: u32,
    registry: &Registry,
) -> Result<Verdict, Failure> {
    let outcome = folder.run(point, How { shards, probe: None }, registry)?;
    let recorded = folder.digests.get(&point.run_id).cloned().unwrap_or_default();
    let rung = folder.ladders.of(&point.run_id).and_then(|old| split(old, &outcome.run.ladder));
    let now = outcome.run.digest.clone();
    let title = format!("{}, seed {}", point.protocol.label, point.seed);
    let differs = recorded != now || rung.is_some();
    let difference = differs.then_some(Difference { rung, threads: None });
    let run_id = point.run_id.clone();
    let mut verdict = Verdict { run_id, title, recorded, now, difference };
    let edited = verdict.is_edited();
    if let Some(difference) = &mut verdict.difference
        && shards > 1
        && !edited
    {
        let threads = compare_threads(folder, point, &outcome, shards, registry)?;
        difference.threads = Some(threads);
    }
    Ok(verdict)
}

fn compare_threads(
    folder: &Finished,
    point: &Point<'_>,
    several: &Outcome,
    shards: u32,
    registry: &Registry,
) -> Result<Threads, Failure> {
    let one = folder.run(point, How { shards: 1, probe: None }, registry)?;
    let Some(rung) = split(&one.run.ladder, &several.run.ladder) else {
        return Ok(Threads::Agree);
    };
    let (from, until) = window(&one.ladder, &rung);
    let log = |shards| -> Result<Vec<Step>, Failure> {
        let probe = Some(Probe::Window { from, until });
        Ok(folder.run(point, How { shards, probe }, registry)?.steps)
    };
    let (here, there) = (log(1)?, log(shards)?);
    let event = event::first_difference(&here, &there).map(|parting| {
        let at = [parting.here, parting.there].into_iter().flatten().map(|step| step.at).min();
        let words = |step: Option<&Step>| step.map_or("nothing".to_owned(), describe);
        (at.unwrap_or(from).as_secs_f64(), words(parting.here), words(parting.there))
    });
    Ok(Threads::Part { rung, event })
}

/// The stretch before the rung where two ladders part.
fn window(ladder: &[dhtlab_core::digest::Rung], rung: &Split) -> (Time, Time) {
    let at = |number: usize| ladder.get(number).map(|rung| rung.at);
    let from = rung.number.checked_sub(2).and_then(at).unwrap_or(Time::ZERO);
    (from, at(rung.number - 1).unwrap_or(Time::NEVER))
}

fn text(verdict: &Verdict) -> String {
    let Verdict { run_id, title, recorded, now, difference } = verdict;
    let Some(difference) = difference else {
        return format!("{run_id}  {title}: identical, {now}\n");
    };
    let recorded = if recorded.is_empty() { "missing" } else { recorded };
    let mut text = format!("{run_id}  {title}: different\n");
    let _ = writeln!(text, "  digest in the folder {recorded}, now {now}");
    match &difference.rung {
        Some(rung) if verdict.is_edited() => {
            let _ = writeln!(
                text,
                "  rung {} of {} differs, but later ones agree, which no run can do: digests.csv was \
                 changed",
                rung.number, rung.of
            );
            return text;
        }
        Some(rung) => {
            let _ = writeln!(text, "  {}", place(rung));
        }
        None => {
            text.push_str(
                "  no rung differs: manifest.json was changed, or the folder has no digests.csv\n",
            );
        }
    }
    match &difference.threads {
        None => text.push_str(
            "  a folder holds no events; --shards 2 tells whether threads make a difference, and where\n",
        ),
        Some(Threads::Agree) => text.push_str(
            "  one thread and several agree with each other: the folder is of another program\n",
        ),
        Some(Threads::Part { rung, event }) => {
            let _ = writeln!(text, "  one thread and several differ, a bug in dhtlab: {}", place(rung));
            if let Some((at, one, several)) = event {
                let _ = writeln!(text, "  the first event that differs, at {at} s:");
                let _ = writeln!(text, "    one thread: {one}\n    several:    {several}");
            }
        }
    }
    text
}

fn place(rung: &Split) -> String {
    let Split { number, of, from_s, until_s, .. } = rung;
    format!(
        "first difference at rung {number} of {of}: between {from_s} s and {until_s} s of the run"
    )
}

fn document(verdict: &Verdict) -> Value {
    let rung = |rung: &Split| {
        json!({
            "number": rung.number,
            "of": rung.of,
            "from_s": rung.from_s,
            "until_s": rung.until_s,
            "later_rungs_agree": rung.heals,
        })
    };
    let difference = verdict.difference.as_ref();
    let threads = difference.and_then(|one| one.threads.as_ref()).map(|threads| match threads {
        Threads::Agree => json!({ "agree": true }),
        Threads::Part { rung: at, event } => json!({
            "agree": false,
            "rung": rung(at),
            "event": event.as_ref().map(|(at, one, several)| {
                json!({ "t_s": at, "one_thread": one, "several": several })
            }),
        }),
    });
    json!({
        "run_id": verdict.run_id,
        "run": verdict.title,
        "identical": difference.is_none(),
        "digest_recorded": verdict.recorded,
        "digest_now": verdict.now,
        "rung": difference.and_then(|one| one.rung.as_ref()).map(rung),
        "threads": threads,
    })
}
