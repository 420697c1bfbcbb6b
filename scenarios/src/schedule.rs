//! Which runs are made side by side: as many as there are threads, as long as they fit into memory.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::exit::Failure;

/// Of the memory that is available when the first run begins, estimates may fill this share: they are good
/// to a factor of two or so.
const SHARE_OF_MEMORY: f64 = 0.75;

/// The memory that runs side by side may fill, of `available` bytes; no bound where nobody tells.
pub fn budget(available: Option<u64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    available.map_or(f64::INFINITY, |bytes| bytes as f64 * SHARE_OF_MEMORY)
}

/// Jobs that wait, and the memory of those at work.
struct State {
    /// Number and size of each, in order.
    waiting: VecDeque<(usize, f64)>,
    in_use: f64,
    at_work: usize,
    stopped: bool,
}

/// Does `work` for the jobs with these sizes in bytes, by number: on `threads` threads, in order, those
/// that fit into `budget` beside what is at work before larger ones. A job that is too large for that is
/// done alone.
///
/// # Errors
/// The first error of `work`; no job begins after it.
pub fn side_by_side(
    sizes: &[f64],
    threads: usize,
    budget: f64,
    work: impl Fn(usize) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.clamp(1, sizes.len().max(1)));
    let pool = pool.build().map_err(|error| Failure::Runtime(anyhow::anyhow!(error)))?;
    let waiting = sizes.iter().copied().enumerate().collect();
    let queue = Queue {
        state: Mutex::new(State { waiting, in_use: 0.0, at_work: 0, stopped: false }),
        turned: Condvar::new(),
        budget,
    };
    let failed: Mutex<Option<Failure>> = Mutex::new(None);
    // Not a parallel iterator: a thread of it that waits for the shards of its run would begin another
    // run on top, and that one might wait for memory that only the first can give back.
    pool.broadcast(|_| {
        while let Some(job) = queue.take() {
            let _place = Place { queue: &queue, size: sizes[job] };
            if let Err(failure) = work(job) {
                lock(&failed).get_or_insert(failure);
                lock(&queue.state).stopped = true;
            }
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

struct Queue {
    state: Mutex<State>,
    turned: Condvar,
    budget: f64,
}

impl Queue {
    /// The next job, once there is room for one; `None` when there is none left.
    fn take(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        loop {
            if state.stopped || state.waiting.is_empty() {
                return None;
            }
            let room = self.budget - state.in_use;
            let alone = state.at_work == 0;
            let fits = state.waiting.iter().position(|(_, size)| alone || *size <= room);
            if let Some((job, size)) = fits.and_then(|at| state.waiting.remove(at)) {
                state.in_use += size;
                state.at_work += 1;
                return Some(job);
            }
            state = self.turned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The place of a job at work, given back when it is done, however it ends.
struct Place<'q> {
    queue: &'q Queue,
    size: f64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.queue.state);
        state.at_work -= 1;
        state.in_use = if state.at_work == 0 { 0.0 } else { state.in_use - self.size };
        if std::thread::panicking() {
            state.stopped = true;
        }
        drop(state);
        self.queue.turned.notify_all();
    }
}

/// A thread that panicked has left the state as it should be: [`Place`] sees to it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most bytes in use at once, and what was done, in order of beginning.
    fn watch(sizes: &[f64], threads: usize, budget: f64) -> (f64, Vec<usize>) {
        let now = Mutex::new((0.0_f64, 0.0_f64, Vec::new()));
        let work = |job: usize| {
            {
                let mut now = lock(&now);
                now.0 += sizes[job];
                now.1 = now.1.max(now.0);
                now.2.push(job);
            }
            std::thread::yield_now();
            lock(&now).0 -= sizes[job];
            Ok(())
        };
        side_by_side(sizes, threads, budget, work).unwrap();
        let (_, most, done) = now.into_inner().unwrap();
        (most, done)
    }

    #[test]
    fn every_job_is_done_once_and_within_the_budget() {
        let sizes: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 10 + 1)).collect();
        for threads in [1, 2, 8] {
            let (most, mut done) = watch(&sizes, threads, 12.0);
            assert!(most <= 12.0, "{most} at once");
            done.sort_unstable();
            assert!(done.into_iter().eq(0..200));
        }
    }

    #[test]
    fn one_thread_keeps_the_order_and_what_never_fits_is_done_alone() {
        assert_eq!(watch(&[3.0, 99.0, 1.0], 1, 10.0).1, [0, 1, 2]);
        let (most, done) = watch(&[3.0, 99.0, 1.0], 4, 10.0);
        assert!(most <= 99.0, "{most} at once");
        assert_eq!(done.len(), 3);
        assert_eq!(watch(&[], 4, 10.0).1, [0_usize; 0]);
    }

    #[test]
    fn nothing_begins_after_an_error() {
        let begun = Mutex::new(0);
        let work = |job: usize| {
            *lock(&begun) += 1;
            if job == 3 { Err(Failure::Invalid) } else { Ok(()) }
        };
        let failure = side_by_side(&[1.0; 50], 1, 10.0, work).unwrap_err();
        assert!(matches!(failure, Failure::Invalid));
        assert_eq!(begun.into_inner().unwrap(), 4);
    }
}
