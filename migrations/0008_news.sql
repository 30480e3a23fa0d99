-- Who shows new contents holds them: of two servers none may overwrite what is newer with what is older. Until then nobody
-- else shows them, also where it is not known whether they arrived.
ALTER TABLE refresh ADD COLUMN held_until TIMESTAMPTZ;
