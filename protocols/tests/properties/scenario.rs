//! Small worlds drawn from a case: who is up when, over which links, asked what.

use std::sync::Arc;

use dhtlab_core::author::*;
use dhtlab_core::engine::{Engine, Start};
use dhtlab_core::link::Links;
use dhtlab_core::link::jitter::Jitter;
use dhtlab_core::link::loss::Loss;
use dhtlab_core::link::model::{LinkModel, LinkSpec};
use dhtlab_core::place::Places;
use dhtlab_core::protocol::Protocol;
use dhtlab_core::seed::{Purpose, Stream};
use dhtlab_core::session::{Session, Sessions};
use dhtlab_core::world::World;

use super::common::{Log, add_operations, random_key, world};

/// What a small world is like. Every part can be absent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) nodes: u32,
    /// Of a hundred nodes.
    pub(crate) clients: u64,
    /// Mean length of a session and of the time between two; zero for nodes that stay.
    pub(crate) stay: Span,
    /// Of a thousand messages.
    pub(crate) lost: u64,
    /// How many operations, and how far apart.
    pub(crate) operations: u32,
    pub(crate) gap: Span,
    pub(crate) start: Start,
}

/// When everything is over.
pub(crate) const END: Time = Time::from_nanos(600_000_000_000);

/// The name and the size of a preset.
pub(crate) const NAMES: [&str; 5] =
    ["rust-libp2p-0.49", "paper-2002", "daa-prime", "daa-prime-high", "daa-prime-low"];

/// Links of which so many of a thousand messages are lost, no two pairs alike.
pub(crate) fn links(seed: u64, lost: u64) -> Links {
    let spec = LinkSpec {
        model: LinkModel::Uniform { min: Span::from_millis(10), max: Span::from_millis(120) },
        jitter: Jitter::None,
        loss: Loss::Bernoulli(Ratio::from_millionths(lost * 1_000)),
    };
    Links::new(&spec, dhtlab_core::seed::Seed(seed), Places::default())
}

impl Scenario {
    pub(crate) fn draw(&self) -> World {
        let mut world = world(self.nodes, self.seed);
        world.links = links(self.seed, self.lost);
        let mut roles = Stream::new(world.seed, Purpose::Roles, 0);
        for role in world.roles.iter_mut().skip(1) {
            *role = if roles.below(100) < self.clients { Role::Client } else { Role::Server };
        }
        world.sessions = self.sessions(&world);
        let keys: Vec<Key> = (1..6_u64).map(|n| Key::from_words([mix(n), n, 0, 0])).collect();
        let start = Time::ZERO + Span::from_secs(20);
        add_operations(&mut world, self.operations, start, self.gap, |number, stream| {
            let key = keys[stream.index(keys.len())];
            match stream.below(6) {
                0 => Command::Put { key, value: Value { version: number.into(), bytes: 500 } },
                1 => Command::Provide { key },
                2 => Command::GetProviders { key },
                3 => Command::Get { key },
                _ => Command::FindNode { target: random_key(stream) },
            }
        });
        world
    }

    /// Node 0 stays; the others come and go.
    fn sessions(&self, world: &World) -> Sessions {
        let mut sessions = Sessions::new();
        let always = Session { up: Time::ZERO, down: Time::NEVER, graceful: false };
        for node in 0..world.len() {
            if node == 0 || self.stay == Span::ZERO {
                let late = Session { up: Time::from_nanos(1 + node as u64 * 7_919), ..always };
                let joins = self.start == Start::Join;
                sessions.push_identity([if joins { late } else { always }]);
                continue;
            }
            let mut stream = Stream::new(world.seed, Purpose::Sessions, node as u64);
            let mut up = Time::from_nanos(stream.below(2) * stream.below(60_000_000_000));
            let mut own = Vec::new();
            while up < END {
                let mut draw = || Span::from_nanos(1 + stream.below(2 * self.stay.as_nanos()));
                let (down, next) = (up + draw(), draw());
                own.push(Session { up, down, graceful: stream.below(2) == 0 });
                up = down + next;
            }
            sessions.push_identity(own);
        }
        sessions
    }

    /// An engine of `P` in this world.
    pub(crate) fn engine<P: Protocol>(
        &self,
        params: P::Params,
        shards: u32,
    ) -> (Engine<P, Log>, Log) {
        let log = Log::default();
        let world = Arc::new(self.draw());
        (Engine::new(world, params, self.start, shards, |_| log.clone()), log)
    }
}
