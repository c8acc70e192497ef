-- An entrance at which too many wrong PINs came, from whomever, takes none for a while: who shows another number with each call has no
-- more guesses for that.
alter table vestibule.block
    -- kind 'entrance': it keeps out no caller, and every PIN
    add column entrance_id uuid,
    drop constraint block_kind_check,
    add constraint block_kind_check check (kind in ('number', 'prefix', 'automatic', 'entrance')),
    drop constraint block_names_someone,
    add constraint block_names_someone check ((kind = 'entrance') = (entrance_id is not null)
        and (number is not null or number_hash is not null or entrance_id is not null)),
    add constraint block_at_entrance foreign key (tenant_id, entrance_id) references vestibule.entrance on delete cascade;
create index block_by_entrance on vestibule.block (tenant_id, entrance_id) where lifted_at is null and entrance_id is not null;

alter table vestibule.pin_failure
    -- where it still counts; null: the right PIN came after it, its block was lifted, or the entrance was closed for it
    add column entrance_id uuid;
create index pin_failure_at_entrance on vestibule.pin_failure (tenant_id, entrance_id, failed_at) where entrance_id is not null;
