//! How messages are lost.

use dhtlab_core::link::loss::Loss;
use dhtlab_core::ratio::Ratio;

use crate::diag::{Problem, Sink};
use crate::schema::{Item, Section, Value, scalar};

/// The names of the loss models.
pub const MODELS: [&str; 2] = ["independent", "gilbert-elliott"];

/// Reads `"0.1%"` or `{ model = ... }`.
///
/// # Errors
/// When it is neither.
pub fn read(item: &Item, sink: &Sink) -> Result<Loss, Problem> {
    if !matches!(item.value, Value::Table(_)) {
        return scalar::share(item).map(independent);
    }
    let section = Section::of("loss", item, sink)?;
    let model = section.require("model", "\"gilbert-elliott\"", |item| {
        scalar::choice(item, "loss model", &MODELS)
    });
    let share = |name: &str| section.require(name, "\"1%\"", scalar::share);
    let loss = match model {
        Some("independent") => independent(share("ratio").unwrap_or(Ratio::ZERO)),
        Some("gilbert-elliott") => Loss::GilbertElliott {
            p: share("p").unwrap_or(Ratio::ZERO),
            r: share("r").unwrap_or(Ratio::ONE),
            loss_good: section.read_or("loss_good", Ratio::ZERO, scalar::share),
            loss_bad: section.read_or("loss_bad", Ratio::ONE, scalar::share),
        },
        _ => return Ok(Loss::None),
    };
    section.finish();
    Ok(loss)
}

const fn independent(ratio: Ratio) -> Loss {
    if ratio.is_zero() { Loss::None } else { Loss::Bernoulli(ratio) }
}

/// `loss` as it is written in a scenario.
pub fn resolved(loss: &Loss) -> toml::Value {
    match loss {
        Loss::None => super::shown(&Ratio::ZERO),
        Loss::Bernoulli(ratio) => super::shown(ratio),
        Loss::GilbertElliott { p, r, loss_good, loss_bad } => {
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
