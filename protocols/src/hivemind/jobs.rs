//! What a node pursues: searches, stores and reads, each with a search of its own.

use dhtlab_core::author::{Cause, Command, Ctx, Finish, NodeIx, OpId, Outcome, Traffic, Value};

use super::call::Token;
use super::get::Get;
use super::hunt::Hunt;
use super::message::Findings;
use super::nearest::Nearest;
use super::node::Hivemind;
use super::pending::Pending;
use super::put::Put;
use super::renewal::Renewals;

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// An operation on one key.
    One(OpId),
    /// An operation on a batch.
    Many(OpId),
    /// The renewal of what is cached.
    Renewal,
}

/// What a search is for.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// The nearest nodes themselves.
    Nearest(Nearest),
    /// To store at them.
    Put(Put),
    /// To read on the way.
    Get(Get),
}

/// A search and what it is for.
#[derive(Clone, Debug)]
pub(super) struct Job {
    number: u32,
    pub(super) hunt: Hunt,
    pub(super) work: Work,
}

/// All jobs of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    /// In order of number.
    #[expect(
        clippy::vec_box,
        reason = "a job is large, moves when others end, and most nodes have none"
    )]
    list: Vec<Box<Job>>,
    next: u32,
    /// The reads under way, by key.
    pub(super) pending: Pending,
    /// What is cached and to be read again.
    pub(super) renewals: Renewals,
}

impl Jobs {
    /// The number that the next job will have.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// Begins a job.
    pub(super) fn push(&mut self, hunt: Hunt, work: Work) -> u32 {
        let number = self.next;
        self.next = self.next.checked_add(1).expect("fewer than 2^32 jobs of one node");
        self.list.push(Box::new(Job { number, hunt, work }));
        number
    }

    /// Job `number`, unless it has ended.
    pub(super) fn get(&mut self, number: u32) -> Option<&mut Job> {
        let at = self.list.binary_search_by_key(&number, |job| job.number).ok()?;
        self.list.get_mut(at).map(|job| &mut **job)
    }

    /// A word of each job.
    pub(super) fn glance(&self) -> u64 {
        self.list.iter().fold(0, |word, job| word ^ u64::from(job.number))
    }

    /// A word of what the search of job `number` will need for the answer to `slot`.
    pub(super) fn glance_at(&self, number: u32, slot: u32) -> u64 {
        let at = self.list.binary_search_by_key(&number, |job| job.number);
        at.map_or(0, |at| self.list[at].hunt.search.glance(slot))
    }

    /// Ends job `number`.
    pub(super) fn remove(&mut self, number: u32) -> Option<Box<Job>> {
        let at = self.list.binary_search_by_key(&number, |job| job.number).ok()?;
        let job = self.list.remove(at);
        if self.list.is_empty() {
            // Most nodes are idle most of the time: give the memory back.
            self.list = Vec::new();
        }
        Some(job)
    }
}

/// What is sent to store something on behalf of `cause`: upkeep stays upkeep.
pub(super) fn storing(cause: Cause) -> Cause {
    if cause.op().is_some() { cause.serving(Traffic::Store) } else { cause }
}

impl Hivemind {
    /// Begins operation `op`.
    pub(super) fn command(&mut self, op: OpId, command: Command, ctx: &mut Ctx<'_, Self>) {
        ctx.attribute(Cause::operation(op, Traffic::Lookup));
        match command {
            Command::FindNode { target } => self.find_nodes(op, target, ctx),
            Command::Put { key, value } => self.put_one(op, key, value, ctx),
            Command::PutMany { items } => self.put_many(op, ctx.items(items), ctx),
            Command::Get { key } => {
                let latest = ctx.params().read_latest;
                self.get_one(op, key, latest, ctx);
            }
            Command::GetMany { items, latest } => {
                self.get_many(op, ctx.items(items), latest, ctx);
            }
            Command::Delete { .. }
            | Command::Range { .. }
            | Command::Provide { .. }
            | Command::GetProviders { .. } => {
                ctx.finish(op, &Finish::bare(Outcome::Unsupported));
            }
        }
    }

    /// The find request with `token` is over: `from` answered, or failed.
    pub(super) fn find_ended(
        &mut self,
        token: Token,
        from: NodeIx,
        answer: Option<Box<Findings>>,
        ctx: &mut Ctx<'_, Self>,
    ) {
        let Token { job: number, part: slot } = token;
        let Some(job) = self.jobs.get(number) else { return };
        job.hunt.spent.end(answer.is_some());
        match answer {
            None => job.hunt.search.fail(slot),
            Some(findings) => self.hear(number, slot, from, *findings, ctx),
        }
        self.pursue(number, ctx);
    }

    /// Goes on with job `number` as far as it gets without an answer.
    pub(super) fn pursue(&mut self, number: u32, ctx: &mut Ctx<'_, Self>) {
        use super::traverse::Step;
        loop {
            let Some(job) = self.jobs.get(number) else { return };
            let step = job.hunt.search.next(ctx);
            let cause = job.hunt.cause;
            for query in job.hunt.search.finished() {
                self.key_ended(number, query, ctx);
            }
            match step {
                Step::Ask { slot, peer } => {
                    ctx.attribute(cause);
                    self.ask(Token { job: number, part: slot }, peer, ctx);
                }
                Step::Blocked => return,
                Step::Over => return self.search_over(number, ctx),
            }
        }
    }

    /// Asks `peer` for the batch of a slot; one that is banned has failed at once.
    fn ask(&mut self, token: Token, peer: NodeIx, ctx: &mut Ctx<'_, Self>) {
        let Some(job) = self.jobs.get(token.job) else { return };
        let keys = job.hunt.batch(token.part);
        let sent = self.find(peer, keys, token, ctx);
        let Some(job) = self.jobs.get(token.job) else { return };
        if sent {
            job.hunt.spent.requests += 1;
        } else {
            job.hunt.search.fail(token.part);
        }
    }

    /// The search of one key ended.
    fn key_ended(&mut self, number: u32, query: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(job) = self.jobs.get(number) else { return };
        match &job.work {
            Work::Nearest(_) => {}
            Work::Put(_) => self.begin_stores(number, query, ctx),
            Work::Get(_) => self.read_ended(number, query, ctx),
        }
    }

    /// The search of all keys ended.
    fn search_over(&mut self, number: u32, ctx: &mut Ctx<'_, Self>) {
        let Some(job) = self.jobs.get(number) else { return };
        match &job.work {
            Work::Nearest(_) => self.nearest_ended(number, ctx),
            Work::Put(_) => self.end_put_if_done(number, ctx),
            Work::Get(_) => self.get_over(number),
        }
    }
}

/// What an operation on one key reports.
pub(super) fn report<'a>(
    hunt: &Hunt,
    outcome: Outcome,
    found: &'a [NodeIx],
    value: Option<Value>,
) -> Finish<'a> {
    Finish {
        found,
        value,
        depth_max: hunt.search.depth_max(),
        requests: hunt.spent.requests,
        successes: hunt.spent.successes,
        failures: hunt.spent.failures,
        ..Finish::bare(outcome)
    }
}
