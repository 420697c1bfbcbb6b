//! Every key of scenario files: what it takes, its default, what it means.
//!
//! `explain` and the JSON schema are made of this, of the parameters of protocols and of the topics of faults.
//! A test holds it against the keys that the readers of [`plan`](crate::plan) really ask for.

mod churn;
mod network;
mod rest;
mod role;
mod top;
mod workload;

/// A table of a scenario.
#[derive(Clone, Copy, Debug)]
pub struct KeyTable {
    /// Where it stands, such as `workload.lookups`; empty for the file itself.
    pub path: &'static str,
    /// What it is about, one sentence.
    pub doc: &'static str,
    /// How it is written, on one line or more.
    pub example: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What holds when it is not written; `required` where it must be.
    pub default: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any string.
    Text,
    /// A list of strings.
    Texts,
    /// A whole number between two bounds.
    Count(u64, u64),
    /// A list of whole numbers.
    Counts,
    /// A number between two bounds.
    Real(f64, f64),
    /// A time with its unit.
    Time,
    /// A size in bytes, with a unit or without, up to this.
    Size(u64),
    /// A share.
    Share,
    /// `true` or `false`.
    Flag,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A metric.
    Metric,
    /// A churn preset.
    ChurnPreset,
    /// A fault.
    Fault,
    /// A protocol.
    Protocol,
    /// A table.
    Table(&'static str),
    /// A list of tables.
    Tables(&'static str),
    /// Any of these.
    Either(&'static [Self]),
}

const fn key(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default, doc }
}

/// What must be written.
pub const REQUIRED: &str = "required";

/// All tables, those of the file itself first.
pub fn all() -> impl Iterator<Item = &'static KeyTable> {
    let parts: [&[KeyTable]; 6] = [
        &top::TABLES,
        &network::TABLES,
        &churn::TABLES,
        &workload::TABLES,
        &role::TABLES,
        &rest::TABLES,
    ];
    parts.into_iter().flatten()
}

/// The table at `path`.
pub fn table(path: &str) -> Option<&'static KeyTable> {
    all().find(|table| table.path == path)
}

impl KeyTable {
    /// How it is called in headings: `[network]`, `[[phase]]`, `workload.popularity`.
    pub fn title(&self) -> String {
        let listed = all()
            .flat_map(|table| table.keys)
            .any(|key| matches!(key.kind, Kind::Tables(path) if path == self.path));
        match self.path {
            "" => "a scenario".to_owned(),
            path if listed => format!("[[{path}]]"),
            path => format!("[{path}]"),
        }
    }

    /// The path of one of its keys.
    pub fn path_of(&self, key: &Key) -> String {
        if self.path.is_empty() {
            key.name.to_owned()
        } else {
            format!("{}.{}", self.path, key.name)
        }
    }
}

impl Kind {
    /// What is permitted, in words.
    pub fn words(self) -> String {
        let upto = |low: String, high: String| format!("{low} to {high}");
        match self {
            Self::Text => "a string".to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::Count(low, u64::MAX) => format!("a whole number, {low} or more"),
            Self::Count(low, high) => {
                format!("a whole number, {}", upto(low.to_string(), high.to_string()))
            }
            Self::Counts => "a list of whole numbers".to_owned(),
            Self::Real(low, high) => {
                format!("a number, {}", upto(low.to_string(), high.to_string()))
            }
            Self::Time => "a time such as \"90s\" or \"1h30m\"".to_owned(),
            Self::Size(most) => format!("a size such as 512 or \"64KiB\", at most {most} bytes"),
            Self::Share => "a share such as \"80%\" or \"4/5\"".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Choice(names) => names.join(", "),
            Self::Metric => "a metric; see `dhtlab list metrics`".to_owned(),
            Self::ChurnPreset => "a churn preset, or none; see `dhtlab list presets`".to_owned(),
            Self::Fault => "a fault; see `dhtlab list faults`".to_owned(),
            Self::Protocol => "a protocol; see `dhtlab list protocols`".to_owned(),
            Self::Table(path) => format!("a table; see `dhtlab explain {path}`"),
            Self::Tables(path) => format!("[[{path}]], once for each; see `dhtlab explain {path}`"),
            Self::Either(kinds) => {
                kinds.iter().map(|kind| kind.words()).collect::<Vec<_>>().join("; or ")
            }
        }
    }
}

#[cfg(test)]
mod tests;
