//! `dhtlab schema`: the JSON schema of scenario files, for editors.

use crate::console::Console;
use crate::exit::Failure;
use crate::json_schema;
use crate::registry::Registry;

/// Prints the schema. It is JSON, with `--json` and without.
///
/// # Errors
/// When it cannot be printed.
pub fn schema(registry: &Registry, console: Console) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&json_schema::schema(registry))
        .map_err(|error| Failure::Runtime(error.into()))?;
    console.out(&(text + "\n"))
}
