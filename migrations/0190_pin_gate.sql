-- The PIN gate: whoever gives too many wrong PINs is blocked in the statement that counts the last one, and a block outlives the
-- knowledge of whose number it holds for.

-- How many wrong PINs, within how many hours, block a caller for how long.
alter table vestibule.building
    add column wrong_pins_max int not null default 10 check (wrong_pins_max between 1 and 100),
    add column wrong_pins_within_hours int not null default 24 check (wrong_pins_within_hours between 1 and 168),
    add column pin_block_hours int not null default 24 check (pin_block_hours between 1 and 8760);

alter table vestibule.block
    alter column number drop not null, -- null: automatic, or the caller was erased
    -- keyed hash of the number, or of the word for hidden ones: by it a block holds although nobody can read whose it is
    add column number_hash bytea,
    -- automatic: who stands for the caller in statistics; nil: whoever hides the number
    add column caller_id uuid,
    -- automatic: the number under the caller's key, so that an erasure takes it away
    add column sealed_number bytea,
    drop constraint block_kind_check,
    add constraint block_kind_check check (kind in ('number', 'prefix', 'automatic')),
    add constraint block_names_someone check (number is not null or number_hash is not null);
create index block_by_hash on vestibule.block (tenant_id, building_id, number_hash) where lifted_at is null;

alter table vestibule.pin_failure
    -- so many it were with this one: a repeated delivery is told the same
    add column wrong_pins int not null default 1,
    -- the block that it led to
    add column block_id uuid,
    add column blocked_until timestamptz,
    -- since when it does not count any more: the right PIN came, it led to a block, or a block was lifted
    add column forgotten_at timestamptz;
create index pin_failure_that_counts on vestibule.pin_failure (tenant_id, building_id, caller_hash, failed_at) where forgotten_at is null;
create index pin_failure_by_age on vestibule.pin_failure (failed_at);
grant delete on vestibule.pin_failure to vestibule_worker;

-- A key that may stand in a flow of a carrier: it checks PINs, and reads nothing else.
alter table vestibule.api_key drop constraint api_key_scopes_check;
alter table vestibule.api_key add constraint api_key_scopes_check
    check (scopes <@ array['read', 'calls', 'directory', 'admin', 'gate'] and cardinality(scopes) > 0);
