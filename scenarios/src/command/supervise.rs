//! Waits for the runs, and for whoever wants them to stop: whatever a run is doing then, a marked folder with
//! those that are over is left within two seconds.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::execute::{Outcome, Work, execute};
use crate::exit::Failure;
use crate::manifest::{Manifest, Status, quote};

/// Between two looks at whether a signal came.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// So many looks after a signal, runs that do not stop are left to end with the program.
const PATIENCE: u32 = 25;

/// Makes the runs of `work` on a thread of their own. `output` is the folder that the user named.
///
/// # Errors
/// As [`execute`]; what is left of an interrupted or failed run is said in the failure.
pub fn supervise(work: Work, output: Option<&Path>) -> Result<Outcome, Failure> {
    let work = Arc::new(work);
    let (tell, told) = mpsc::channel();
    let worker = {
        let work = Arc::clone(&work);
        // Nobody may be left to tell.
        let runs = move || drop(tell.send(execute(&work)));
        thread::Builder::new().name("runs".to_owned()).spawn(runs)
    };
    let worker = worker.map_err(|error| Failure::Runtime(error.into()))?;
    let mut looks = 0;
    loop {
        match told.recv_timeout(LOOK_EVERY) {
            Ok(Ok(outcome)) => return Ok(outcome),
            Ok(Err(failure)) => {
                return Err(leave(&work, failure, output).unwrap_or_else(|same| same));
            }
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => return Err(Failure::Runtime(anyhow::anyhow!("the runs ended unheard"))),
            },
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(signal) = work.interrupt.signal() {
            looks += 1;
            if looks >= PATIENCE {
                looks = 0;
                // What is being sealed at this moment is about to be complete.
                if let Ok(failure) = leave(&work, Failure::interrupted(signal), output) {
                    return Err(failure);
                }
            }
        }
    }
}

/// Marks what is left, and adds to the failure where it is and how to go on.
///
/// # Errors
/// The same failure when nothing is left to be marked.
fn leave(work: &Work, failure: Failure, output: Option<&Path>) -> Result<Failure, Failure> {
    let signal = match failure {
        Failure::Interrupted { signal, .. } => Some(signal),
        _ => None,
    };
    let status = if signal.is_some() { Status::Interrupted } else { Status::Incomplete };
    let marked = work.folder.mark(&Manifest { status, ..work.manifest.clone() });
    // The folder has said that it is incomplete since its first moment: on a full disk that must do.
    let folder = match marked {
        Ok(None) => return Err(failure),
        Ok(Some(folder)) => folder,
        Err(_) => work.folder.path().to_owned(),
    };
    let (over, of) = (work.folder.store().finished().len(), work.manifest.runs);
    let kept = format!("{over} of {of} runs are over and kept in {}", folder.display());
    let named = output.is_some_and(|output| output == folder);
    let elsewhere = named
        || folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".partial"));
    let place = if elsewhere {
        format!(" -o {}", quote(&folder.display().to_string()))
    } else {
        String::new()
    };
    let command = work.manifest.reproduce.trim_start_matches("reproduce: ");
    let resume = format!("{command}{place} --resume computes what is missing");
    let mut help = vec![resume];
    if over > 0 {
        let folder = quote(&folder.display().to_string());
        help.push(format!("dhtlab report {folder} shows those that are over"));
    }
    Ok(match (failure, signal) {
        (_, Some(signal)) => {
            Failure::Interrupted { signal, message: format!("interrupted: {kept}"), help }
        }
        (Failure::Runtime(error), None) => {
            Failure::Unfinished { message: format!("{error:#}; {kept}"), help }
        }
        (other, None) => other,
    })
}
