-- no-transaction
-- Which calls of a firm are the oldest that are still there.
create index concurrently stream_calls_by_age on es.stream (tenant_id, created_at) where stream_type = 'call' and archived_at is null;
