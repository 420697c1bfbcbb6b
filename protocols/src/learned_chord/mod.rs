//! Learned Chord (LEAD): the parts that learn. Nothing here sends a message; `chord` does.
//!
//! A model is a monotone hash from keys to ring positions that follows the distribution of the keys,
//! so that ranges stay together *and* load stays even. Correctness needs only that it is monotone and
//! the same everywhere; accuracy buys balance and nothing else.
//!
//! Decision: whatever a model was trained as, it ends as a table of whole numbers between which it
//! interpolates ([`knots`]). Monotonicity is then a property that a receiver can check in one pass
//! over the table, for all 2^64 keys, whoever trained it and however wrong the training was; and two
//! nodes with the same bytes agree on every key, on every machine. The price is that a curved leaf
//! becomes a few straight pieces.

pub mod dlht;
pub mod drift;
pub mod fedavg;
pub mod knots;
pub(crate) mod learner;
pub mod lesson;
pub mod model;
pub(crate) mod part;
pub mod reservoir;
pub mod rmi;
mod share;
pub mod summary;
mod tail;
pub mod train;
pub mod tree;
pub mod trigger;

pub use model::{Model, ModelError};
pub use reservoir::Reservoir;
pub use summary::{Summary, SummaryError};
pub use train::{Curve, Fit, Form, Params, Tail, TrainError, train};
pub use trigger::{Monitor, Reason, Trigger};
