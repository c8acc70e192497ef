-- Lines whose calls the carrier puts through by itself: we tell how they fare.
alter table vestibule.line
    add column is_watched boolean not null default false,
    drop constraint line_leads_to_one_thing,
    add constraint line_leads_to_one_thing check (num_nonnulls(entrance_id, unit_id) + leads_to_stream::int + is_watched::int = 1) not valid;

-- A connection may be at sipgate as well. Not checked against the rows that are there: each of them passed the narrower check.
alter table vestibule.connection
    drop constraint connection_provider_check,
    add constraint connection_provider_check check (provider in ('vonage', 'twilio', 'sipgate')) not valid;
