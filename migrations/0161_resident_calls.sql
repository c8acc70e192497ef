-- Whether managers see whom a visit was for. `hidden`: that it happened and what came of it, no more.
alter table vestibule.building
    add column resident_calls text not null default 'shown' check (resident_calls in ('shown', 'hidden'));
