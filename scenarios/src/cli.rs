//! The command line.

mod folder;
mod start;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use folder::{ReplayArgs, TraceArgs};
pub use start::{CompletionsArgs, InitArgs, SchemaArgs};

/// What the exit codes mean.
const EXIT_CODES: &str = "\
Exit codes:
  0    ok
  1    runtime or I/O error
  2    wrong usage or invalid scenario
  3    some runs are missing
  4    an expectation, an invariant or a digest did not hold
  5    refused: would not fit in memory
  101  a bug in dhtlab
  130  interrupted (143 when terminated); --resume goes on";

/// Simulates distributed hash tables from scenario files.
///
/// The same scenario, seed and version give the same bytes on every machine. Start with `dhtlab run
/// --example quickstart`, then `dhtlab list scenarios`.
#[derive(Debug, Parser)]
#[command(name = "dhtlab", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// When to use colours; `NO_COLOR` is honoured.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "auto|always|never",
        display_order = 900
    )]
    pub color: Color,

    /// Say more on stderr.
    #[arg(short, long, global = true, action = ArgAction::Count, display_order = 901)]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run every protocol of a scenario over every seed and write a results folder.
    Run(RunArgs),
    /// Check scenarios without running them: all errors at once, and what a run would cost.
    Check(CheckArgs),
    /// Compare finished results, paired by seed: better, worse, or no detectable difference.
    Compare(CompareArgs),
    /// Make the figures, the page and the summary of a results folder again, from its tables.
    ///
    /// Of an unfinished folder it makes those of the runs that are over, in its folder `partial`.
    Report(ReportArgs),
    /// Run a results folder again and say whether every digest is the same.
    Replay(ReplayArgs),
    /// Show one operation of a results folder hop by hop.
    Trace(TraceArgs),
    /// List what exists, one line each.
    List(ListArgs),
    /// Explain a protocol, preset, scenario, fault, metric, key, figure, error code or other topic.
    Explain(ExplainArgs),
    /// Write a commented scenario to start from.
    Init(InitArgs),
    /// Print the JSON schema of scenario files, for editors.
    Schema(SchemaArgs),
    /// Print the completions of a shell.
    Completions(CompletionsArgs),
}

impl Command {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Check(_) => "check",
            Self::Report(_) => "report",
            Self::Compare(_) => "compare",
            Self::List(_) => "list",
            Self::Explain(_) => "explain",
            Self::Replay(_) => "replay",
            Self::Trace(_) => "trace",
            Self::Init(_) => "init",
            Self::Schema(_) => "schema",
            Self::Completions(_) => "completions",
        }
    }

    /// Is one JSON document wanted?
    pub const fn json(&self) -> bool {
        match self {
            Self::Run(args) => args.json,
            Self::Check(args) => args.json,
            Self::Compare(args) => args.json,
            Self::Report(args) => args.json,
            Self::List(args) => args.json,
            Self::Explain(args) => args.json,
            Self::Replay(args) => args.json,
            Self::Trace(args) => args.json,
            Self::Init(args) => args.json,
            Self::Schema(args) => args.json,
            Self::Completions(args) => args.json,
        }
    }

    /// Are only errors wanted on stderr?
    pub const fn quiet(&self) -> bool {
        match self {
            Self::Run(args) => args.quiet,
            Self::Check(args) => args.quiet,
            _ => false,
        }
    }
}

/// What `run` takes.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// The scenario file.
    #[arg(required_unless_present = "example", conflicts_with = "example")]
    pub file: Option<PathBuf>,
    /// Run a shipped scenario; see `dhtlab list scenarios`.
    #[arg(long, value_name = "NAME")]
    pub example: Option<String>,
    /// Results folder [default: results/SCENARIO-HASH].
    #[arg(short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Use this seed instead of the scenario's.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Use these seeds, such as 1..=30.
    #[arg(long, value_name = "A..=B")]
    pub seeds: Option<String>,
    /// Change a value of the scenario: network.nodes=500, protocol.k=8, protocol.2.k=8.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub changes: Vec<String>,
    /// Run only this protocol entry (its label, protocol or preset); may be repeated.
    #[arg(long = "protocol", value_name = "NAME")]
    pub protocols: Vec<String>,
    /// Runs side by side, as far as memory allows; never changes a result [default: one a core].
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Threads inside one run; never changes a result.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub shards: u16,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
    /// No progress, no notes: only errors on stderr.
    #[arg(short, long)]
    pub quiet: bool,
    /// What to do with results that are there.
    #[command(flatten)]
    pub existing: Existing,
    /// Fail with exit code 4 unless the digest begins with this.
    #[arg(long, value_name = "HEX", value_parser = parse_hex)]
    pub expect_digest: Option<String>,
}

/// What `run` does with results that are there.
#[derive(Args, Clone, Copy, Debug)]
pub struct Existing {
    /// Go on with an unfinished results folder: runs that are in it are not made again.
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Replace an existing results folder; run even if memory seems too small.
    #[arg(long)]
    pub force: bool,
}

/// What `check` takes.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Scenario files.
    #[arg(required_unless_present = "example")]
    pub files: Vec<PathBuf>,
    /// Check a shipped scenario; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub example: Vec<String>,
    /// Change a value of the scenario, as for `run`.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub changes: Vec<String>,
    /// Print the scenario with every default spelled out.
    #[arg(long)]
    pub resolved: bool,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
    /// Only errors on stderr.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `report` takes.
#[derive(Args, Clone, Debug)]
pub struct ReportArgs {
    /// The results folder.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// How figures look: for a screen, or for a page in print.
    #[arg(long, value_enum, default_value_t, value_name = "THEME")]
    pub theme: ThemeName,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// How figures look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// For a screen, light or dark as the reader chooses.
    #[default]
    Default,
    /// For a page in print.
    Paper,
}

/// What `compare` takes.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// Results folders; one is enough when it holds several protocols.
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Write compare.csv and the figure into this folder.
    #[arg(short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Replace an existing compare.csv.
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Compare this metric in all its statistics; may be repeated [default: the key metrics].
    #[arg(long = "metric", value_name = "NAME")]
    pub metrics: Vec<String>,
    /// The phase to compare [default: measure].
    #[arg(long, value_name = "NAME")]
    pub phase: Option<String>,
    /// The entry that the others are compared with, counted from 1 over all folders [default: 1].
    #[arg(long, value_name = "N")]
    pub base: Option<usize>,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What `list` takes.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// What to list.
    #[arg(value_enum)]
    pub kind: Kind,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

/// Kinds of things that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// What can stand after `use =`.
    Protocols,
    /// Named parameters of protocols, and of churn.
    Presets,
    /// Scenarios that come with dhtlab.
    Scenarios,
    /// What a phase can do to the network.
    Faults,
    /// What is measured.
    Metrics,
    /// Laws of times and of popularity.
    Distributions,
    /// Models of delays and losses.
    Links,
    /// What scenario files may say.
    Keys,
    /// What is drawn.
    Figures,
    /// Codes of errors and warnings.
    Codes,
    /// Everything else that can be explained.
    Topics,
}

/// What `explain` takes.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// Any name that `dhtlab list` shows: a metric, a key such as `network.nodes`, F1, E005 ...
    pub name: String,
    /// Print one JSON document instead of text.
    #[arg(long)]
    pub json: bool,
}

fn parse_hex(text: &str) -> Result<String, String> {
    let text = text.to_ascii_lowercase();
    if text.len() < 4 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("at least four hexadecimal digits".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
