-- Whom nobody may bring back: keyed hashes of the addresses and accounts of people who were erased. Without the key nobody
-- can tell whose they are; `erasure` is the same for those of one person, and drawn by lot.
CREATE TABLE erased (
    hash TEXT PRIMARY KEY,
    erasure TEXT NOT NULL,
    erased_at TIMESTAMPTZ NOT NULL
);

-- Since when nothing but the number is left of a person.
ALTER TABLE person ADD COLUMN erased_at TIMESTAMPTZ;
