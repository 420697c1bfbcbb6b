//! `dhtlab init`: a commented scenario to start from.

use dhtlab_reports::files::{create_folder, write_whole};
use serde_json::json;

use super::report::failure;
use crate::cli::InitArgs;
use crate::console::Console;
use crate::exit::Failure;

/// The name of the file.
const FILE: &str = "scenario.toml";

/// What is in it.
pub const TEXT: &str = include_str!("init.toml");

/// Writes the scenario.
///
/// # Errors
/// When one is there already, or it cannot be written.
pub fn init(args: &InitArgs, console: Console) -> Result<(), Failure> {
    let path = args.dir.join(FILE);
    let name = path.display().to_string();
    if path.exists() && !args.force {
        let help = vec!["name another folder".to_owned(), "--force replaces it".to_owned()];
        return Err(Failure::usage(format!("{name} exists"), help));
    }
    create_folder(&args.dir).map_err(failure)?;
    write_whole(&args.dir, FILE, |out| out.write_all(TEXT.as_bytes())).map_err(failure)?;
    let next = [format!("dhtlab check {name}"), format!("dhtlab run {name}")];
    if console.json {
        return console.document("init", 0, json!({ "file": name, "next": next }));
    }
    let [check, run] = next;
    console.out(&format!(
        "wrote {name}\nnext:\n  {check}   what is wrong with it, and what a run would cost\n  \
         {run}     a table, and a folder of results\n"
    ))
}
