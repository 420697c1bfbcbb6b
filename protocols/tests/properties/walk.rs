//! L3 to L7 and L10: walks through networks of which some are silent, some refuse and some answer
//! late or twice.

use std::collections::BTreeSet;

use dhtlab_core::author::*;
use dhtlab_protocols::kademlia::lookup::{Mode, WalkRules};
use dhtlab_protocols::kademlia::params::WalkPolicy;
use proptest::prelude::*;

use super::check::{Sometimes, Verdict, always, ensure};
use super::wire::{Answer, Manner, Net, Trace};

/// Longer than any walk here may take.
const LONG: Span = Span::from_hours(10);
const PEER_TIMEOUT: Span = Span::from_secs(10);

pub(crate) fn key() -> impl Strategy<Value = Key> {
    any::<[u64; 4]>().prop_map(Key::from_words)
}

fn rules() -> impl Strategy<Value = WalkRules> {
    let policy = prop_oneof![Just(WalkPolicy::Libp2p), Just(WalkPolicy::Paper)];
    (policy, any::<bool>(), 1..8_u32, 1..21_u32).prop_map(|(policy, strict, alpha, results)| {
        let strict = strict || policy == WalkPolicy::Paper;
        WalkRules { policy, strict, alpha, results, peer_timeout: PEER_TIMEOUT }
    })
}

/// Out of ten peers so many do not answer in time.
fn manner(poor: u32) -> impl Strategy<Value = Manner> {
    let millis = |range: std::ops::Range<u64>| range.prop_map(Span::from_millis);
    prop_oneof![
        10 - poor => millis(10..400).prop_map(Manner::Answers),
        poor => prop_oneof![
            millis(10_000..15_000).prop_map(Manner::Answers),
            millis(10..20_000).prop_map(Manner::Refuses),
            millis(10_000..11_000).prop_map(Manner::Silent),
        ],
    ]
}

fn net(nodes: std::ops::Range<usize>) -> impl Strategy<Value = Net> {
    let keys = prop::collection::vec(key(), nodes);
    (keys, 1..21_usize, any::<u64>(), 0..9_u32, 1..9_usize, 1..33_usize).prop_flat_map(
        |(keys, k, salt, poor, echo, reply)| {
            let manners = prop::collection::vec(manner(poor), keys.len());
            manners.prop_map(move |manners| {
                let net = Net::refreshed(keys.clone(), k, salt);
                Net { manners, reply, echo, ..net }
            })
        },
    )
}

/// L3.
fn asks_once(trace: &Trace) -> Verdict {
    let mut asked = BTreeSet::new();
    for (peer, ..) in &trace.asked {
        ensure(asked.insert(*peer), || format!("L3: {peer:?} was asked twice"))?;
    }
    ensure(!asked.contains(&NodeIx::new(0)), || "L3: the walk asked its own node".to_owned())
}

/// L4: whoever is asked finds room; more than alpha while iterating is left over from being stalled.
fn within_capacity(trace: &Trace, rules: &WalkRules) -> Verdict {
    let (alpha, wide) = (rules.alpha as usize, rules.alpha.max(rules.results) as usize);
    for (peer, mode, in_flight) in &trace.asked {
        let bound = match mode {
            Mode::Iterating { .. } => alpha,
            Mode::Stalled => wide,
            Mode::Finished => 0,
        };
        ensure(*in_flight <= bound, || {
            format!("L4: {in_flight} in flight with {peer:?} in {mode:?}")
        })?;
    }
    Ok(())
}

/// L5: asks no more than it heard of, and is over when nobody is waited for any more.
fn ends(trace: &Trace) -> Verdict {
    ensure(trace.finished, || format!("L5: not over after {:?}", trace.took))?;
    let (asked, heard) = (trace.asked.len(), trace.heard.len());
    ensure(asked <= heard, || format!("L5: asked {asked}, heard of {heard}"))?;
    let longest = PEER_TIMEOUT * u64::try_from(asked).unwrap_or(u64::MAX);
    ensure(trace.took <= longest, || format!("L5: took {:?} for {asked}", trace.took))
}

