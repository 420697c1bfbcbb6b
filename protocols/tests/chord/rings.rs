//! The truth about a ring, and what its members believe: pointers, Zave's invariant, the ideal ring.

use dhtlab_core::author::*;
use dhtlab_core::engine::Engine;
use dhtlab_core::observe::Observer;
use dhtlab_protocols::chord::{Chord, Peer, Vnode};

use crate::check::{Verdict, ensure};

/// The clockwise distance from `a` to `b`.
pub(crate) const fn away(a: u64, b: u64) -> u64 {
    b.wrapping_sub(a)
}

/// Is `x` strictly between `a` and `b`, clockwise? A walk from `a` that meets `b` at once goes all round.
pub(crate) const fn between(x: u64, a: u64, b: u64) -> bool {
    let whole = a == b;
    x != a && (whole || away(a, x) < away(a, b))
}

/// What one member believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belief {
    pub(crate) me: Peer,
    pub(crate) predecessor: Option<Peer>,
    pub(crate) successors: Vec<Peer>,
    /// By exponent from 63 down.
    pub(crate) fingers: Vec<Option<Peer>>,
}

impl Belief {
    fn of(vnode: &Vnode) -> Self {
        Self {
            me: vnode.peer(),
            predecessor: vnode.predecessor(),
            successors: vnode.successors().to_vec(),
            fingers: Vec::new(),
        }
    }

    fn with_fingers(vnode: &Vnode) -> Self {
        let fingers = (0..64).rev().map(|exponent| vnode.finger(exponent)).collect();
        Self { fingers, ..Self::of(vnode) }
    }
}

/// All live virtual nodes of an engine, in the order of the ring.
fn vnodes<O: Observer>(engine: &Engine<Chord, O>) -> Vec<&Vnode> {
    let all = (0..engine.world().len()).map(NodeIx::from_usize);
    let mut found: Vec<&Vnode> =
        all.filter_map(|node| engine.state(node)).flat_map(Chord::vnodes).collect();
    found.sort_unstable_by_key(|vnode| vnode.id());
    found
}

/// What all live members believe, in the order of the ring; without fingers.
pub(crate) fn beliefs<O: Observer>(engine: &Engine<Chord, O>) -> Vec<Belief> {
    vnodes(engine).into_iter().filter(|vnode| vnode.is_member()).map(Belief::of).collect()
}

/// The same with fingers.
pub(crate) fn pointers<O: Observer>(engine: &Engine<Chord, O>) -> Vec<Belief> {
    let members = vnodes(engine).into_iter().filter(|vnode| vnode.is_member());
    members.map(Belief::with_fingers).collect()
}

/// The live virtual nodes that are no members.
pub(crate) fn outside<O: Observer>(engine: &Engine<Chord, O>) -> usize {
    vnodes(engine).into_iter().filter(|vnode| !vnode.is_member()).count()
}

/// Zave's invariant on the members of a ring with lists of up to `r`.
///
/// Well-formed means here, where lists are not padded: members differ; a list has at least one and at
/// most `r` entries, in the order of the ring from its owner on and short of it, unless the owner is
/// all it lists. A failure may leave a list short until the next answer.
pub(crate) fn zave(members: &[Belief], r: usize) -> Verdict {
    let ids: Vec<u64> = members.iter().map(|member| member.me.id).collect();
    let distinct = ids.windows(2).all(|pair| pair[0] < pair[1]);
    ensure(distinct, || "I1: two members have one identifier".to_owned())?;
    for member in members {
        well_formed(member, r)?;
        let live = member.successors.iter().any(|peer| ids.binary_search(&peer.id).is_ok());
        ensure(live, || format!("I1: {:?} lists nobody who is there", member.me))?;
    }
    let principals = principals(members).len();
    ensure(principals > r, || {
        format!("I1: {principals} principals of {} members, r = {r}", members.len())
    })
}

fn well_formed(member: &Belief, r: usize) -> Verdict {
    let Belief { me, successors, .. } = member;
    let fits = !successors.is_empty() && successors.len() <= r;
    let alone = successors.len() == 1 && successors[0] == *me;
    let rising = successors.windows(2).all(|p| away(me.id, p[0].id) < away(me.id, p[1].id));
    let others = successors.iter().all(|peer| peer.id != me.id);
    ensure(fits && (alone || (rising && others)), || {
        format!("I1: the list of {me:?} is not well-formed: {successors:?}")
    })
}

