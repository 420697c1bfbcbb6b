//! Tables, statistics and figures from the rows a run hands over.

pub mod model;
