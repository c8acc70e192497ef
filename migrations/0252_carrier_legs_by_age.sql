-- no-transaction
-- What carriers called a leg goes with the calls: rows lie in the order in which they came.
create index concurrently carrier_leg_by_age on es.carrier_leg using brin (seen_at);
