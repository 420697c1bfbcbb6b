//! The worlds in use: drawn once for all protocols and parameters that are compared in them, and given back
//! when the last run in them is over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use dhtlab_core::seed::Seed;
use dhtlab_core::workload::WorkloadError;
use dhtlab_core::world::{World, WorldError};

use crate::exit::Failure;
use crate::plan::Plan;

/// Worlds by what decides them.
#[derive(Debug, Default)]
pub struct Worlds(Mutex<BTreeMap<(String, u64), Arc<Slot>>>);

/// One world; its lock is held while it is drawn, and holds nobody up who wants another one.
type Slot = Mutex<Weak<World>>;

impl Worlds {
    /// The world of `plan` under `seed`; equal plans have equal `world_id`.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn of(&self, plan: &Plan, world_id: &str, seed: u64) -> Result<Arc<World>, Failure> {
        let slot = {
            let mut known = lock(&self.0);
            let unused =
                |slot: &Arc<Slot>| Arc::strong_count(slot) == 1 && lock(slot).strong_count() == 0;
            known.retain(|_, slot| !unused(slot));
            Arc::clone(known.entry((world_id.to_owned(), seed)).or_default())
        };
        let mut slot = lock(&slot);
        if let Some(world) = slot.upgrade() {
            return Ok(world);
        }
        let world = Arc::new(World::draw(&plan.world_spec(Seed(seed))).map_err(not_drawn)?);
        *slot = Arc::downgrade(&world);
        Ok(world)
    }
}

/// A key set can only be found too narrow by drawing from it; that is a mistake of the scenario.
fn not_drawn(error: WorldError) -> Failure {
    match error {
        WorldError::Workload(WorkloadError::KeySet(error)) => {
            let help = vec!["widen the law of `key_set`, or ask for fewer `keys`".to_owned()];
            Failure::usage(error.to_string(), help)
        }
        other => Failure::Runtime(anyhow::anyhow!(other)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
