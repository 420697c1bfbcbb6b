//! Commands around runs: scenarios to start from, schemas, completions, streams, the reference of commands.

// The lints know tests by this attribute, also in the helpers of a test.
#[cfg(test)]
mod names;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod start;
#[cfg(test)]
mod streams;

/// The program.
#[cfg(test)]
pub(crate) fn dhtlab() -> assert_cmd::Command {
    assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("dhtlab"))
}

#[cfg(test)]
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
