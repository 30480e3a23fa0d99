-- Portable: the same text runs on SQLite and on Postgres. Forward only; a released file is never edited.
-- Ids come from `sequence`, so that both databases number alike. Instants are UTC, truncated to milliseconds.

CREATE TABLE sequence (
    name TEXT PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO sequence (name, next) VALUES ('person', 1), ('opportunity', 1), ('conversation', 1), ('delivery', 1), ('event', 1);

-- One row. `revision` grows with every change of a person or a post, so that copies in memory can follow.
CREATE TABLE instance (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    delivery_secret TEXT NOT NULL,
    revision BIGINT NOT NULL,
    activated_at TIMESTAMPTZ,
    activated_by BIGINT,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE installation (
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    bot_user TEXT,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    reason TEXT,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, tenant)
);

CREATE TABLE person (
    id BIGINT PRIMARY KEY,
    email TEXT,
    name TEXT NOT NULL,
    manager_id BIGINT REFERENCES person (id),
    department TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    location TEXT NOT NULL DEFAULT '',
    time_zone TEXT,
    locale TEXT,
    employed_since DATE,
    role_since DATE,
    have JSONB NOT NULL,
    want JSONB NOT NULL,
    preferences JSONB NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_imported BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_email ON person (email) WHERE email IS NOT NULL;
CREATE INDEX person_revision ON person (revision);
CREATE INDEX person_manager ON person (manager_id);

-- A person's account on a platform. `direct` is the one-to-one conversation with us, once it was opened.
CREATE TABLE account (
    platform TEXT NOT NULL,
    user_id TEXT NOT NULL,
    person_id BIGINT NOT NULL REFERENCES person (id),
    direct TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, user_id)
);
CREATE INDEX account_person ON account (person_id);

CREATE TABLE person_role (
    person_id BIGINT NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    granted_by BIGINT,
    granted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, role)
);

CREATE TABLE admin_code (
    code_hash TEXT PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

CREATE TABLE opportunity (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '',
    team TEXT NOT NULL DEFAULT '',
    owner_id BIGINT REFERENCES person (id),
    needs JSONB NOT NULL,
    nice JSONB NOT NULL,
    teaches JSONB NOT NULL,
    hours_per_week BIGINT,
    weeks BIGINT,
    starts_on DATE,
    reply_by DATE,
    seats BIGINT NOT NULL DEFAULT 1,
    place TEXT NOT NULL DEFAULT '',
    is_remote BOOLEAN NOT NULL DEFAULT FALSE,
    closed_at TIMESTAMPTZ,
    closed_reason TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    revision BIGINT NOT NULL
);
CREATE INDEX opportunity_revision ON opportunity (revision);
CREATE INDEX opportunity_owner ON opportunity (owner_id);

CREATE TABLE application (
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    note TEXT NOT NULL DEFAULT '',
    availability TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    reply_by DATE,
    applied_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (opportunity_id, person_id)
);
CREATE INDEX application_person ON application (person_id);

CREATE TABLE saved (
    person_id BIGINT NOT NULL REFERENCES person (id),
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, opportunity_id)
);

CREATE TABLE hidden (
    person_id BIGINT NOT NULL REFERENCES person (id),
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    reason TEXT NOT NULL DEFAULT '',
    hidden_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, opportunity_id)
);

-- "Is this person your manager?" asked by `team add`, until the other one answers.
CREATE TABLE team_request (
    manager_id BIGINT NOT NULL REFERENCES person (id),
    report_id BIGINT NOT NULL REFERENCES person (id),
    state TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    PRIMARY KEY (manager_id, report_id)
);

