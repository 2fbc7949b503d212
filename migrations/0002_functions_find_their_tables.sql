-- Works with programs from 0001_core.sql on.

-- A function runs with the search path of whoever fires it: a row changed by hand from a session with another one failed.
-- It carries its own now, so that it finds what it uses wherever the tables are.

do $$
begin
  execute format('alter function set_schema_version() set search_path = %I, pg_temp', current_schema());
end $$;
