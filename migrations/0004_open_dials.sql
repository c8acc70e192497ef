-- Started dials without an outcome: what the resolver looks for.
create index dial_claim_by_age on es.dial_claim (claimed_at);
grant select on es.dial_claim to vestibule_worker;
