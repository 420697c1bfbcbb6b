//! Requests under way, and those that wait for a slot: what a node remembers until an answer comes.
