//! Loss: whether a message arrives at all.

use crate::ratio::Ratio;
use crate::seed::mix;

/// How messages are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// None is.
    None,
    /// Each alike and for itself.
    Bernoulli(Ratio),
    /// In bursts (Gilbert and Elliott): each sender is in a good or a bad state, changes it before
    /// each message with a fixed probability, and loses at the rate of its state.
    ///
    /// The bad share is `p / (p + r)`, a bad stretch is `1 / r` messages long on average.
    GilbertElliott {
        /// From good to bad.
        p: Ratio,
        /// From bad to good.
        r: Ratio,
        /// The share lost in the good state.
        loss_good: Ratio,
        /// The share lost in the bad state.
        loss_bad: Ratio,
    },
}

impl Loss {
    /// The simple channel of Gilbert: nothing is lost in the good state, everything in the bad.
    pub const fn gilbert(p: Ratio, r: Ratio) -> Self {
        Self::GilbertElliott { p, r, loss_good: Ratio::ZERO, loss_bad: Ratio::ONE }
    }

    /// Can a message be lost at all?
    pub const fn possible(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bernoulli(share) => !share.is_zero(),
            Self::GilbertElliott { p, loss_good, loss_bad, .. } => {
                !loss_good.is_zero() || (!p.is_zero() && !loss_bad.is_zero())
            }
        }
    }
}

/// A probability made ready: a draw below the threshold, or always.
#[derive(Clone, Copy, Debug)]
struct Gate {
    below: u64,
    always: bool,
}

impl Gate {
    fn new(ratio: Ratio) -> Self {
        Self { below: ratio.threshold(), always: ratio.is_one() }
    }

    const fn hit(self, bits: u64) -> bool {
        self.always || bits < self.below
    }
}

/// Loss made ready: thresholds instead of ratios.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sieve {
    possible: bool,
    /// Good to bad, bad to good.
    turn: Option<[Gate; 2]>,
    /// In the good state, in the bad state.
    lose: [Gate; 2],
}

/// Sets the loss draws apart from the jitter's, should the engine use one word for both.
const SALT: u64 = 0x6c6f_7373;

impl Sieve {
    /// Nothing is lost.
    pub(super) const NONE: Self = Self {
        possible: false,
        turn: None,
        lose: [Gate { below: 0, always: false }, Gate { below: 0, always: false }],
    };

    pub(super) fn new(loss: Loss) -> Self {
        let possible = loss.possible();
        match loss {
            Loss::None => Self::NONE,
            Loss::Bernoulli(share) => Self { possible, turn: None, lose: [Gate::new(share); 2] },
            Loss::GilbertElliott { p, r, loss_good, loss_bad } => Self {
                possible,
                turn: Some([Gate::new(p), Gate::new(r)]),
                lose: [Gate::new(loss_good), Gate::new(loss_bad)],
            },
        }
    }

    pub(super) const fn possible(&self) -> bool {
        self.possible
    }

    /// Is the message with this `draw` lost? `bad` is the sender's state.
    pub(super) fn lost(&self, bad: &mut bool, draw: u64) -> bool {
        if !self.possible {
            return false;
        }
        let bits = mix(draw ^ SALT);
        if let Some(turn) = self.turn {
            *bad ^= turn[usize::from(*bad)].hit(mix(bits ^ SALT));
        }
        self.lose[usize::from(*bad)].hit(bits)
    }
}

#[cfg(test)]
#[expect(clippy::float_arithmetic, reason = "statistics of a test")]
mod tests {
    use super::*;
    use crate::seed::{Draw, Rng};

    fn ratio(numerator: u64, denominator: u64) -> Ratio {
        Ratio::new(numerator, denominator).unwrap()
    }

    fn pattern(loss: Loss, count: usize) -> Vec<bool> {
        let sieve = Sieve::new(loss);
        let mut rng = Rng::from_state(17);
        let mut bad = false;
        (0..count).map(|_| sieve.lost(&mut bad, rng.next_u64())).collect()
    }

    fn share(pattern: &[bool]) -> f64 {
        let lost = pattern.iter().filter(|lost| **lost).count();
        f64::from(u32::try_from(lost).unwrap()) / f64::from(u32::try_from(pattern.len()).unwrap())
    }

