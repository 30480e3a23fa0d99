-- What is in doubt is looked for in its conversation; `tries` are the claims that count.
ALTER TABLE delivery RENAME COLUMN failures TO tries;
ALTER TABLE delivery ADD COLUMN look_at TIMESTAMPTZ;
ALTER TABLE delivery ADD COLUMN absences BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN is_cleared BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE delivery SET look_at = COALESCE(started_at, created_at) WHERE state = 'sending';
UPDATE delivery SET tries = attempt WHERE state IN ('sending', 'sent', 'dead');

-- A lane is a platform and a tenant; within it the urgent goes first.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (state, due_at);
CREATE INDEX delivery_lane ON delivery (platform, tenant, urgency, due_at) WHERE state = 'pending';
CREATE INDEX delivery_look ON delivery (look_at) WHERE state = 'sending';
CREATE INDEX delivery_thread ON delivery (thread_of) WHERE thread_of IS NOT NULL;

-- An older copy of the database was put in place of a newer one: what was due until `doubtful_before` may have been sent
-- since `doubtful_since`, the newest thing the copy knows of.
ALTER TABLE instance ADD COLUMN doubtful_since TIMESTAMPTZ;
ALTER TABLE instance ADD COLUMN doubtful_before TIMESTAMPTZ;

-- Until when a platform asked us not to do something. Kept, because a restart does not make it forget.
CREATE TABLE wait (
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    method TEXT NOT NULL,
    until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, tenant, method)
);
