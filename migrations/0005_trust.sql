-- The keys this installation has sealed words under. `proof` opens with the key alone, so that a start without it, or
-- with another, is refused at once; it is deleted when nothing is sealed under the key any more.
CREATE TABLE sealing_key (
    id TEXT PRIMARY KEY,
    proof TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Who did what to whose data, append-only: each row is signed together with the signature of the row before. Nobody's
-- words and nobody's name. A number without a row is a row that somebody took away.
CREATE TABLE audit (
    id BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    person_id BIGINT,
    data TEXT NOT NULL,
    secret_id BIGINT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_person ON audit (person_id, at);

-- Where the log ends. Whoever appends holds this row, so the log is one line on both databases; `seal` is its signature.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    length BIGINT NOT NULL,
    hash TEXT NOT NULL,
    seal TEXT NOT NULL
);
INSERT INTO audit_head (id, length, hash, seal) VALUES (1, 0, '', '');

-- What rows are signed with, the newest for new ones; stored sealed. Rows of before the first key are signed with none.
CREATE TABLE audit_secret (
    id BIGINT PRIMARY KEY,
    secret TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