/// The members whom no member skips: nobody has two neighbouring entries around them.
pub(crate) fn principals(members: &[Belief]) -> Vec<u64> {
    // What is skipped is a stretch of the sorted members: +1 where it begins, -1 behind its end.
    let ids: Vec<u64> = members.iter().map(|member| member.me.id).collect();
    let mut change = vec![0_i32; ids.len() + 1];
    let mut skip = |from: usize, to: usize| {
        change[from] += 1;
        change[to] -= 1;
    };
    for member in members {
        let list = member.successors.iter().map(|peer| peer.id);
        let extended: Vec<u64> = std::iter::once(member.me.id).chain(list).collect();
        for pair in extended.windows(2) {
            let first = ids.partition_point(|id| *id <= pair[0]);
            let last = ids.partition_point(|id| *id < pair[1]);
            if pair[0] < pair[1] {
                skip(first, last.max(first));
            } else {
                skip(first, ids.len());
                skip(0, last);
            }
        }
    }
    let mut depth = 0;
    let skipped = change.iter().map(|change| {
        depth += change;
        depth > 0
    });
    ids.iter().zip(skipped).filter(|(_, skipped)| !skipped).map(|(id, _)| *id).collect()
}

/// May the virtual nodes of `gone` fail at once? Zave's operating assumption: nobody is left without a
/// live entry, also not by an answer under way from one of them, and enough principals remain.
pub(crate) fn may_fail(members: &[Belief], gone: &[NodeIx], r: usize) -> bool {
    let stays = |peer: &Peer| !gone.contains(&peer.host);
    let left: Vec<Belief> = members.iter().filter(|member| stays(&member.me)).cloned().collect();
    let there = |peer: &&Peer| left.iter().any(|member| member.me.id == peer.id);
    let with_live = members.iter().all(|member| {
        let reach = if stays(&member.me) { r } else { r - 1 };
        member.successors.iter().take(reach).any(|peer| there(&peer))
    });
    with_live && principals(&left).len() > r
}

/// The ideal ring of these virtual nodes, sorted.
pub(crate) fn ideal(points: &[Peer], r: usize) -> Vec<Belief> {
    let count = points.len();
    let one = |place: usize| {
        let me = points[place];
        let after = |steps: usize| points[(place + steps) % count];
        let successors: Vec<Peer> = (1..=r.min(count - 1).max(1)).map(after).collect();
        let finger = |exponent: u32| {
            let start = me.id.wrapping_add(1 << exponent);
            let owner = points.iter().copied().min_by_key(|peer| away(start, peer.id))?;
            let trivial = away(me.id, successors[0].id) >= 1 << exponent || owner == me;
            (!trivial).then_some(owner)
        };
        Belief {
            me,
            predecessor: (count > 1).then(|| after(count - 1)),
            fingers: (0..64).rev().map(finger).collect(),
            successors,
        }
    };
    (0..count).map(one).collect()
}

/// I2: the members are all that are up, and believe what is true.
pub(crate) fn exact<O: Observer>(engine: &Engine<Chord, O>, r: usize) -> Verdict {
    let absent = outside(engine);
    ensure(absent == 0, || format!("I2: {absent} virtual nodes are no members"))?;
    let members = pointers(engine);
    let points: Vec<Peer> = members.iter().map(|member| member.me).collect();
    for (member, truth) in members.iter().zip(ideal(&points, r)) {
        ensure(member.successors == truth.successors, || {
            format!("I2: {:?} lists {:?}, not {:?}", member.me, member.successors, truth.successors)
        })?;
        ensure(member.predecessor == truth.predecessor, || {
            let (seen, truth) = (member.predecessor, truth.predecessor);
            format!("I2: the predecessor of {:?} is {seen:?}, not {truth:?}", member.me)
        })?;
        let wrong = (0..64).find(|place| member.fingers[*place] != truth.fingers[*place]);
        ensure(wrong.is_none(), || {
            let place = wrong.unwrap_or(0);
            let (seen, truth) = (member.fingers[place], truth.fingers[place]);
            format!("I2: finger {} of {:?} is {seen:?}, not {truth:?}", 63 - place, member.me)
        })?;
    }
    Ok(())
}
