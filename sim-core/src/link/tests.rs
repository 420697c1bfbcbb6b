use super::*;
use crate::link::jitter::Jitter;
use crate::link::loss::Loss;
use crate::link::table::RegionTable;
use crate::place::Placer;
use crate::ratio::Ratio;
use crate::seed::Rng;

const SEED: Seed = Seed(5);

/// Links of `model` between nodes numbered by region, as a world numbers them.
fn links(model: LinkModel, jitter: Jitter, nodes: u32) -> Links {
    let spec = LinkSpec { model, jitter, loss: Loss::None };
    spec.validate().unwrap();
    let drawn = Placer::new(SEED, &spec.model);
    let order = spec.model.region_order();
    let rank = |slot: &u32| order.iter().position(|r| *r == usize::from(drawn.region(*slot)));
    let mut slots: Vec<u32> = (0..nodes).collect();
    slots.sort_by_key(rank);
    let mut places = Places::default();
    for slot in slots {
        drawn.push(slot, drawn.region(slot), 1, &mut places);
    }
    Links::new(&spec, SEED, places)
}

fn models() -> Vec<LinkModel> {
    let ms = Span::from_millis;
    let points = read::coordinates("1 0 0 h 1\n2 30 40 h 5\n3 -7 9 2", ms(1)).unwrap();
    let measure = read::Measure { unit: ms(1), round_trip: true };
    vec![
        LinkModel::Constant { one_way: ms(40) },
        LinkModel::Uniform { min: ms(10), max: ms(90) },
        LinkModel::LogNormal { median: ms(72), sigma: 0.74, floor: ms(5) },
        LinkModel::Regions(RegionTable::aws_2019()),
        LinkModel::Regions(RegionTable::simblock_2019()),
        LinkModel::Regions(RegionTable::wondernetwork_2018()),
        LinkModel::Synthetic,
        LinkModel::Coordinates(points),
        LinkModel::Matrix(read::matrix("0 10 20\n12 0 7\n20 7 0", measure).unwrap()),
    ]
}

fn jitters() -> [Jitter; 3] {
    [Jitter::None, Jitter::Uniform { share: Ratio::from_millionths(200_000) }, Jitter::MEASURED]
}

/// What windows of several shards rest on: no delay across a cut is below the floor.
#[test]
fn no_delay_across_a_cut_is_below_the_floor() {
    const NODES: u32 = 300;
    for model in models() {
        for jitter in jitters() {
            let links = links(model.clone(), jitter, NODES);
            for parts in [2, 3, 4] {
                let mut ends = links.cuts(NODES, parts);
                assert_eq!(ends.len() + 1, parts as usize);
                ends.push(NODES);
                let mut rng = Rng::from_state(1);
                let cut = ends[0];
                let floor = links.floor_between(0..cut, cut..NODES);
                assert!(floor > Span::ZERO);
                for _ in 0..20_000 {
                    let a = NodeIx::from_usize(rng.index(cut as usize));
                    let b = NodeIx::from_usize(cut as usize + rng.index((NODES - cut) as usize));
                    let (there, back) = (rng.next_u64(), rng.next_u64() >> 40);
                    assert!(links.delay(a, b, there) >= floor, "{model:?} {jitter:?}");
                    assert!(links.delay(b, a, back) >= floor, "{model:?} {jitter:?}");
                }
            }
        }
    }
}

#[test]
fn cuts_run_along_oceans_and_leave_no_part_small() {
    const NODES: u32 = 11_000;
    for (table, two, four) in [
        (RegionTable::aws_2019(), 48, 11),
        (RegionTable::simblock_2019(), 62, 5),
        (RegionTable::wondernetwork_2018(), 53, 10),
    ] {
        let links = links(LinkModel::Regions(table), Jitter::None, NODES);
        for (parts, least) in [(2, two), (4, four)] {
            let mut ends = links.cuts(NODES, parts);
            ends.push(NODES);
            let ranges: Vec<Range<u32>> = ends
                .iter()
                .scan(0, |start, end| Some(std::mem::replace(start, *end)..*end))
                .collect();
            for (i, a) in ranges.iter().enumerate() {
                assert!((a.end - a.start) * parts * 100 >= NODES * 35, "{ranges:?}");
                for b in &ranges[..i] {
                    let floor = links.floor_between(a.clone(), b.clone());
                    assert!(floor >= Span::from_millis(least), "{parts}: {floor} {ranges:?}");
                }
            }
        }
    }
}

