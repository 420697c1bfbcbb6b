//! Where to cut a network into parts that run alone for as long as possible.
//!
//! Parts exchange messages no sooner than the least delay between them, so a good cut runs along an
//! ocean. Regions are numbered so that such a cut exists: first halves, then halves of halves.

use crate::time::Span;

/// Above this many regions the halves are not searched for: the order stays as it is.
const SEARCHED_MAX: usize = 16;

/// A part has at least 35 % of an even share.
const fn is_fair(part: u64, all: u64, parts: u64) -> bool {
    part.saturating_mul(parts).saturating_mul(100) >= all.saturating_mul(35)
}

/// An order of the regions `0..shares.len()` in which a cut in the middle separates far regions.
///
/// `delay` gives the least delay between two regions. Tries every way to halve them; the best has
/// the largest product of least delay across and size of the smaller half.
pub(super) fn order(shares: &[u64], delay: &dyn Fn(usize, usize) -> Span) -> Vec<usize> {
    let mut regions: Vec<usize> = (0..shares.len()).collect();
    if regions.len() <= SEARCHED_MAX {
        halve(&mut regions, shares, delay);
    }
    regions
}

fn halve(regions: &mut [usize], shares: &[u64], delay: &dyn Fn(usize, usize) -> Span) {
    if regions.len() < 3 {
        return;
    }
    let all: u64 = regions.iter().map(|region| shares[*region]).sum();
    let mut best = (0, 0_u32);
    // The first region is always in the first half: the other halvings are the same ones mirrored.
    for bits in 0..(1_u32 << (regions.len() - 1)) - 1 {
        let mask = bits << 1 | 1;
        let inside = |place: usize| mask >> place & 1 == 1;
        let first: u64 =
            (0..regions.len()).filter(|i| inside(*i)).map(|i| shares[regions[i]]).sum();
        let smaller = first.min(all - first);
        if !is_fair(smaller, all, 2) {
            continue;
        }
        let across = (0..regions.len())
            .filter(|i| inside(*i))
            .flat_map(|i| (0..regions.len()).filter(|j| !inside(*j)).map(move |j| (i, j)));
        let least = across
            .map(|(i, j)| delay(regions[i], regions[j]).min(delay(regions[j], regions[i])))
            .min()
            .unwrap_or(Span::ZERO);
        let score = u128::from(least.as_nanos()) * u128::from(smaller);
        if score > best.0 {
            best = (score, mask);
        }
    }
    if best.0 == 0 {
        return;
    }
    let before: Vec<usize> = regions.to_vec();
    let chosen = |i: &usize| best.1 >> i & 1 == 1;
    let first: Vec<usize> = (0..before.len()).filter(chosen).map(|i| before[i]).collect();
    let second = (0..before.len()).filter(|i| !chosen(i)).map(|i| before[i]);
    let split = first.len();
    for (place, region) in regions.iter_mut().zip(first.into_iter().chain(second)) {
        *place = region;
    }
    let (first, second) = regions.split_at_mut(split);
    halve(first, shares, delay);
    halve(second, shares, delay);
}

/// Even cuts of `0..nodes` into `parts`.
pub(super) fn even(nodes: u32, parts: u32) -> Vec<u32> {
    (1..parts)
        .map(|part| {
            u32::try_from(u64::from(nodes) * u64::from(part) / u64::from(parts)).unwrap_or(nodes)
        })
        .collect()
}

/// Cuts of `0..nodes` into `parts` at some of the `borders` (ascending node numbers), so that the
/// least delay between any two parts, as `floor` gives it, is largest; the fairest of equals. `None`
/// when the borders allow no fair cut.
pub(super) fn at_borders(
    nodes: u32,
    parts: u32,
    borders: &[u32],
    floor: &dyn Fn(std::ops::Range<u32>, std::ops::Range<u32>) -> Span,
) -> Option<Vec<u32>> {
    let mut search = Search { nodes, parts, borders, floor, chosen: Vec::new(), best: None };
    search.extend(0, Span::MAX);
    search.best.map(|(_, _, cuts)| cuts)
}

struct Search<'a> {
    nodes: u32,
    parts: u32,
    borders: &'a [u32],
    floor: &'a dyn Fn(std::ops::Range<u32>, std::ops::Range<u32>) -> Span,
    chosen: Vec<u32>,
    /// Least delay, size of the smallest part, cuts.
    best: Option<(Span, u32, Vec<u32>)>,
}

impl Search<'_> {
    /// Tries every continuation of the chosen cuts with borders from `next` on; `least` is the least
    /// delay between the parts closed so far.
    fn extend(&mut self, next: usize, least: Span) {
        let open = self.chosen.last().copied().unwrap_or(0);
        if self.chosen.len() + 1 == self.parts as usize {
            self.close(open, least);
            return;
        }
        for place in next..self.borders.len() {
            let border = self.borders[place];
            if !self.fair(open, border) {
                continue;
            }
            let least = least.min(self.floor_before(open..border));
            if self.best.as_ref().is_some_and(|best| least < best.0) {
                continue;
            }
            self.chosen.push(border);
            self.extend(place + 1, least);
            self.chosen.pop();
        }
    }

    fn close(&mut self, open: u32, least: Span) {
        if !self.fair(open, self.nodes) {
            return;
        }
        let least = least.min(self.floor_before(open..self.nodes));
        let ends = self.chosen.iter().copied().chain([self.nodes]);
        let starts = [0].into_iter().chain(self.chosen.iter().copied());
        let smallest = starts.zip(ends).map(|(start, end)| end - start).min().unwrap_or(0);
        if self.best.as_ref().is_none_or(|best| (least, smallest) > (best.0, best.1)) {
            self.best = Some((least, smallest, self.chosen.clone()));
        }
    }

    fn fair(&self, start: u32, end: u32) -> bool {
        is_fair(u64::from(end - start), u64::from(self.nodes), u64::from(self.parts))
    }

    /// The least delay between `part` and any part before it.
    fn floor_before(&self, part: std::ops::Range<u32>) -> Span {
        let mut start = 0;
        let mut least = Span::MAX;
        for &end in self.chosen.iter().filter(|end| **end <= part.start) {
            let there = (self.floor)(start..end, part.clone());
            least = least.min(there).min((self.floor)(part.clone(), start..end));
            start = end;
        }
        least
    }
}
