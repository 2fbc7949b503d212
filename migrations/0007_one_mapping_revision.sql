-- Works with programs from 0001_core.sql on.

-- mapping_revision has one row, also after somebody deleted it or added another: without a row no change of a mapping was
-- ever seen, and with two of them the mappings were read again every few seconds.

delete from mapping_revision
 where ctid <> (select ctid from mapping_revision order by revision desc limit 1);
insert into mapping_revision select 0 where not exists (select from mapping_revision);
create unique index mapping_revision_one_row on mapping_revision ((true));

-- A revision must not come back: where the last one is not known, the time in milliseconds is past all that were counted.
-- With its owner's rights: who may change a mapping needs none on the count.
create or replace function advance_mapping_revision() returns trigger language plpgsql security definer as $$
begin
  update mapping_revision set revision = revision + 1;
  if not found then
    insert into mapping_revision values (floor(extract(epoch from clock_timestamp()) * 1000))
      on conflict ((true)) do update set revision = mapping_revision.revision + 1;
  end if;
  return null;
end $$;
comment on function advance_mapping_revision is
  'Tells processors that a mapping was added, changed or removed; makes the row that counts it where it is missing.';

-- It finds the table whatever search path whoever fires it has: replacing a function takes that setting away.
do $$
begin
  execute format('alter function advance_mapping_revision() set search_path = %I, pg_temp', current_schema());
end $$;
