-- What people would like to become, whom they help, what they were shown, and the company's own skills.

ALTER TABLE person ADD COLUMN wished_role TEXT NOT NULL DEFAULT '';
-- What the person offers to others; NULL is nothing. Only ever there because they said so.
ALTER TABLE person ADD COLUMN mentoring JSONB;

-- "Would you help me with this?", from whom to whom, and what became of it. A pair has one at a time.
CREATE TABLE mentoring_request (
    mentor_id BIGINT NOT NULL REFERENCES person (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    topic TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (mentor_id, person_id)
);
CREATE INDEX mentoring_request_person ON mentoring_request (person_id);

-- Skills that only this company has, and words of its people that are none. `key` is the folded name.
CREATE TABLE company_skill (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    aliases JSONB NOT NULL,
    related JSONB NOT NULL,
    is_skill BOOLEAN NOT NULL,
    decided_by BIGINT,
    decided_at TIMESTAMPTZ NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX company_skill_revision ON company_skill (revision);

-- The ledger of what each person was shown, where, and on how many days of a quarter. `unanswered` counts the days since
-- they last did something about the post; it is what "ignored" means, and they can set it back.
CREATE TABLE showing (
    person_id BIGINT NOT NULL REFERENCES person (id),
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    surface TEXT NOT NULL,
    quarter TEXT NOT NULL,
    days BIGINT NOT NULL,
    unanswered BIGINT NOT NULL,
    last_on DATE NOT NULL,
    PRIMARY KEY (person_id, opportunity_id, surface, quarter)
);
CREATE INDEX showing_quarter ON showing (quarter);
CREATE INDEX showing_last_on ON showing (surface, last_on);

-- Posts the person showed interest in, so that more of their kind come up. They can take one back, or all.
CREATE TABLE liking (
    person_id BIGINT NOT NULL REFERENCES person (id),
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    liked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, opportunity_id)
);
INSERT INTO liking (person_id, opportunity_id, liked_at)
    SELECT person_id, opportunity_id, saved_at FROM saved;
INSERT INTO liking (person_id, opportunity_id, liked_at)
    SELECT person_id, opportunity_id, applied_at FROM application WHERE state <> 'withdrawn' ON CONFLICT DO NOTHING;