CREATE TABLE conversation (
    id BIGINT PRIMARY KEY,
    manager_id BIGINT NOT NULL REFERENCES person (id),
    report_id BIGINT NOT NULL REFERENCES person (id),
    window_label TEXT NOT NULL,
    planned_at TIMESTAMPTZ,
    planned_by BIGINT,
    minutes BIGINT NOT NULL DEFAULT 25,
    is_skipped BOOLEAN NOT NULL DEFAULT FALSE,
    skip_reason TEXT NOT NULL DEFAULT '',
    manager_says TEXT,
    manager_said_at TIMESTAMPTZ,
    report_says TEXT,
    report_said_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (manager_id, report_id, window_label)
);
CREATE INDEX conversation_report ON conversation (report_id, window_label);
CREATE INDEX conversation_window ON conversation (window_label);
CREATE INDEX conversation_planned ON conversation (planned_at);

CREATE TABLE channel (
    platform TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    digest JSONB NOT NULL,
    time_zone TEXT,
    set_up_by BIGINT,
    is_member BOOLEAN NOT NULL DEFAULT TRUE,
    is_paused BOOLEAN NOT NULL DEFAULT FALSE,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, channel_id)
);

-- Who was shown which post when: the ground for "least shown first" and "nothing three weeks running".
CREATE TABLE exposure (
    audience TEXT NOT NULL,
    opportunity_id BIGINT NOT NULL REFERENCES opportunity (id),
    occurrence TEXT NOT NULL,
    place BIGINT NOT NULL,
    shown_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (audience, opportunity_id, occurrence)
);

-- Where each recurring plan stands: the last slot that was handled, by its local civil label.
CREATE TABLE slot (
    nudge TEXT NOT NULL,
    subject TEXT NOT NULL,
    label TEXT NOT NULL,
    outcome TEXT NOT NULL,
    handled_at TIMESTAMPTZ NOT NULL,
    next_at TIMESTAMPTZ,
    PRIMARY KEY (nudge, subject)
);
CREATE INDEX slot_due ON slot (nudge, next_at);
CREATE INDEX slot_next ON slot (next_at);

-- The outbox: every durable message is a row here first. It is also the ledger a person can read.
-- pending waits for due_at; sending was claimed; sent, dead, expired, cancelled and unknown are final.
CREATE TABLE delivery (
    id BIGINT PRIMARY KEY,
    delivery TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    platform TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    recipient TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    person_id BIGINT REFERENCES person (id),
    is_nudge BOOLEAN NOT NULL,
    why TEXT NOT NULL DEFAULT '',
    card JSONB NOT NULL,
    thread_of BIGINT REFERENCES delivery (id),
    urgency BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    useful_until TIMESTAMPTZ,
    attempt BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    started_at TIMESTAMPTZ,
    lease_until TIMESTAMPTZ,
    settled_at TIMESTAMPTZ,
    conversation TEXT,
    message TEXT,
    reason TEXT NOT NULL DEFAULT '',
    response TEXT,
    responded_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (tenant, kind, subject, recipient, occurrence)
);
CREATE INDEX delivery_due ON delivery (state, due_at);
CREATE INDEX delivery_person ON delivery (person_id, created_at);
CREATE INDEX delivery_message ON delivery (conversation, message);

-- New contents for something of ours that is already shown. The newest wins; done rows are deleted.
-- target is `message <conversation> <id>` or `home <user>`; a home carries no card, it is drawn when it is sent.
CREATE TABLE refresh (
    platform TEXT NOT NULL,
    target TEXT NOT NULL,
    card JSONB,
    version BIGINT NOT NULL,
    attempt BIGINT NOT NULL DEFAULT 0,
    due_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, target)
);

-- Things already handled, so that the same event told twice has one effect.
CREATE TABLE inbound_seen (
    key TEXT PRIMARY KEY,
    seen_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX inbound_seen_at ON inbound_seen (seen_at);

-- What happened, append-only: every measure is a query over it. `data` holds codes and figures, never anybody's words.
CREATE TABLE event (
    id BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    person_id BIGINT,
    subject TEXT NOT NULL DEFAULT '',
    data JSONB NOT NULL
);
CREATE INDEX event_kind ON event (kind, at);

-- A form closed before it was sent, kept for its owner.
CREATE TABLE draft (
    person_id BIGINT NOT NULL REFERENCES person (id),
    form TEXT NOT NULL,
    contents JSONB NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, form)
);