/// L6: sorted and distinct, and all of them answered; and nobody closer who answered is left out.
fn results_answered(trace: &Trace, target: Key, keys: &[Key], results: u32) -> Verdict {
    let distance = |node: &NodeIx| keys[node.index()].distance(target);
    let sorted = trace.results.is_sorted_by(|a, b| distance(a) < distance(b));
    ensure(sorted, || format!("L6: out of order: {:?}", trace.results))?;
    let mut answered: Vec<NodeIx> = trace.answers.iter().map(|answer| answer.from).collect();
    answered.sort_by_key(distance);
    answered.truncate(results as usize);
    ensure(trace.results == answered, || format!("L6: {:?}, not {answered:?}", trace.results))
}

/// L7: the modes are those that counting answers without progress gives.
fn stalls_in_time(trace: &Trace, target: Key, keys: &[Key], rules: &WalkRules) -> Verdict {
    let distance = |node: &NodeIx| keys[node.index()].distance(target);
    let (mut known, mut idle, mut stalled) = (trace.seeds.clone(), 0, false);
    for Answer { from, named, before, after } in &trace.answers {
        known.sort_by_key(distance);
        let results = rules.results as usize;
        let (few, border) = match rules.policy {
            WalkPolicy::Libp2p => (known.len() < results, known.get(results - 1).or(known.last())),
            WalkPolicy::Paper => (false, known.first()),
        };
        let border = border.map(distance);
        let fresh: Vec<NodeIx> =
            named.iter().copied().filter(|node| !known.contains(node)).collect();
        let progress = few || fresh.iter().any(|node| Some(distance(node)) < border);
        known.extend(fresh);
        idle = if progress { 0 } else { idle + 1 };
        stalled = !progress && (stalled || idle >= rules.alpha);
        let as_stalled = *after == Mode::Stalled;
        ensure(as_stalled == stalled || *before == Mode::Finished, || {
            format!("L7: {before:?} to {after:?} by {from:?} after {idle} without progress")
        })?;
    }
    Ok(())
}

#[derive(Default)]
struct Counts {
    stalled: Sometimes,
    resumed: Sometimes,
    over: Sometimes,
    failed: Sometimes,
    late: Sometimes,
    echoes: Sometimes,
    beyond: Sometimes,
}

impl Counts {
    fn note(&self, trace: &Trace, rules: &WalkRules) {
        let modes = || trace.answers.iter().map(|answer| (answer.before, answer.after));
        self.stalled.note(modes().any(|(_, after)| after == Mode::Stalled));
        let resumes = |(before, after)| before == Mode::Stalled && after != Mode::Stalled;
        self.resumed.note(modes().any(resumes));
        let many = trace.asked.iter().any(|asked| asked.2 > rules.alpha as usize);
        self.over.note(many);
        self.failed.note(trace.failures > 0);
        self.late.note(trace.late > 0);
        self.echoes.add(trace.echoes.into());
        self.beyond.note(trace.asked.len() > rules.results as usize);
    }
}

#[test]
fn walks_ask_once_within_capacity_and_end_with_who_answered() {
    let counts = Counts::default();
    always(400, &(net(1..90), rules(), key()), |(net, rules, target)| {
        let trace = net.walk(target, rules, LONG);
        counts.note(&trace, &rules);
        asks_once(&trace)?;
        within_capacity(&trace, &rules)?;
        ends(&trace)?;
        results_answered(&trace, target, &net.keys, rules.results)?;
        stalls_in_time(&trace, target, &net.keys, &rules)?;
        ensure(trace.echoes_taken == 0, || "an answer was taken twice or unasked".to_owned())
    });
    counts.stalled.happened("a walk stalled", 100);
    counts.resumed.happened("a stalled walk made progress", 5);
    counts.over.happened("more than alpha were in flight", 50);
    counts.failed.happened("a peer failed", 100);
    counts.late.happened("an answer came late", 50);
    counts.echoes.happened("an answer came twice", 500);
    counts.beyond.happened("more were asked than results wanted", 100);
}

