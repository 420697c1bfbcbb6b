//! The members of one bucket in the order of their distance to a target.

use dhtlab_core::author::{Key, NodeIx};

use super::contacts::Contacts;
use super::keys::Keys;
use super::params::LIST_MAX;
use crate::rank::{RANK_MAX, rank};

const _: () = assert!(LIST_MAX <= RANK_MAX);

/// Adds the members of `bucket` to `out`, closest to `target` first, up to `limit` in all, without
/// `except`.
pub(super) fn sorted_into(
    (bucket, members): (usize, &[NodeIx]),
    target: Key,
    limit: usize,
    except: Option<NodeIx>,
    keys: &(impl Keys + ?Sized),
    out: &mut Contacts,
) {
    let known = u32::try_from(bucket + 1).unwrap_or(u32::MAX);
    let mut near = [NodeIx::new(0); LIST_MAX];
    let near = &mut near[..members.len()];
    if !rank(known, members, target, keys, near) {
        near.copy_from_slice(members);
        near.sort_unstable_by_key(|node| keys.key(*node).distance(target));
    }
    for &node in near.iter() {
        if out.len() >= limit {
            return;
        }
        if Some(node) != except {
            out.push(node);
        }
    }
}
