-- Which of several servers on one database sends to a workspace, so that they keep its pace together.
CREATE TABLE lane (
    platform TEXT NOT NULL,
    tenant TEXT NOT NULL,
    holder TEXT NOT NULL,
    held_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (platform, tenant)
);
