-- Work that was given up is counted every few seconds: there is next to none, among a week of work that is done.
create index work_item_parked on es.work_item (kind) where state = 'parked';
