//! The node: its table, its records, its requests and what they are for.
