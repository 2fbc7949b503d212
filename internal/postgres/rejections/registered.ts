/**
 * Returns SQL that creates healing tasks for rejections just written whose names are registered by now. `rejections` names a
 * CTE with reason, tenant_id, client_id and event_type. A task that was created within two minutes is enough: it is looked at
 * for five, longer than a statement may take. Scalar subqueries make each check one index probe; for a join, the planner may
 * read the whole registry.
 */
export function tasksOfRegistered(rejections: string): string {
  return `insert into healing (tenant_id, client_id)
     select distinct r.tenant_id, r.client_id
       from ${rejections} r
      where r.reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')
        and (select true from client c where c.tenant_id = r.tenant_id and c.id = r.client_id) is not null
        and (select true from event_type e where e.tenant_id = r.tenant_id and e.name = r.event_type) is not null
        and (select true from healing h
              where h.tenant_id = r.tenant_id and h.client_id = r.client_id
                and h.seen_at is distinct from '-infinity' and h.created_at > now() - interval '2 minutes'
              limit 1) is null`;
}
