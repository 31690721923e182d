//! A checked file into settings. Nothing is wrong any more here, and nothing is decided.

use crate::domain::{assign::Tester, compare, rollout::Rollout};

use super::{
    Config, Keeping, RouteSettings, SecretFile, System, Tokens, digest,
    file::File,
    rollouts,
    routes::{self, Around},
    secrets,
};

/// What a file comes to. `None` where something is missing that a problem was told of.
pub fn config(file: File, now_millis: u64) -> Option<Config> {
    let compare = compare::Limits {
        decoded: file.compare.decoded,
        depth: file.compare.depth,
        differences: file.compare.differences,
        ..compare::Limits::default()
    };
    let (secret_files, shared) = (secret_files(&file), digest::shared(&file));
    let headers = &file.compare.headers;
    let rollouts: Option<Vec<Rollout>> =
        file.rollouts.into_iter().map(|rollout| rollouts::of(rollout, headers)).collect();
    let rollouts = rollouts?;
    let tester_header = file.tester.header;
    let around = Around {
        rollouts: &rollouts,
        sample: file.shadow.sample,
        headers,
        trusted_hops: u8::try_from(file.forwarding.trusted_hops).unwrap_or(u8::MAX),
        tester: file.tester.secret.map(|secret| Tester { header: tester_header.clone(), secret }),
        shared,
        now_millis,
    };
    let routes: Option<Vec<RouteSettings>> =
        file.routes.into_iter().map(|route| routes::of(route, &around)).collect();
    Some(Config {
        listen: file.listen,
        workers: file.workers,
        old: System {
            url: file.old.url?,
            timeout: file.old.timeout,
            connect_timeout: file.old.connect_timeout,
            first_byte_timeout: file.old.first_byte_timeout,
            idle_timeout: file.old.idle_timeout,
            max_idle: file.old.max_idle,
            host: file.old.host,
            headers: file.old.headers,
            withhold: Vec::new(),
        },
        new: System {
            url: file.new.url?,
            timeout: Some(file.new.timeout),
            connect_timeout: file.new.connect_timeout,
            first_byte_timeout: file.new.first_byte_timeout,
            idle_timeout: file.new.idle_timeout,
            max_idle: file.new.max_idle,
            host: file.new.host,
            headers: file.new.headers,
            withhold: file.new.withhold,
        },
        self_check: file.self_check,
        limits: file.limits,
        forwarding: file.forwarding,
        shadow: file.shadow,
        compare,
        descriptors: file.compare.descriptors,
        recheck: file.recheck,
        control: file.control,
        routes: routes?,
        rollouts,
        log: file.log,
        drain: file.drain,
        drain_delay: file.drain_delay,
        report: file.report,
        keeping: Keeping {
            dir: file.state_dir,
            days: u32::try_from(file.keep.days).unwrap_or(u32::MAX),
            bytes: file.keep.size as u64,
        },
        kill_switch: file.kill_switch,
        tokens: Tokens { operator: file.tokens.operator, viewer: file.tokens.viewer },
        tester_header,
        secret_files,
        build_headers: [file.old.build_header, file.new.build_header],
        digest: String::new(),
    })
}

/// The secrets that the caller has to read.
fn secret_files(file: &File) -> Vec<SecretFile> {
    let named = [
        (secrets::OPERATOR, &file.tokens.operator_file),
        (secrets::VIEWER, &file.tokens.viewer_file),
        (secrets::TESTER, &file.tester.secret_file),
    ];
    named.into_iter().filter_map(|(key, path)| Some(SecretFile { key, path: path.clone()? })).collect()
}
