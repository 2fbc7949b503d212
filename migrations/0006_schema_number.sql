-- Works with programs from 0001_core.sql on.

-- People count the schemas of one event type: first, second, third. schema_version goes on by any number, because it is
-- never to come back; this one counts.
alter table event_type add column schema_number integer;
comment on column event_type.schema_number is
  'How many schemas the event type has had, the present one included; 1 for the one that was there when this began to be counted. Kept by a trigger; null before its first change.';

create or replace function set_schema_version() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    new.schema_version := case when new.schema is null then 0 else nextval('schema_version') end;
    new.schema_number := (new.schema is not null)::integer;
  elsif new.schema is distinct from old.schema then
    new.schema_version := case when new.schema is null then 0 else nextval('schema_version') end;
    new.schema_number := coalesce(old.schema_number, (old.schema is not null)::integer) + (new.schema is not null)::integer;
  end if;
  return new;
end $$;
comment on function set_schema_version is
  'Gives event_type.schema a new version and number whenever it changes, also when changed by hand.';

-- It finds what it uses whatever search path whoever fires it has: replacing a function takes that setting away.
do $$
begin
  execute format('alter function set_schema_version() set search_path = %I, pg_temp', current_schema());
end $$;
