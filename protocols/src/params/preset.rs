//! Presets: rows of parameters that have a name and a source.

use super::Tunable;

/// A named row of parameters.
#[derive(Clone, Copy, Debug)]
pub struct Preset<P: 'static> {
    /// The name in scenario files.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Where the values come from.
    pub source: &'static str,
    pub(crate) build: fn() -> P,
}

impl<P: Tunable> Preset<P> {
    /// The parameters.
    pub fn params(&self) -> P {
        (self.build)()
    }

    /// The preset called `name`.
    pub fn find(name: &str) -> Option<&'static Self> {
        P::presets().iter().find(|preset| preset.name == name)
    }
}