#[test]
fn the_delay_of_a_pair_is_its_own_and_the_same_both_ways() {
    for model in &models()[..3] {
        let links = links(model.clone(), Jitter::None, 100);
        let mut rng = Rng::from_state(3);
        let (a, b) = (NodeIx::new(17), NodeIx::new(80));
        let base = links.delay(a, b, rng.next_u64());
        for _ in 0..10 {
            assert_eq!(links.delay(a, b, rng.next_u64()), base);
            assert_eq!(links.delay(b, a, rng.next_u64()), base);
        }
    }
}

#[test]
fn pairs_follow_the_lognormal_law() {
    let (median, sigma) = (Span::from_millis(72), 0.74);
    let model = LinkModel::LogNormal { median, sigma, floor: Span::from_millis(1) };
    let links = links(model, Jitter::None, 300);
    let mut seen: Vec<Span> = (0..300)
        .flat_map(|a| (0..a).map(move |b| (NodeIx::new(a), NodeIx::new(b))))
        .map(|(a, b)| links.base_delay(a, b))
        .collect();
    seen.sort_unstable();
    let law = Law::LogNormal { median, sigma };
    for (share, place) in [(0.05, 20), (0.25, 4), (0.5, 2)] {
        let at = law.cdf(seen[seen.len() / place]);
        // 44 850 pairs: five standard errors are at most 0.012.
        assert!((at..=at + 0.024).contains(&(share + 0.012)), "{share}: {at}");
    }
}

#[test]
fn jitter_stays_within_its_share_and_has_its_median() {
    let base = Span::from_millis(100);
    let share = Ratio::from_millionths(50_000);
    let uniform = Factors::new(Jitter::Uniform { share });
    assert_eq!(uniform.apply(base, 0), Span::from_nanos(94_999_999));
    assert_eq!(uniform.apply(base, 1 << 63), base);
    assert!(uniform.apply(base, u64::MAX) <= Span::from_millis(105));
    let lognormal = Factors::new(Jitter::LogNormal { share, sigma: 1.0 });
    let middle = lognormal.apply(base, 1 << 63);
    assert!(middle.as_nanos().abs_diff(105_000_000) < 10_000, "{middle}");
    assert!(lognormal.least(base) >= base && lognormal.apply(base, 0) == lognormal.least(base));
}

#[test]
fn regions_are_numbered_in_stretches_and_have_their_shares() {
    let links = links(LinkModel::Regions(RegionTable::simblock_2019()), Jitter::None, 20_000);
    assert_eq!(links.runs.len(), 6);
    let mut counts = [0_u32; 6];
    for node in 0..20_000 {
        counts[usize::from(links.region_of(NodeIx::new(node)))] += 1;
    }
    // Five standard errors of a binomial share.
    for (count, per_myriad, gate) in
        [(counts[0], 3_316, 333), (counts[1], 4_998, 354), (counts[2], 90, 67)]
    {
        assert!(count.abs_diff(2 * per_myriad) < gate, "{counts:?}");
    }
    assert_eq!(links.region_names()[4], "japan");
}

#[test]
fn loss_and_jitter_of_one_word_are_independent() {
    let mut spec = LinkSpec::plain(LinkModel::Constant { one_way: Span::from_millis(100) });
    spec.jitter = Jitter::Uniform { share: Ratio::from_millionths(100_000) };
    spec.loss = Loss::Bernoulli(Ratio::from_millionths(100_000));
    let links = Links::new(&spec, SEED, Places::default());
    let mut rng = Rng::from_state(8);
    let (mut early_lost, mut late_lost) = (0_u32, 0_u32);
    for _ in 0..100_000 {
        let draw = rng.next_u64();
        let early = links.delay(NodeIx::new(0), NodeIx::new(1), draw) < Span::from_millis(100);
        let lost = u32::from(links.lost(&mut false, draw));
        if early { early_lost += lost } else { late_lost += lost }
    }
    // Each is 5000 with a standard error of 69.
    assert!(early_lost.abs_diff(5_000) < 350 && late_lost.abs_diff(5_000) < 350);
}
