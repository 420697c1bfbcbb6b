//! Tables, statistics and figures from the rows a run hands over.
//!
//! One direction only: [`model::Results`] goes in and becomes CSV files ([`tables`]); these are read back
//! ([`recorded`]), and everything else is made from them ([`report`]): a text and JSON summary
//! ([`summary`]), SVG figures ([`plot`]) and one page for people ([`page`]), right after a run as well as
//! years later. Nothing here knows a protocol, a scenario file, the clock or the terminal.
//!
//! Three decisions hold everywhere:
//! * **Failures are never dropped.** A latency figure says how many operations succeeded, and the
//!   quantiles called `*_all` count a failure as an infinite latency.
//! * **Seeds are the replicates.** Intervals are Student t over seeds, never over lookups; with one
//!   seed there is no interval, and the output says so.
//! * **Same rows, same bytes.** Rows are sorted by their key, floats are printed in their shortest
//!   form that reads back, sums are taken in a fixed order, and mathematics comes from `libm`.

pub mod columns;
pub mod compare;
pub mod entry;
pub mod files;
pub mod histogram;
pub mod metrics;
pub mod model;
pub mod page;
pub mod phase;
pub mod plot;
pub mod recorded;
pub mod recovery;
pub mod report;
pub mod scope;
pub mod stats;
pub mod student;
pub mod summary;
pub mod tables;

mod bins;
mod num;
mod population;
