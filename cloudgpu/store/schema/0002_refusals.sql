create table refusal (
    offer text primary key,
    at text not null,
    document text not null
);
