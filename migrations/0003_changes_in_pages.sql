-- What changed since a revision is read page by page, and an import gives thousands of rows the same one.

DROP INDEX person_revision;
CREATE INDEX person_changed ON person (revision, id);
DROP INDEX opportunity_revision;
CREATE INDEX opportunity_changed ON opportunity (revision, id);
