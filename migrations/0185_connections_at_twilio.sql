-- A connection may be at Twilio as well. Not checked against the rows that are there: each of them passed the narrower check.
alter table vestibule.connection
    drop constraint connection_provider_check,
    add constraint connection_provider_check check (provider in ('vonage', 'twilio')) not valid;
