-- Moments are texts such as 2026-10-01T10:00:00.250Z (UTC), so that they can be read, and sorted as they are.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Where each rollout stands. `seal` seals every other column to the entry of the journal that led here.
CREATE TABLE rollouts (
    id      TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    stage   TEXT NOT NULL,
    since   TEXT NOT NULL,
    latched TEXT,
    state   TEXT NOT NULL,
    entry   INTEGER NOT NULL,
    seal    TEXT NOT NULL
) STRICT;

-- Every move, each sealed to the one before.
CREATE TABLE journal (
    number        INTEGER PRIMARY KEY,
    at            TEXT NOT NULL,
    rollout       TEXT NOT NULL,
    actor         TEXT NOT NULL,
    via           TEXT NOT NULL,
    what          TEXT NOT NULL,
    from_stage    TEXT NOT NULL,
    to_stage      TEXT NOT NULL,
    why           TEXT NOT NULL,
    past_gate     INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    evidence      TEXT NOT NULL,
    config_digest TEXT NOT NULL,
    previous      TEXT NOT NULL,
    seal          TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_rollout ON journal (rollout, number);
CREATE TRIGGER journal_stays_as_it_is BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;
CREATE TRIGGER journal_keeps_everything BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;

-- Counts by the minute. `instance` is one run of the program.
CREATE TABLE evidence (
    route      TEXT NOT NULL,
    stage      TEXT NOT NULL,
    epoch      TEXT NOT NULL,
    instance   TEXT NOT NULL,
    minute     TEXT NOT NULL,
    requests   INTEGER NOT NULL,
    compared   INTEGER NOT NULL,
    matched    INTEGER NOT NULL,
    forgiven   INTEGER NOT NULL,
    mismatched INTEGER NOT NULL,
    vacuous    INTEGER NOT NULL,
    dropped    INTEGER NOT NULL,
    new_served INTEGER NOT NULL,
    new_failed INTEGER NOT NULL,
    rescued    INTEGER NOT NULL,
    units      INTEGER NOT NULL,
    UNIQUE (route, stage, epoch, instance, minute)
) STRICT;
CREATE INDEX evidence_by_minute ON evidence (minute);

-- What a restart goes on from: sums, and how many units belong to them.
CREATE TABLE evidence_state (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    route TEXT NOT NULL,
    epoch TEXT NOT NULL,
    at    TEXT NOT NULL,
    units INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (route, epoch)
) STRICT;

-- Hashes of distinct data, eight bytes each, the lowest byte first. `evidence` is an `id` of evidence_state.
CREATE TABLE units (
    evidence INTEGER NOT NULL,
    chunk    INTEGER NOT NULL,
    units    BLOB NOT NULL,
    PRIMARY KEY (evidence, chunk)
) STRICT, WITHOUT ROWID;

CREATE TABLE signatures (
    route      TEXT NOT NULL,
    signature  TEXT NOT NULL,
    instance   TEXT NOT NULL,
    requests   INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    UNIQUE (route, signature, instance)
) STRICT;
CREATE INDEX signatures_by_age ON signatures (last_seen);

CREATE TABLE samples (
    route     TEXT NOT NULL,
    signature TEXT NOT NULL,
    at        TEXT NOT NULL,
    sample    TEXT NOT NULL
) STRICT;
CREATE INDEX samples_by_age ON samples (at);

CREATE TABLE aggregates (
    route     TEXT NOT NULL,
    name      TEXT NOT NULL,
    at        TEXT NOT NULL,
    group_key TEXT NOT NULL,
    old       REAL,
    new       REAL
) STRICT;
CREATE INDEX aggregates_by_age ON aggregates (at);

CREATE TABLE probes (
    rollout TEXT NOT NULL,
    name    TEXT NOT NULL,
    at      TEXT NOT NULL,
    matched INTEGER NOT NULL,
    says    TEXT NOT NULL
) STRICT;
CREATE INDEX probes_by_age ON probes (at);
