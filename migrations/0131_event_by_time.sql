-- no-transaction
-- A time range of events is told again: positions and times grow together, so that a few pages say where a time is.
create index concurrently event_by_time on es.event using brin (recorded_at) with (pages_per_range = 32);
