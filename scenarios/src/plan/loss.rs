//! How messages are lost.

use dhtlab_core::ratio::Ratio;

use crate::diag::{Problem, Sink};
use crate::schema::{Item, Section, Value, scalar};

/// A model of losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossPlan {
    /// Each message is lost with the same probability, independently.
    Independent {
        /// The probability.
        ratio: Ratio,
    },
    /// A sender is in a good or a bad state, which changes with every message.
    GilbertElliott {
        /// From good to bad.
        p: Ratio,
        /// From bad to good.
        r: Ratio,
        /// Share lost while good.
        loss_good: Ratio,
        /// Share lost while bad.
        loss_bad: Ratio,
    },
}

/// The names of the loss models.
pub const MODELS: [&str; 2] = ["independent", "gilbert-elliott"];

impl LossPlan {
    /// Nothing is lost.
    pub const NONE: Self = Self::Independent { ratio: Ratio::ZERO };

    /// Reads `"0.1%"` or `{ model = ... }`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(item: &Item, sink: &Sink) -> Result<Self, Problem> {
        if !matches!(item.value, Value::Table(_)) {
            return scalar::share(item).map(|ratio| Self::Independent { ratio });
        }
        let section = Section::of("loss", item, sink)?;
        let model = section.require("model", "\"gilbert-elliott\"", |item| {
            scalar::choice(item, "loss model", &MODELS)
        });
        let share = |name: &str| section.require(name, "\"1%\"", scalar::share);
        let plan = match model {
            Some("independent") => {
                Self::Independent { ratio: share("ratio").unwrap_or(Ratio::ZERO) }
            }
            Some("gilbert-elliott") => Self::GilbertElliott {
                p: share("p").unwrap_or(Ratio::ZERO),
                r: share("r").unwrap_or(Ratio::ONE),
                loss_good: section.read_or("loss_good", Ratio::ZERO, scalar::share),
                loss_bad: section.read_or("loss_bad", Ratio::ONE, scalar::share),
            },
            _ => return Ok(Self::NONE),
        };
        section.finish();
        Ok(plan)
    }

    /// As it is written in a scenario.
    pub fn resolved(&self) -> toml::Value {
        match self {
            Self::Independent { ratio } => super::shown(ratio),
            Self::GilbertElliott { p, r, loss_good, loss_bad } => {
                let mut table = toml::Table::new();
                table.insert("model".to_owned(), "gilbert-elliott".into());
                let shares = [("p", p), ("r", r), ("loss_good", loss_good), ("loss_bad", loss_bad)];
                for (name, share) in shares {
                    table.insert(name.to_owned(), super::shown(share));
                }
                table.into()
            }
        }
    }
}
