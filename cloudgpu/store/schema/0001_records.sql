create table record (
    name text primary key,
    launch_id text not null,
    created_at text not null,
    document text not null
);
create index record_by_age on record (created_at, name);
