//! What becomes of a verdict: its row in the account, its sample, and a line in the log at first sight.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    look::Notary,
    read::Both,
    reread::{Entry, Mismatch, Rereads},
};
use crate::{
    clock,
    domain::{
        account::Heading,
        compare::{Judgement, rules::Rules, signature::Signature},
        evidence::Later,
        observation::{Failure, Observation},
        outcome::{Outcome, Verdict},
        recheck::Class,
        redact,
        throttle::Throttle,
    },
    store::{
        exhibits::Offered,
        ledger::Details,
        noise::Noises,
        samples::{Sample, Samples},
    },
};

/// Lines about new kinds of mismatches, in each `WINDOW`: a route whose every reply differs in its own way must
/// not fill the log.
const LINES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(10);
/// Rules named in what pairs have in common that were forgiven.
const MOST_NAMED: usize = 12;

pub struct Recorder {
    samples: Arc<Samples>,
    throttle: Mutex<Throttle>,
    pub rereads: Rereads,
    pub noises: Arc<Noises>,
    pub notary: Arc<Notary>,
}

impl Recorder {
    pub fn new(
        samples: Arc<Samples>,
        rereads: Rereads,
        noises: Arc<Noises>,
        notary: Arc<Notary>,
    ) -> Recorder {
        let throttle = Mutex::new(Throttle::new(LINES, WINDOW));
        Recorder { samples, throttle, rereads, noises, notary }
    }

    /// The pair gets its row, and nothing else is kept of it. For the threads that serve requests: takes no lock
    /// that anyone holds for long.
    pub fn settle(&self, both: Both, outcome: Outcome) {
        let details = Details {
            old_took: took(&both.old.observation),
            new_took: took(&both.new.observation),
            statuses: status(&both.old.observation).zip(status(&both.new.observation)),
            ..Details::default()
        };
        let Both { case, route, asked, mut look, old, new, .. } = both;
        look.pair(&old.observation, &new.observation, &self.notary);
        let (home, tag) = (look.home, look.tag(&route));
        self.notary.put(home, look.note(&route, &asked, outcome));
        let folio = (outcome.verdict() == Verdict::Mismatch).then(|| case.folio());
        case.settle_with(outcome, &details);
        if let Some(folio) = folio {
            folio.book(|rereads| rereads.classed(Class::Unchecked));
            let unchecked = Later::Ended { class: Class::Unchecked, indeterminate: false };
            self.notary.put(home, tag.later(unchecked));
        }
    }

    pub fn judged(&self, both: Both, judgement: Judgement) {
        self.keep_exhibit(&both, &judgement);
        let mismatch = judgement.outcome.verdict() == Verdict::Mismatch;
        let entry = mismatch.then(|| {
            let signature = self.keep_sample(&both, &judgement);
            (both.case.folio(), signature)
        });
        let details = Details {
            old_took: took(&both.old.observation),
            new_took: took(&both.new.observation),
            statuses: status(&both.old.observation).zip(status(&both.new.observation)),
            forgiven: &judgement.forgiven,
            uncompared: &judgement.uncompared,
            reported: judgement.differences.len().saturating_add(judgement.more),
            notes: &judgement.notes,
        };
        let Both { case, route, asked, mut look, old, new, .. } = both;
        look.pair(&old.observation, &new.observation, &self.notary);
        let tag = look.tag(&route);
        self.notary.put_aside(look.note(&route, &asked, judgement.outcome));
        case.settle_with(judgement.outcome, &details);
        let Some((folio, signature)) = entry else { return };
        let entry = Entry { folio, signature, tag };
        if self.is_noise(route.heading, &judgement) {
            return self.rereads.classed(&entry, Class::Noise);
        }
        match (status(&old.observation), new.observation.result) {
            (Some(old_status), Ok(reply)) => self.rereads.recheck(Mismatch {
                entry,
                at: clock::now(),
                route,
                asked,
                old_status,
                new: reply,
                holding: new.holding,
            }),
            // What new says only now is no answer to what it did not say then.
            _ => self.rereads.unread(&entry, "no_reply"),
        }
    }

    /// The pair as a whole, for whoever tries out other rules. Both replies are there only where they were
    /// compared in full, which is never on a thread that serves requests.
    fn keep_exhibit(&self, both: &Both, judgement: &Judgement) {
        let (Ok(old), Ok(new)) = (&both.old.observation.result, &both.new.observation.result) else { return };
        let outcome = judgement.outcome;
        let kind = match outcome.verdict() {
            _ if self.samples.exhibits.is_off() => return,
            // No rule can forgive it.
            Verdict::Mismatch if outcome == Outcome::InvariantBroken => return,
            Verdict::Mismatch => {
                Signature::of(old.status, new.status, &judgement.differences).text().to_owned()
            }
            Verdict::Forgiven => forgiving(&both.route.rules, judgement),
            Verdict::Match | Verdict::Incomparable | Verdict::Unpaired => return,
        };
        let offered = Offered {
            route: &both.route.id,
            at_millis: clock::unix_millis(),
            method: &both.asked.method,
            target: &both.asked.target,
            outcome,
            old,
            new,
        };
        self.samples.exhibits.keep(both.route.heading, kind, &offered);
    }

    /// Old differs from itself there as well: to read it again would say the same.
    pub fn is_noise(&self, heading: Heading, judgement: &Judgement) -> bool {
        judgement.outcome == Outcome::Differs
            && self.noises.accounts_for(heading, judgement, clock::unix_millis())
    }

    fn keep_sample(&self, both: &Both, judgement: &Judgement) -> Signature {
        let (old, new) = (&both.old.observation, &both.new.observation);
        let old_status = status(old).unwrap_or_default();
        let signature = match (&new.result, judgement.outcome) {
            (Err(failure), _) => Signature::of_failure(old_status, failure.name()),
            (Ok(_), Outcome::TooLargeUndiffed) => {
                Signature::of_failure(old_status, judgement.outcome.reason())
            }
            (Ok(reply), _) => Signature::of(old_status, reply.status, &judgement.differences),
        };
        let sample = Sample {
            at_millis: clock::unix_millis(),
            method: String::from_utf8_lossy(&both.asked.method).into_owned(),
            target: String::from_utf8_lossy(&redact::target(&both.asked.target)).into_owned(),
            old_status,
            new_status: status(new),
            differences: judgement.differences.iter().cloned().map(redact::difference).collect(),
            more: judgement.more,
            notes: judgement.notes.clone(),
            old_took: old.took,
            new_took: new.took,
        };
        let target = sample.target.clone();
        let is_first = self.samples.record(both.route.heading, &signature, sample).0;
        let throttle = || self.throttle.lock().unwrap_or_else(PoisonError::into_inner).say(clock::now());
        if let Some(say) = is_first.then(throttle).flatten() {
            tracing::info!(
                route = both.route.id,
                reason = judgement.outcome.reason(),
                signature = signature.text(),
                example = target,
                lines_left_out = say.suppressed,
                "a new kind of mismatch"
            );
        }
        signature
    }
}

/// The rules that forgave something, in words.
fn forgiving(rules: &Rules, judgement: &Judgement) -> String {
    let named = judgement.forgiven.iter().take(MOST_NAMED).filter_map(|(rule, _)| rules.rules().get(*rule));
    named.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// How long a side took, unless somebody else cut it short.
pub fn took(observation: &Observation) -> Option<Duration> {
    (!matches!(observation.result, Err(Failure::Cancelled))).then_some(observation.took)
}

/// Of a whole reply.
pub fn status(observation: &Observation) -> Option<u16> {
    observation.result.as_ref().ok().map(|reply| reply.status)
}
