//! Ctrl-C: the first one asks the runs to stop, the second one ends the program at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A signal that ends programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, or a batch system whose time is up.
    Terminate,
}

impl Signal {
    /// The exit code of a program that it ended.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Was the program asked to stop? Copies share the answer.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    number: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Listens from now on, for as long as the program lasts.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for (signal, meaning) in [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate)] {
            let code = meaning.exit_code();
            // In this order: the first signal finds the flag down, and sets it.
            flag::register_conditional_shutdown(signal, code.into(), Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&interrupt.number), code.into())?;
        }
        Ok(interrupt)
    }

    /// The signal that came.
    pub fn signal(&self) -> Option<Signal> {
        let number = self.number.load(Ordering::Relaxed);
        [Signal::Interrupt, Signal::Terminate]
            .into_iter()
            .find(|signal| usize::from(signal.exit_code()) == number)
    }
}
