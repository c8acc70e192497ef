-- What a carrier plays that does not speak: the audio of sentences, rendered by us or sent by a manager. The words are not kept here:
-- they follow from the configuration, and their hash leads to their audio.
create table vestibule.prompt_audio (
    tenant_id uuid not null references vestibule.tenant,
    -- SHA-256 of the language, a NUL and the words
    sentence_hash bytea not null check (octet_length(sentence_hash) = 32),
    -- an uploaded one wins, and its rendered twin stays for the day when it is taken away
    source text not null check (source in ('rendered', 'uploaded')),
    -- 8 kHz, one channel, 16 bits, the lower ones first; a minute at most
    samples bytea not null check (octet_length(samples) between 2 and 960000 and octet_length(samples) % 2 = 0),
    -- when it could last be said; a rendered one that can not for a month is swept
    said_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, sentence_hash, source)
);
-- sound does not get smaller by what compresses text
alter table vestibule.prompt_audio alter column samples set storage external;
create index prompt_audio_by_age on vestibule.prompt_audio (said_at) where source = 'rendered';

alter table vestibule.prompt_audio enable row level security;
alter table vestibule.prompt_audio force row level security;
create policy tenant_isolation on vestibule.prompt_audio using (tenant_id = (select vestibule.tenant())) with check (tenant_id = (select vestibule.tenant()));
grant select, insert, update, delete on vestibule.prompt_audio to vestibule_app, vestibule_worker;
