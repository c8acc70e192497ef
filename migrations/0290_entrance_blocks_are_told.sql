-- A wrong PIN that closes an entrance is told of; who delivers it again is told the same.
alter table vestibule.pin_failure
    add column entrance_block_id uuid,
    add column entrance_blocked_until timestamptz;
