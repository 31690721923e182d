//! One shape of mismatch: what is known of its cause, from the values that differ, from reading both sides again
//! and from asking old twice.

use serde::Serialize;

use super::{
    noise::{NoiseView, SuggestionView},
    rereads::{ClassCount, UnreadCount, class_counts, unread},
    view::SampleView,
};
use crate::{
    admin::words::{count, counted, short},
    domain::{compare::explain::tallies::Explained, moment, noise::triple, recheck::Class},
    store::samples::Shape,
};

/// Stands for the reply as a whole, where a cause is not one of a place.
pub const REPLY: &str = "reply";

/// The cause where new caught up.
pub const LAG: &str = "lag";

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShapeView {
    pub signature: String,
    pub class: &'static str,
    /// Those that are known, class by class.
    pub classes: Vec<ClassCount>,
    /// Why the unchecked ones were not read again, the heaviest reason first.
    pub unread: Vec<UnreadCount>,
    pub count: u64,
    pub first_seen: String,
    pub last_seen: String,
    /// The first one, then the newest, oldest first.
    pub samples: Vec<SampleView>,
    /// Why they differ, place by place, where that is known.
    pub explanations: Vec<ExplanationView>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplanationView {
    pub place: String,
    /// What new is beside old, and of how many differences that is so.
    pub says: String,
    /// The same for programs.
    pub cause: &'static str,
    pub accounts_for: u64,
    pub of: u64,
    /// A line for the `compare` of the route, where the difference may be forgiven.
    pub rule: Option<String>,
    /// That it is a bug, and why.
    pub bug: Option<String>,
}

impl ShapeView {
    pub fn of(shape: &Shape, noise: &NoiseView) -> ShapeView {
        let by_value = shape.tallies.explained().into_iter().map(ExplanationView::of_values);
        ShapeView {
            signature: shape.signature.text().to_owned(),
            class: shape.class().name(),
            classes: class_counts(shape.classes()),
            unread: unread(&shape.unread),
            count: shape.count,
            first_seen: moment::write(shape.first_millis),
            last_seen: moment::write(shape.last_millis),
            samples: shape.samples.iter().map(SampleView::of).collect(),
            explanations: of_class(shape, noise).into_iter().chain(by_value).collect(),
        }
    }

    pub fn of_class(&self, class: Class) -> u64 {
        self.classes.iter().find(|known| known.class == class.name()).map_or(0, |known| known.count)
    }

    /// Those whose class reading again has told.
    fn read(&self) -> u64 {
        let read = [Class::Persistent, Class::Transient, Class::Racing];
        read.into_iter().map(|class| self.of_class(class)).sum()
    }

    /// The class in words, where no explanation says it.
    pub fn class_told(&self) -> String {
        let others = |class: Class| {
            let others = self
                .classes
                .iter()
                .filter(|known| known.class != class.name() && known.class != Class::Unchecked.name());
            others.map(|known| format!(", {} {}", count(known.count), known.class)).collect::<String>()
        };
        if self.class == Class::Persistent.name() {
            let stayed = count(self.of_class(Class::Persistent));
            let read = count(self.read());
            return format!(
                "persistent in {stayed} of {read} that were read again{}",
                others(Class::Persistent)
            );
        }
        if self.class == Class::Unchecked.name() && self.unread.is_empty() {
            return "being read again".to_owned();
        }
        self.class.to_owned()
    }

    /// That most were not read again, where those may be something else than what was.
    pub fn unread_told(&self) -> Option<String> {
        let unread: u64 = self.unread.iter().map(|reason| reason.count).sum();
        let hides = [Class::Transient.name(), Class::Racing.name()].contains(&self.class);
        let reason = self.unread.first().filter(|_| hides && unread > self.read())?;
        let of = counted(self.count, "mismatch");
        let unread = count(unread);
        Some(format!(
            "{unread} of {of} were not read again: {}; there may be errors among them",
            reason.meaning
        ))
    }
}

impl ExplanationView {
    fn of_values(explained: Explained) -> ExplanationView {
        let Explained { place, explanation, told } = explained;
        ExplanationView {
            place,
            says: told.says,
            cause: explanation.cause.name(),
            accounts_for: explanation.accounts_for,
            of: explanation.of,
            rule: told.rule,
            bug: told.bug,
        }
    }

    /// As a sentence.
    pub fn told(&self) -> String {
        if self.place == REPLY || self.cause == Class::Noise.name() {
            return self.says.clone();
        }
        format!("{} is {}", self.place, self.says)
    }
}

/// What the class of most of them says of the cause.
fn of_class(shape: &Shape, noise: &NoiseView) -> Vec<ExplanationView> {
    let number = |class: Class| shape.classes().find(|known| known.0 == class).map_or(0, |known| known.1);
    let read = number(Class::Persistent) + number(Class::Transient) + number(Class::Racing);
    let class = shape.class();
    let accounts_for = number(class);
    let of_read = |cause: &'static str, says: String| {
        let says = format!("{says} in {} of {} that were read again", count(accounts_for), count(read));
        let place = REPLY.to_owned();
        vec![ExplanationView { place, says, cause, accounts_for, of: read, rule: None, bug: None }]
    };
    match class {
        Class::Transient => {
            let most = u64::try_from(shape.caught_up_within.as_micros()).unwrap_or(u64::MAX);
            of_read(LAG, format!("lag: new caught up within {}", short(most)))
        }
        Class::Racing => of_read("race", "a race: old itself gave another answer".to_owned()),
        Class::Noise => of_noise(shape, noise, accounts_for),
        Class::Unchecked | Class::Persistent => Vec::new(),
    }
}

/// One for each place that there is a rule for; one without a place where there is none.
fn of_noise(shape: &Shape, noise: &NoiseView, accounts_for: u64) -> Vec<ExplanationView> {
    let explanation = |place: String, says: String, rule: Option<String>| ExplanationView {
        place,
        says,
        cause: Class::Noise.name(),
        accounts_for,
        of: shape.count,
        rule,
        bug: None,
    };
    let differences = || shape.samples.iter().flat_map(|sample| &sample.differences);
    let is_here = |one: &&SuggestionView| {
        differences().any(|difference| triple::path(difference).is_some_and(|path| path == one.place))
    };
    let kept =
        format!("new keeps to the kind of its values in {} of {}", count(accounts_for), count(shape.count));
    let here = noise.suggestions.iter().filter(is_here);
    let told: Vec<_> = here
        .map(|one| {
            let says = format!("noise: old differs from itself at {} as well, and {kept}", one.place);
            explanation(one.place.clone(), says, Some(one.rule.clone()))
        })
        .collect();
    if told.is_empty() {
        let says = format!("noise: old differs from itself there as well, and {kept}");
        return vec![explanation(REPLY.to_owned(), says, None)];
    }
    told
}
