import { parseJson } from '#internal/event/json/exact.ts';
import {
  listClients,
  listEventTypes,
  listTenants,
  type NamesPage,
  type RegisteredEventType,
  type RegisteredName,
} from '#internal/postgres/registry/list.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { type Listing, type PagingOptions, printListing, withPaging } from './listing.ts';
import { nameKey, partsOfKey } from './name-key.ts';
import { type Output, visible } from './output.ts';

type Options = PagingOptions & { readonly tenant?: string };

/** `list` of tenants, clients and event types. */
export function tenantList(tenant: CommandLine, output: () => Output): void {
  withPaging(tenant.command('list'))
    .description('the registered tenants')
    .check(checkKey(1))
    .action((options: Options) =>
      list<RegisteredName>(output(), options, {
        read: listTenants,
        columns: [
          { title: 'tenant', value: ({ name }) => name, wraps: true },
          { title: 'registered', value: ({ registeredAt }) => registeredAt },
        ],
        none: 'no tenants',
        keyParts: ({ name }) => [name],
        keyLength: 1,
      }),
    );
}

export function clientList(client: CommandLine, output: () => Output): void {
  withPaging(client.command('list'))
    .description('the registered clients')
    .check(checkKey(2))
    .option('--tenant <id>', 'of this tenant only')
    .action((options: Options) =>
      list<RegisteredName>(output(), options, {
        read: listClients,
        columns: [
          { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true },
          { title: 'client', value: ({ name }) => name, wraps: true },
          { title: 'registered', value: ({ registeredAt }) => registeredAt },
        ],
        none: 'no clients',
        keyParts: ({ tenantId, name }) => [tenantId, name],
        keyLength: 2,
      }),
    );
}

export function eventTypeList(eventType: CommandLine, output: () => Output): void {
  withPaging(eventType.command('list'))
    .description('the registered event types')
    .check(checkKey(2))
    .option('--tenant <id>', 'of this tenant only')
    .action((options: Options) =>
      list<RegisteredEventType>(output(), options, {
        read: listEventTypes,
        columns: [
          { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true },
          { title: 'event type', value: ({ name }) => name, wraps: true },
          {
            title: 'schema',
            value: ({ schema, schemaVersion }) => (schema === null ? 'none' : `version ${schemaVersion}`),
          },
          { title: 'registered', value: ({ registeredAt }) => registeredAt },
        ],
        none: 'no event types',
        keyParts: ({ tenantId, name }) => [tenantId, name],
        keyLength: 2,
        pageSize: 200, // schemas may be large
        inJson: ({ schema, ...row }) => ({
          ...row,
          schema: schema === null ? null : parseJson(schema).exact,
        }),
      }),
    );
}

function checkKey(keyLength: 1 | 2) {
  return ({ after }: Options): string[] =>
    after === undefined || partsOfKey(after, keyLength) !== undefined
      ? []
      : [`not a key of this list: ${visible(after)}`];
}

interface NameList<T> extends Omit<Listing<T>, 'read' | 'keyOf'> {
  readonly read: (pool: pg.Pool, page: NamesPage & { readonly tenantId?: string }) => Promise<T[]>;
  readonly keyParts: (row: T) => readonly string[];
  readonly keyLength: 1 | 2;
}

async function list<T>(
  output: Output,
  { tenant, ...paging }: Options,
  { read, keyParts, keyLength, ...listing }: NameList<T>,
): Promise<void> {
  const afterOf = (key: string): NonNullable<NamesPage['after']> => {
    const [first = '', second = first] = partsOfKey(key, keyLength) ?? [];
    return { tenantId: first, name: second };
  };
  await withDatabase((pool) =>
    printListing<T>(output, paging, {
      ...listing,
      keyOf: (row) => nameKey(...keyParts(row)),
      read: (after, limit) =>
        read(pool, {
          limit,
          ...(tenant === undefined ? {} : { tenantId: tenant }),
          ...(after === undefined ? {} : { after: afterOf(after) }),
        }),
    }),
  );
}
