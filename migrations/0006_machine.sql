-- Which database this is: a file beside it, or the server, says the same, unless an older copy was put in its place.
ALTER TABLE instance ADD COLUMN generation TEXT;
-- It was copied to another database, which goes on in its place.
ALTER TABLE instance ADD COLUMN moved_at TIMESTAMPTZ;

-- How far each table has come while this database is being made from another. Empty in a database that is whole.
CREATE TABLE copying (
    name TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    reached JSONB,
    stage BIGINT NOT NULL
);
