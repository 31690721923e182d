//! Every key of the file: its meaning, its form and its built-in value. The one list of them; what is
//! read, the schema and the effective settings come from it. Those of rollouts and routes stand in files of their own
//! below this one. Decides nothing.
//!
//! Whoever adds a key here adds it to `config/example.yaml` and renews `config/readshift.schema.json`;
//! a test asks for both.

mod gate;
mod rollout;
mod route;

use std::{net::SocketAddr, time::Duration};

pub use gate::GateFile;
pub use rollout::{FreezeFile, ProbeFile, RolloutFile};
pub use route::{AggregateFile, Match, RouteCompare, RouteFile};

use crate::domain::{compare::rules::DEFAULT_HEADERS, percent::Share};

use super::{
    forms::{
        Address, Bytes, FilePath, FreeHeaderName, HeaderName, Host, HostHeader, LogFormat, LogLevel, Percent,
        Switch, Trail, Url, Via, Whole,
    },
    reader::section,
    secrets::Token,
    shapes::{HeaderValues, Items, Optional, OrAuto, OrNone, Secret},
    times::Time,
    upstream::Upstream,
    values::{GIB, KIB, MIB},
};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

section! {
    /// The settings of readshift.
    File {
        /// Where the proxy listens.
        listen: Listen as Listen = Listen::default(),
        /// Threads that serve requests; auto is one for each core.
        workers: Option<usize> as OrAuto<Whole<1, 1024>> = None,
        /// The system that is being replaced. It serves every read that no live stage gives to new.
        old: Old as Old = Old::default(),
        /// The system that replaces it. It gets a copy of each read, and serves the share of a live stage.
        new: New as New = New::default(),
        /// Lets old and new be one and the same system, to see what differs by itself.
        self_check: bool as Switch = false,
        /// What a client may send, and how slowly.
        limits: Limits as Limits = Limits::default(),
        /// The headers that tell a system where a request came from.
        forwarding: Forwarding as Forwarding = Forwarding::default(),
        /// What mirroring may cost. Past a bound a copy is left out and counted, never queued.
        shadow: Shadow as Shadow = Shadow::default(),
        /// How replies are compared, unless a route says otherwise.
        compare: Compare as Compare = Compare::default(),
        /// Mismatches are read again, to tell lag and races from errors.
        recheck: Recheck as Recheck = Recheck::default(),
        /// A few reads are asked of old twice, to learn how much old differs from itself.
        control: Control as Control = Control::default(),
        /// Who may use the API and move reads. Where the API is reached from elsewhere, an operator token is needed.
        tokens: TokensFile as TokensFile = TokensFile::default(),
        /// A header by which somebody who knows the secret is served by a side of choice at a live stage.
        tester: TesterFile as TesterFile = TesterFile::default(),
        /// The folder in which stages, moves and evidence outlast a restart, or none: then they are gone with the
        /// process. A relative path starts where this file is.
        state_dir: Option<String> as OrNone<FilePath> = None,
        /// How much of the evidence is kept there. The record of moves is kept for ever.
        keep: Keep as Keep = Keep::default(),
        /// While this file exists old serves every read, or none. A relative path starts where this file is.
        kill_switch: Option<String> as OrNone<FilePath> = None,
        /// Routes that move together. Without any there is one, named default.
        rollouts: Vec<RolloutFile> as Items<RolloutFile> = Vec::new(),
        /// The kinds of request that are compared; the first that matches is it. Without any there is
        /// one, named all, of every GET and HEAD.
        routes: Vec<RouteFile> as Items<RouteFile> = Vec::new(),
        /// What is logged, and how.
        log: Log as Log = Log::default(),
        /// How long running requests may take to end after SIGTERM.
        drain: Duration as Time = seconds(30),
        /// How long, at first, new connections are still taken while the proxy already says it is not ready.
        drain_delay: Duration as Time<0> = Duration::ZERO,
        /// What the report of found differences keeps.
        report: Report as Report = Report::default(),
    }

    /// Where the proxy listens.
    Listen {
        /// Clients come here.
        proxy: SocketAddr as Address = SocketAddr::from(([0, 0, 0, 0], 8080)),
        /// Metrics and health, read only.
        status: SocketAddr as Address = SocketAddr::from(([0, 0, 0, 0], 9901)),
        /// The page and its API. An address that other machines reach needs an operator token.
        admin: SocketAddr as Address = SocketAddr::from(([127, 0, 0, 1], 9902)),
    }

    /// The system that is being replaced.
    Old {
        /// Where it is: http://host:port.
        url: Option<Upstream> as Optional<Url> = None,
        /// The longest a whole reply may take, or none: a long download is no fault.
        timeout: Option<Duration> as OrNone<Time> = None,
        /// The longest a connection may take to come up.
        connect_timeout: Duration as Time = seconds(2),
        /// The longest until the first byte of a reply.
        first_byte_timeout: Duration as Time = seconds(15),
        /// How long an unused connection is kept; less than the system itself keeps it.
        idle_timeout: Duration as Time = seconds(50),
        /// Unused connections kept by each worker.
        max_idle: usize as Whole<0, 65_536> = 256,
        /// The Host header it gets: keep for the client's own, or a name.
        host: HostHeader as Host = HostHeader::Keep,
        /// The header by which it says which build it is, or none: another build begins new evidence.
        build_header: Option<String> as OrNone<HeaderName> = None,
        /// Headers changed on the way to it.
        headers: Headers as Secret<Headers> = Headers::default(),
    }

    /// The system that replaces the old one.
    New {
        /// Where it is: http://host:port.
        url: Option<Upstream> as Optional<Url> = None,
        /// The longest a whole reply may take.
        timeout: Duration as Time = seconds(10),
        /// The longest a connection may take to come up.
        connect_timeout: Duration as Time = seconds(2),
        /// The longest until the first byte of a reply.
        first_byte_timeout: Duration as Time = seconds(10),
        /// How long an unused connection is kept; less than the system itself keeps it.
        idle_timeout: Duration as Time = seconds(50),
        /// Unused connections kept by each worker.
        max_idle: usize as Whole<0, 65_536> = 256,
        /// The Host header it gets: keep for the client's own, or a name.
        host: HostHeader as Host = HostHeader::Keep,
        /// The header by which it says which build it is, or none: another build begins new evidence.
        build_header: Option<String> as OrNone<HeaderName> = None,
        /// Headers changed on the way to it.
        headers: Headers as Secret<Headers> = Headers::default(),
        /// Headers of the client that it does not get, such as authorization and cookie.
        withhold: Vec<String> as Items<FreeHeaderName> = Vec::new(),
    }

    /// Headers changed on the way to a system.
    Headers {
        /// Names and values, in place of what the client sent.
        set: Vec<(String, String)> as HeaderValues = Vec::new(),
        /// Names that are left out.
        remove: Vec<String> as Items<FreeHeaderName> = Vec::new(),
    }

    /// What a client may send, and how slowly.
    Limits {
        /// The head of a request: request line and headers.
        head: usize as Bytes<{ KIB }, { MIB }> = 64 * KIB,
        /// Header fields of a request.
        fields: usize as Whole<1, 512> = 200,
        /// The longest until a head has arrived.
        head_timeout: Duration as Time = seconds(10),
        /// The longest pause within a body.
        body_stall: Duration as Time = seconds(30),
        /// The longest an unused client connection is kept.
        idle: Duration as Time = seconds(60),
        /// The longest a request may take in all, or none.
        request: Option<Duration> as OrNone<Time> = None,
        /// Client connections at one time.
        connections: usize as Whole<1, 1_000_000> = 20_000,
        /// Bytes of following requests that are read before the first is answered.
        pipelined: usize as Bytes<{ KIB }, { 16 * MIB }> = 64 * KIB,
    }

    /// The headers that tell a system where a request came from.
    Forwarding {
        /// The Via header: true, false, or the name to use in it.
        via: Option<String> as Via = None,
        /// X-Forwarded-For, -Proto and -Host.
        x_forwarded: Trail as Trail = Trail::Append,
        /// The Forwarded header of RFC 7239.
        forwarded: Trail as Trail = Trail::Off,
        /// Proxies before this one that each append a client's address to X-Forwarded-For. Where callers are told
        /// apart by their address, it is taken from before theirs.
        trusted_hops: usize as Whole<0, 32> = 0,
    }

    /// What mirroring may cost.
    Shadow {
        /// The share of reads that is mirrored.
        sample: Share as Percent = Share::ALL,
        /// Mirrored requests at one time.
        max_in_flight: usize as Whole<1, 65_536> = 256,
        /// Mirrored requests in a second, or none.
        max_rate: Option<usize> as OrNone<Whole<1, 10_000_000>> = None,
        /// Larger replies are compared by hash, not field by field.
        max_body: usize as Bytes<1, { GIB }> = MIB,
        /// The largest body of a declared read that is kept in order to mirror it.
        max_request_body: usize as Bytes<0, { GIB }> = 64 * KIB,
        /// All that mirroring and comparing may hold at one time.
        memory: usize as Bytes<{ MIB }, { 1024 * GIB }> = 64 * MIB,
        /// Pairs of replies that wait for their comparison.
        compare_queue: usize as Whole<1, 1_000_000> = 1_024,
        /// Threads that compare.
        compare_threads: usize as Whole<1, 256> = 1,
        /// When new fails, it is left alone for a while.
        breaker: Breaker as Breaker = Breaker::default(),
    }

    /// When new fails, it is left alone for a while.
    Breaker {
        /// Failures in a row after which mirroring pauses.
        failures: usize as Whole<1, 1_000_000> = 10,
        /// The first pause; each further one is twice as long.
        backoff: Duration as Time = seconds(1),
        /// The longest pause.
        max_backoff: Duration as Time = seconds(30),
    }

    /// How replies are compared, unless a route says otherwise.
    Compare {
        /// The headers that are compared.
        headers: Vec<String> as Items<HeaderName> = DEFAULT_HEADERS.iter().map(|h| (*h).to_owned()).collect(),
        /// What a compressed body may grow to when it is unpacked.
        decoded: usize as Bytes<{ KIB }, { GIB }> = 16 * MIB,
        /// Objects and arrays inside each other.
        depth: usize as Whole<1, 100_000> = 10_000,
        /// Differences of one pair that are kept; further ones are only counted.
        differences: usize as Whole<1, 10_000> = 200,
        /// A file that says what gRPC messages mean, or none: a descriptor set with all its imports, as
        /// protoc and buf write it. A relative path starts where this file is.
        descriptors: Option<String> as OrNone<FilePath> = None,
    }

    /// Mismatches are read again, to tell lag and races from errors.
    Recheck {
        /// When old, new and old again are asked, counted from the first difference. An empty list for never.
        delays: Vec<Duration> as Items<Time> = [100, 500, 2_000, 10_000, 60_000].map(Duration::from_millis).to_vec(),
        /// Mismatches that are being read again at one time; further ones stay unchecked.
        max_waiting: usize as Whole<1, 65_536> = 256,
        /// Readings in a second, each of two requests to old and one to new.
        rate: usize as Whole<1, 100_000> = 20,
    }

    /// A few reads are asked of old twice, to learn how much old differs from itself.
    Control {
        /// The share of mirrored reads that old is asked a second time; 0% for none.
        share: Share as Percent = Share::from_ppm(50_000).unwrap_or(Share::NONE),
    }

    /// Who may use the API and move reads.
    TokensFile {
        /// Whoever shows it may do everything, or none: then everybody on this machine may.
        operator: Option<String> as OrNone<Token> = None,
        /// A file with that token, or none. A relative path starts where this file is.
        operator_file: Option<String> as OrNone<FilePath> = None,
        /// Whoever shows it may look, or none.
        viewer: Option<String> as OrNone<Token> = None,
        /// A file with that token, or none.
        viewer_file: Option<String> as OrNone<FilePath> = None,
    }

    /// A header by which somebody who knows the secret is served by a side of choice at a live stage.
    TesterFile {
        /// Its name; its value is old SECRET or new SECRET. It is never forwarded.
        header: String as FreeHeaderName = "x-readshift-serve".to_owned(),
        /// The secret, or none: then there is no such header.
        secret: Option<String> as OrNone<Token> = None,
        /// A file with the secret, or none. A relative path starts where this file is.
        secret_file: Option<String> as OrNone<FilePath> = None,
    }

    /// How much of the evidence is kept.
    Keep {
        /// For so many days.
        days: usize as Whole<1, 3650> = 30,
        /// And no more than this.
        size: usize as Bytes<{ MIB }, { 1024 * GIB }> = GIB,
    }

    /// What is logged, and how.
    Log {
        /// auto is text on a terminal and JSON elsewhere.
        format: LogFormat as LogFormat = LogFormat::Auto,
        /// The least important lines that are logged.
        level: LogLevel as LogLevel = LogLevel::Info,
    }

    /// What the report of found differences keeps.
    Report {
        /// How often it is written.
        every: Duration as Time = seconds(10),
        /// Examples kept of one kind of difference.
        samples: usize as Whole<1, 100> = 5,
        /// Kinds of difference kept of one route.
        signatures: usize as Whole<1, 10_000> = 200,
        /// All that pairs may hold that are kept whole, to try out other rules on them; 0 for none.
        exhibits: usize as Bytes<0, { 128 * MIB }> = 16 * MIB,
    }
}
