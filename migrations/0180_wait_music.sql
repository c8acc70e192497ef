-- What a visitor hears while residents are rung: ours, a sound file of the firm's that the carrier fetches, or nothing.
alter table vestibule.building
    add column wait_music jsonb not null default '{"kind": "ours"}'
        check (wait_music ->> 'kind' in ('ours', 'silence')
            or (wait_music ->> 'kind' = 'url' and wait_music ->> 'url' like 'https://%'));