    /// The stationary loss, the length of a burst, and the loss after a loss, each within five
    /// standard errors at the effective number of messages `n (p + r) / (2 - p - r)`.
    #[test]
    fn bursts_are_as_frequent_and_as_long_as_the_chain_says() {
        for (p, r) in [(10, 300), (5, 350), (20, 250), (300, 500)] {
            let loss = Loss::gilbert(ratio(p, 1_000), ratio(r, 1_000));
            let seen = pattern(loss, 1_000_000);
            let float = |permille: u64| f64::from(u32::try_from(permille).unwrap()) / 1e3;
            let (p, r) = (float(p), float(r));
            let expected = p / (p + r);
            let effective = 1e6 * (p + r) / (2.0 - p - r);
            let gate = 5.0 * (expected * (1.0 - expected) / effective).sqrt();
            assert!((share(&seen) - expected).abs() < gate, "{p} {r}: {}", share(&seen));

            let bursts = seen.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            let bursts = f64::from(u32::try_from(bursts).unwrap());
            let burst = share(&seen) * 1e6 / bursts;
            let gate = 5.0 * ((1.0 - r) / (r * r) / bursts).sqrt();
            assert!((burst - 1.0 / r).abs() < gate, "{p} {r}: {burst}");
        }
    }

    #[test]
    fn both_states_lose_at_their_own_rate() {
        let loss = Loss::GilbertElliott {
            p: ratio(1, 10),
            r: ratio(3, 10),
            loss_good: ratio(1, 100),
            loss_bad: ratio(1, 2),
        };
        let seen = share(&pattern(loss, 1_000_000));
        assert!((seen - (0.01 * 0.75 + 0.5 * 0.25)).abs() < 0.003, "{seen}");
    }

    /// The planted bug: a channel that forgets its state has the right loss and the wrong bursts.
    #[test]
    fn a_channel_without_memory_has_no_bursts() {
        let seen = pattern(Loss::Bernoulli(ratio(1, 31)), 1_000_000);
        assert!((share(&seen) - 1.0 / 31.0).abs() < 5.0 * (0.0313_f64 / 1e6).sqrt());
        let bursts = seen.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        let burst = share(&seen) * 1e6 / f64::from(u32::try_from(bursts).unwrap());
        assert!(burst < 1.1, "{burst}");
    }

    /// Retries over a lossy exchange: `q = 1 - (1 - p)^2` a try, `q / (1 - q)` timeouts on average,
    /// and `q^m` failures of `m` tries.
    #[test]
    fn retries_fail_as_often_as_the_formula_says() {
        let sieve = Sieve::new(Loss::Bernoulli(ratio(1, 10)));
        let mut rng = Rng::from_state(23);
        let mut bad = false;
        let mut fails = |rng: &mut Rng| {
            let there = sieve.lost(&mut bad, rng.next_u64());
            let back = sieve.lost(&mut bad, rng.next_u64());
            there || back
        };
        let q: f64 = 1.0 - 0.81;
        let (mut timeouts, mut given_up) = (0_u32, 0_u32);
        for _ in 0..200_000 {
            let mut tries = 0;
            while fails(&mut rng) {
                tries += 1;
            }
            timeouts += tries;
            given_up += u32::from(tries >= 3);
        }
        let mean = f64::from(timeouts) / 2e5;
        let gate = 5.0 * (q / ((1.0 - q) * (1.0 - q)) / 2e5).sqrt();
        assert!((mean - q / (1.0 - q)).abs() < gate, "{mean}");
        let failed = f64::from(given_up) / 2e5;
        let expected = q * q * q;
        assert!((failed - expected).abs() < 5.0 * (expected / 2e5).sqrt(), "{failed}");
    }

    #[test]
    fn what_cannot_be_lost_is_not() {
        for loss in
            [Loss::None, Loss::Bernoulli(Ratio::ZERO), Loss::gilbert(Ratio::ZERO, Ratio::ONE)]
        {
            assert!(!loss.possible() && pattern(loss, 100).iter().all(|lost| !lost), "{loss:?}");
        }
        assert!(pattern(Loss::Bernoulli(Ratio::ONE), 100).iter().all(|lost| *lost));
    }
}
