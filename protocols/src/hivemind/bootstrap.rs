//! Entering the network: bootstrap nodes are pinged all at once, then the own id is searched for.
//!
//! The pings and the search together have `bootstrap_timeout`; what is late goes on in the
//! background, but the node is up. The first answer is waited for however long it takes. A node
//! that nobody answers, that cannot be reached, or whose clock is off, is not created at all.
//!
//! Bootstrap nodes know one another's addresses. The first of them finds nobody, which is no
//! failure for it.

use dhtlab_core::author::{Cause, Ctx, NodeIx, Role, Span, Time, Traffic};

use super::call::Purpose;
use super::nearest::Why;
use super::node::{Hivemind, Standing, Timer};

/// A bootstrap under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// When its time is over.
    deadline: Time,
    /// Pings that did not end yet.
    open: u32,
    /// Bootstrap nodes that answered and said who they are.
    found: u32,
    /// Some bootstrap node could not reach this one, or shows another time.
    refused: bool,
    /// The pings are over; the own id is searched for.
    searching: bool,
}

impl Hivemind {
    /// Starts to enter the network.
    pub(super) fn begin_bootstrap(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.attribute(Cause::background(Traffic::Join));
        self.standing = Standing::Entering;
        if self.doors.is_empty() {
            return self.end_bootstrap(ctx);
        }
        let deadline = ctx.now() + ctx.params().bootstrap_timeout;
        let open = u32::try_from(self.doors.len()).unwrap_or(u32::MAX);
        self.entry =
            Some(Box::new(Entry { deadline, open, found: 0, refused: false, searching: false }));
        for door in self.doors.clone() {
            self.ping(door, ctx.params().ensure_bootstrap_success, Purpose::Door, ctx);
        }
    }

    /// Is the answer of a bootstrap node a reason not to enter? The times are those of this node's
    /// clock when it asked, and of the bootstrap node's when it answered.
    pub(super) fn is_refusal(
        &self,
        asked: Time,
        shown: Time,
        available: bool,
        ctx: &Ctx<'_, Self>,
    ) -> bool {
        let params = ctx.params();
        if !params.ensure_bootstrap_success {
            return false;
        }
        let (now, tolerance) = (self.wall(ctx), params.clock_tolerance);
        let unreachable = ctx.role() == Role::Server && !available;
        let early = shown.saturating_add(tolerance) < asked;
        let late = shown > now.saturating_add(tolerance);
        unreachable || early || late
    }

    /// The ping of a bootstrap node ended: it answered (true), refused (false), or was silent.
    pub(super) fn door_ended(&mut self, answered: Option<bool>, ctx: &mut Ctx<'_, Self>) {
        let Some(entry) = self.entry.as_deref_mut().filter(|entry| !entry.searching) else {
            return;
        };
        entry.open -= 1;
        entry.found += u32::from(answered == Some(true));
        entry.refused |= answered == Some(false);
        let (open, deadline) = (entry.open, entry.deadline);
        if open == 0 || ctx.now() >= deadline {
            return self.end_pings(ctx);
        }
        // After the first one the others have the rest of the time.
        ctx.arm_at(Timer::Bootstrap, deadline);
    }

    /// Goes on with those bootstrap nodes that answered.
    fn end_pings(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.calls.cancel(Purpose::Door);
        self.send_waiting(ctx);
        let Some(entry) = self.entry.as_deref_mut() else { return };
        let nobody = entry.found == 0 && ctx.params().ensure_bootstrap_success;
        if entry.refused || (nobody && !ctx.is_bootstrap()) {
            return self.fail_bootstrap(ctx);
        }
        entry.searching = true;
        ctx.arm_at(Timer::Bootstrap, entry.deadline);
        ctx.attribute(Cause::background(Traffic::Join));
        self.search_own(ctx.key(ctx.me()), Why::Bootstrap, ctx);
    }

    /// There is no node, for now.
    fn fail_bootstrap(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.entry = None;
        self.standing = Standing::Down;
        self.forget(ctx.params());
        self.report(false, ctx);
        ctx.disarm(Timer::Bootstrap);
        ctx.disarm(Timer::Refresh);
        if ctx.params().bootstrap_retry > Span::ZERO {
            ctx.arm(Timer::Bootstrap, ctx.params().bootstrap_retry);
        }
    }

    /// The node is up.
    fn end_bootstrap(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.entry = None;
        self.standing = Standing::Up;
        ctx.disarm(Timer::Bootstrap);
        self.report(true, ctx);
        Self::begin_refreshes(false, ctx);
    }

    /// Reports a success, or the first failure.
    fn report(&mut self, success: bool, ctx: &mut Ctx<'_, Self>) {
        if success || !self.reported {
            self.reported = true;
            ctx.joined(success);
        }
    }

    /// The time of the pings, of the search, or of the wait for another try is over.
    pub(super) fn on_bootstrap_due(&mut self, ctx: &mut Ctx<'_, Self>) {
        match self.entry.as_deref() {
            Some(entry) if entry.searching => self.end_bootstrap(ctx),
            Some(_) => self.end_pings(ctx),
            None if self.standing == Standing::Down => self.begin_bootstrap(ctx),
            None => {}
        }
    }

    /// A search for upkeep ended; nothing more is to be done with what it found, which the table
    /// knows already.
    pub(super) fn search_own_ended(
        &mut self,
        why: Why,
        _nearest: &[NodeIx],
        ctx: &mut Ctx<'_, Self>,
    ) {
        match why {
            Why::Bootstrap => {
                if self.entry.as_deref().is_some_and(|entry| entry.searching) {
                    self.end_bootstrap(ctx);
                }
            }
            Why::Refresh => self.refresh_next(ctx),
        }
    }
}
