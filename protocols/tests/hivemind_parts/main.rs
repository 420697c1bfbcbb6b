//! The pure parts of Hivemind: against bytes and tables of the original, and against dumb oracles.

mod bytes;
mod golden;
mod storage;
mod table;
mod table_model;
mod tables;
mod timed;
mod wire;
