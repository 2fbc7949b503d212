-- Works with programs from 0001_core.sql on.

-- Rejections for unknown names are replayed by registration: each registration is a task, and what waits for its name is
-- read along an index, page by page. Chores run once per database. Rejections are deleted by age.

create table healing (
  id bigint generated always as identity primary key,
  tenant_id text not null,
  client_id text,
  event_type text,
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz,
  due_at timestamptz,
  started_at timestamptz,
  rests_until timestamptz,
  after_name text,
  after_id bigint,
  changed boolean not null default false,
  check ((client_id is null) <> (event_type is null)),
  check (after_id is null or after_name is not null)
);
comment on table healing is 'Registrations whose waiting rejections are to be replayed. Rows come by triggers on client and event_type, and go when nothing has waited for them for five minutes. Deleting all of them is safe: a sweep finds what waits.';
comment on column healing.id is 'Number of the task.';
comment on column healing.tenant_id is 'The tenant of the registered name. Not a reference: a task must not keep a tenant from being removed.';
comment on column healing.client_id is 'The client that was registered; null where it is an event type.';
comment on column healing.event_type is 'The event type that was registered; null where it is a client.';
comment on column healing.created_at is 'When the row was written, not when its transaction committed.';
comment on column healing.seen_at is 'When the healing first saw the row: from then on all new statements see the registration. -infinity: from a sweep, goes after one pass.';
comment on column healing.due_at is 'Set while a pass over its rejections is under way: when its next page is due. Tasks take turns in this order.';
comment on column healing.started_at is 'When the pass began.';
comment on column healing.rests_until is 'Not looked at before then: a long pass that found nothing is not repeated at once.';
comment on column healing.after_name is 'How far the pass is: up to this event type of the client, or this client of the event type.';
comment on column healing.after_id is 'How far the pass is within after_name: up to this rejection; null when that name is done.';
comment on column healing.changed is 'Whether the pass has replayed a rejection or changed its reason.';

create index healing_due on healing (due_at) where due_at is not null;
create index healing_client on healing (tenant_id, client_id);

-- Their owner's rights: who may register a name need not be allowed to write into healing.
create function heal_clients() returns trigger language plpgsql security definer as $$
begin
  insert into healing (tenant_id, client_id) select tenant_id, id from registered;
  return null;
end $$;
comment on function heal_clients is 'Makes a task of each client that was registered, also by hand.';

create function heal_event_types() returns trigger language plpgsql security definer as $$
begin
  insert into healing (tenant_id, event_type) select tenant_id, name from registered;
  return null;
end $$;
comment on function heal_event_types is 'Makes a task of each event type that was registered, also by hand.';

-- They find the tables whatever search path whoever fires them has.
do $$
begin
  execute format('alter function heal_clients() set search_path = %I, pg_temp', current_schema());
  execute format('alter function heal_event_types() set search_path = %I, pg_temp', current_schema());
end $$;

create trigger heal_inserted after insert on client
  referencing new table as registered for each statement execute function heal_clients();
create trigger heal_renamed after update on client
  referencing new table as registered for each statement execute function heal_clients();
create trigger heal_inserted after insert on event_type
  referencing new table as registered for each statement execute function heal_event_types();
-- An update of the schema makes a task as well: rare, and cheap.
create trigger heal_renamed after update on event_type
  referencing new table as registered for each statement execute function heal_event_types();

create table housekeeping (
  chore text primary key,
  due_at timestamptz not null default now(),
  position text
);
comment on table housekeeping is 'Chores that run once per database, whatever the number of processors: whoever holds the advisory lock does what is due.';
comment on column housekeeping.chore is 'heal: pages of rejections; look: which registrations have something waiting; sweep: over all names that wait; retention: rejections past their age.';
comment on column housekeeping.due_at is 'Not done again before then.';
comment on column housekeeping.position is 'How far a run is that takes several turns; null when none is under way.';
insert into housekeeping (chore) values ('heal'), ('look'), ('sweep'), ('retention');

create index rejection_waiting_for_client on rejection (tenant_id, client_id, event_type, id)
  where state = 'open' and reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type');
create index rejection_waiting_for_event_type on rejection (tenant_id, event_type, client_id, id)
  where state = 'open' and reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type');
create index rejection_open_received on rejection (received_at) where state = 'open';
create index rejection_settled on rejection (settled_at) where state <> 'open';
-- Its columns are the first of rejection_waiting_for_client.
drop index rejection_awaiting_registry;
