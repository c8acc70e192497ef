-- A live view reads how far its read models are in the transaction that reads their rows.
grant select on es.checkpoint to vestibule_app;
