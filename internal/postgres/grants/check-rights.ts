import type { Connection } from './belongings.ts';
import { PRIVILEGES_OF_A_SEQUENCE, PRIVILEGES_OF_A_TABLE, type Purpose, RELATIONS } from './granted.ts';

/** How the rights of a role differ from what its purpose needs; each in words, such as "delete on message". */
export interface RightsFound {
  readonly role: string;
  readonly missing: readonly string[];
  readonly excess: readonly string[];
  /** Whether it may create partitions of message. */
  readonly makesPartitions: boolean;
}

/** Compares the effective rights of a role, its own, inherited ones and those of everybody, with those of its purpose. */
export async function rightsOf(
  connection: Connection,
  purpose: Purpose,
  role?: string,
): Promise<RightsFound> {
  const asked = askedOf(purpose);
  const { rows } = await connection.query<RightsRow>(
    `with role as (select oid, rolname, rolsuper from pg_roles where rolname = coalesce($1, current_user)),
          owner as (select relowner as oid from pg_class where oid = 'message'::regclass)
     select role.rolname as role, role.rolsuper as superuser, pg_has_role(role.oid, owner.oid, 'usage') as owner,
            has_schema_privilege(role.oid, current_schema(), 'create') as creates,
            array(select n.position::integer from unnest($2::text[], $3::text[], $4::boolean[], $5::text[]) with ordinality
                    as n (relation, privilege, sequence, columns, position)
                   where to_regclass(n.relation) is not null
                     and not case when n.columns <> ''
                                  then (select bool_and(has_column_privilege(role.oid, to_regclass(n.relation), c, n.privilege))
                                          from unnest(string_to_array(n.columns, ', ')) as c)
                                  when n.sequence then has_sequence_privilege(role.oid, to_regclass(n.relation), n.privilege)
                                  else has_table_privilege(role.oid, to_regclass(n.relation), n.privilege) end) as lacking,
            array(select n.position::integer from unnest($2::text[]) with ordinality as n (relation, position)
                   where to_regclass(n.relation) is null) as absent
       from role, owner`,
    [
      role ?? null,
      asked.map((each) => each.relation),
      asked.map((each) => each.privilege),
      asked.map((each) => each.sequence),
      asked.map((each) => each.columns),
    ],
  );
  const [found] = rows;
  if (found === undefined) throw new Error(`the role ${role} does not exist`);
  const lacking = new Set(found.lacking);
  const absent = new Set(found.absent);
  const words = ({ privilege, columns, relation }: Asked) =>
    `${privilege}${columns === '' ? '' : ` (${columns})`} on ${relation}`;
  const missing = asked.filter(({ wanted }, i) => wanted && lacking.has(i + 1)).map(words);
  const more = asked
    .filter(({ wanted }, i) => !wanted && !lacking.has(i + 1) && !absent.has(i + 1))
    .map(words);
  const everything = found.superuser
    ? 'everything: it is a superuser'
    : 'everything: it acts as the owner of the tables';
  return {
    role: found.role,
    missing,
    excess:
      found.superuser || found.owner
        ? [everything]
        : [...more, ...(found.creates ? ['create on the schema'] : [])],
    makesPartitions: (found.superuser || found.owner) && found.creates,
  };
}

interface Asked {
  readonly relation: string;
  readonly privilege: string;
  readonly sequence: boolean;
  /** Empty where the right is one on the whole relation. */
  readonly columns: string;
  readonly wanted: boolean;
}

/** All rights on whole relations, and those on columns that the purpose needs. */
function askedOf(purpose: Purpose): Asked[] {
  return Object.entries(RELATIONS).flatMap(([relation, { kind, rights }]) => {
    const sequence = kind === 'sequence';
    const all = sequence ? PRIVILEGES_OF_A_SEQUENCE : PRIVILEGES_OF_A_TABLE;
    const whole = all.map((privilege) => {
      const wanted = rights[purpose].includes(privilege);
      return { relation, privilege, sequence, columns: '', wanted };
    });
    const ofColumns = rights[purpose].flatMap((right) => {
      const [, privilege, columns] = /^(\w+) \((.*)\)$/.exec(right) ?? [];
      if (privilege === undefined || columns === undefined) return [];
      return [{ relation, privilege, sequence, columns, wanted: true }];
    });
    return [...whole, ...ofColumns];
  });
}

interface RightsRow {
  readonly role: string;
  readonly superuser: boolean;
  readonly owner: boolean;
  readonly creates: boolean;
  /** Positions from 1. */
  readonly lacking: number[];
  readonly absent: number[];
}
