//! The keys of a route: which requests it takes, how its callers are told apart, and what differences are no errors.

use crate::{
    config::{
        assign::{KeyOf, KeyWord, SideWord, When, WhenText},
        forms::{CookieName, HeaderName, HostName, Id, Method, NumbersWord, Path, Percent, ReadAs, Switch},
        judged::{FunctionWord, Invariants, Pointer},
        kinds::{
            Bind, CaseInsensitive, EmptyIsMissing, Format, Ignore, KeyBy, Matches, NullIsMissing,
            NumberIsString, Rewrite, SameType, Sorted, TimeWithin, Tolerance, Trim, Unordered,
        },
        numbers::Rate,
        reader::section,
        ruled::{Placed, Ruled},
        shapes::{Items, Needed, OneOrMany, Optional},
    },
    domain::{
        aggregate::Function,
        compare::rules::{Numbers, Reading},
        percent::Share,
        route::Pattern,
        side::Side,
    },
};

section! {
    /// A kind of request that is compared.
    RouteFile {
        /// Its name; a label of the metrics.
        id: Option<String> as Needed<Id> = None,
        /// The rollout it belongs to. Default: the first.
        rollout: Option<String> as Optional<Id> = None,
        /// Which requests these are.
        r#match: Match as Match = Match::default(),
        /// Declares that requests of every listed method only read, and may be sent twice.
        read: bool as Switch = false,
        /// The share that is mirrored, in place of the one under shadow.
        sample: Option<Share> as Optional<Percent> = None,
        /// Whether a read may be sent again: a mismatch to both systems, a few reads to old.
        reread: bool as Switch = true,
        /// By what callers are told apart, so that each stays on one side: header:NAME, cookie:NAME, path:NAME (a
        /// parameter of the path), query:NAME, jwt:CLAIM (read, not verified), client (its address), or none. A read
        /// without it stays with old until new serves all.
        bucket_by: KeyOf as KeyWord = KeyOf::Nothing,
        /// Routes of one group send the same key to the same side. Default: the name of the rollout.
        group: Option<String> as Optional<Id> = None,
        /// Callers that are served by a named side at every live stage; the first that holds decides.
        pin: Vec<PinFile> as Items<PinFile> = Vec::new(),
        /// What differences are no errors.
        compare: RouteCompare as RouteCompare = RouteCompare::default(),
        /// What has to hold of every pair of replies: names and expressions in CEL over old and new.
        invariants: Vec<(String, String)> as Invariants = Vec::new(),
        /// Sums and counts over all replies, old against new.
        aggregates: Vec<AggregateFile> as Items<AggregateFile> = Vec::new(),
    }

    /// A sum or a count over all replies, old against new.
    AggregateFile {
        /// Its name.
        name: Option<String> as Needed<Id> = None,
        /// sum, count or distinct.
        of: Option<Function> as Needed<FunctionWord> = None,
        /// A JSON Pointer to what is counted, in which * stands for every element.
        at: Option<String> as Needed<Pointer> = None,
        /// A JSON Pointer to what it is grouped by. Default: not grouped.
        by: Option<String> as Optional<Pointer> = None,
        /// The most that new may differ by, as a part of old's.
        max: f64 as Rate = 0.001,
    }

    /// Callers that are served by a named side at every live stage.
    PinFile {
        /// Such as header:x-tenant == acme, or cookie:beta in [yes, always].
        when: Option<When> as Needed<WhenText> = None,
        /// old or new.
        serve: Option<Side> as Needed<SideWord> = None,
    }

    /// Which requests a route takes.
    Match {
        /// One method or several, in upper case. Default: any.
        method: Vec<String> as OneOrMany<Method> = Vec::new(),
        /// The host a client asks for, without a port. Default: any.
        host: Option<String> as Optional<HostName> = None,
        /// A path: /users/{id} takes one segment, /files/{rest*} and /** take all that follows.
        path: Option<Pattern> as Needed<Path> = None,
    }

    /// What differences are no errors.
    RouteCompare {
        /// Places where anything is forgiven.
        ignore: Vec<Placed> as Ruled<Ignore> = Vec::new(),
        /// Arrays whose order means nothing.
        unordered: Vec<Placed> as Ruled<Unordered> = Vec::new(),
        /// Arrays whose order means nothing and whose elements are told apart by a member.
        key_by: Vec<Placed> as Ruled<KeyBy> = Vec::new(),
        /// Arrays that are sorted, by a member or by themselves: the order among equals means nothing.
        sorted: Vec<Placed> as Ruled<Sorted> = Vec::new(),
        /// Numbers that may differ by so much: 0.005, 0.1% of the larger, or 4 ulp.
        tolerance: Vec<Placed> as Ruled<Tolerance> = Vec::new(),
        /// Values that may differ as long as their type is the same.
        same_type: Vec<Placed> as Ruled<SameType> = Vec::new(),
        /// Texts that may differ as long as both match a regular expression.
        matches: Vec<Placed> as Ruled<Matches> = Vec::new(),
        /// Texts that may differ as long as both are of a format.
        format: Vec<Placed> as Ruled<Format> = Vec::new(),
        /// Moments that may lie so far apart.
        time_within: Vec<Placed> as Ruled<TimeWithin> = Vec::new(),
        /// Texts that are compared after a replacement, on one side or on both.
        rewrite: Vec<Placed> as Ruled<Rewrite> = Vec::new(),
        /// Texts in which upper and lower case are alike.
        case_insensitive: Vec<Placed> as Ruled<CaseInsensitive> = Vec::new(),
        /// Texts around which white space means nothing.
        trim: Vec<Placed> as Ruled<Trim> = Vec::new(),
        /// Places where null is as good as nothing.
        null_is_missing: Vec<Placed> as Ruled<NullIsMissing> = Vec::new(),
        /// Places where an empty text, array or object is as good as nothing.
        empty_is_missing: Vec<Placed> as Ruled<EmptyIsMissing> = Vec::new(),
        /// Places where a number is as good as the text that spells it.
        number_is_string: Vec<Placed> as Ruled<NumberIsString> = Vec::new(),
        /// Identifiers of old that each stand for one of new, in a set that is named.
        bind: Vec<Placed> as Ruled<Bind> = Vec::new(),
        /// What makes two numbers one: exact, the same value; spelled, the same spelling.
        numbers: Numbers as NumbersWord = Numbers::Exact,
        /// How bodies are read. Default: as their content type says.
        read_as: Option<Reading> as Optional<ReadAs> = None,
        /// Cookies whose values are compared; of others only that they are set, and how.
        cookies: Vec<String> as Items<CookieName> = Vec::new(),
        /// Which headers are compared, unlike elsewhere.
        headers: HeaderChange as HeaderChange = HeaderChange::default(),
    }

    /// Which headers are compared, unlike elsewhere.
    HeaderChange {
        /// Compared here besides the others.
        add: Vec<String> as Items<HeaderName> = Vec::new(),
        /// Not compared here.
        remove: Vec<String> as Items<HeaderName> = Vec::new(),
    }
}