/// L10: whoever answers names dead peers too; what is found is the same.
#[test]
fn dead_peers_change_the_cost_of_a_walk_and_not_its_result() {
    let (costly, found) = (Sometimes::default(), Sometimes::default());
    let dead = prop::collection::vec((key(), any::<u64>()), 1..12);
    let keys = prop::collection::vec(key(), 2..80);
    let cases = (keys, dead, rules(), key(), any::<u64>(), any::<bool>());
    always(200, &cases, |(keys, dead, rules, target, salt, close)| {
        let results = rules.results.max(2);
        let rules = WalkRules { results, ..rules };
        let k = results as usize;
        let live = Net { reply: k, ..Net::refreshed(keys.clone(), k, salt) };
        let mut net = live.clone();
        for (anywhere, who) in &dead {
            let node = NodeIx::from_usize(net.keys.len());
            // The worst are those next to the target: they are asked and waited for.
            net.keys.push(if close { target.with_tail(64, *anywhere) } else { *anywhere });
            net.tables.push(Vec::new());
            let manner = if who % 2 == 0 {
                Manner::Silent(PEER_TIMEOUT)
            } else {
                Manner::Refuses(Span::from_millis(100))
            };
            net.manners.push(manner);
            for (number, table) in net.tables[..keys.len()].iter_mut().enumerate() {
                if mix(who ^ number as u64) & 3 > 0 {
                    table.push(node);
                }
            }
        }
        // In the place of nobody: lists have room for them.
        net.reply = k + dead.len();
        let (with, without) = (net.walk(target, rules, LONG), live.walk(target, rules, LONG));
        costly.note(with.took > without.took);
        found.note(with.results.len() == k);
        ends(&with)?;
        ensure(with.results == without.results, || {
            format!("L10: {:?}, not {:?}", with.results, without.results)
        })
    });
    costly.happened("dead peers cost time", 100);
    found.happened("there were results", 100);
}

/// The planted bugs: a trace is spoilt in one place at a time.
#[test]
fn walks_that_break_their_rules_are_noticed() {
    let keys: Vec<Key> = (0..60_u64).map(|n| Key::from_words([mix(n), n, 0, 0])).collect();
    let net = Net::refreshed(keys.clone(), 20, 1);
    let rules = WalkRules {
        policy: WalkPolicy::Libp2p,
        strict: false,
        alpha: 3,
        results: 20,
        peer_timeout: PEER_TIMEOUT,
    };
    let target = Key::from_words([mix(99), 0, 0, 0]);
    let good = net.walk(target, rules, LONG);
    let spoilt = |spoil: &dyn Fn(&mut Trace)| {
        let mut trace = good.clone();
        spoil(&mut trace);
        trace
    };
    let refused = |verdict: Verdict, law: &str| assert!(verdict.unwrap_err().starts_with(law));
    refused(asks_once(&spoilt(&|t| t.asked.push(t.asked[0]))), "L3");
    refused(asks_once(&spoilt(&|t| t.asked[4].0 = NodeIx::new(0))), "L3");
    refused(within_capacity(&spoilt(&|t| t.asked[0].2 = 4), &rules), "L4");
    refused(ends(&spoilt(&|t| t.finished = false)), "L5");
    refused(ends(&spoilt(&|t| t.heard.clear())), "L5");
    let results = |trace: &Trace| results_answered(trace, target, &keys, rules.results);
    refused(results(&spoilt(&|t| t.results.swap(0, 1))), "L6");
    refused(results(&spoilt(&|t| t.results[1] = t.results[0])), "L6");
    refused(results(&spoilt(&|t| drop(t.answers.remove(0)))), "L6");
    refused(results(&spoilt(&|t| t.results.truncate(19))), "L6");
    let stalls = |trace: &Trace| stalls_in_time(trace, target, &keys, &rules);
    assert_eq!(stalls(&good), Ok(()));
    let first = good.answers.iter().position(|answer| answer.after == Mode::Stalled).unwrap();
    refused(stalls(&spoilt(&|t| t.answers[first - 1].after = Mode::Stalled)), "L7");
    let early = WalkRules { alpha: 2, ..rules };
    refused(stalls_in_time(&good, target, &keys, &early), "L7");
}
