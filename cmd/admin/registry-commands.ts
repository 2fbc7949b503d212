import { readFile } from 'node:fs/promises';
import { ProgramError } from '#internal/daemon/program.ts';
import { type Added, addClient, addEventType, addTenant } from '#internal/postgres/registry.ts';
import { countRejections } from '#internal/postgres/rejections/browse.ts';
import { compileSchema } from '#internal/processor/schemas.ts';
import type { Command } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { counted, type Output, print } from './output.ts';
import { clientList, eventTypeList, tenantList } from './registry-lists.ts';
import { removeClient, removeEventType, removeTenant } from './remove-commands.ts';

/** `tenant`, `client` and `event-type`, each with `add`, `list` and `remove`. */
export function registryCommands(program: Command, output: () => Output): void {
  const tenant = program.command('tenant').description('who owns producers, clients and event types');
  tenant
    .command('add <id>')
    .description('register a tenant')
    .action((id: string) =>
      add(`tenant ${id}`, id, (pool) => addTenant(pool, id), 'unknown_tenant', output()),
    );
  tenantList(tenant, output);
  removeTenant(tenant, output);
  clientCommands(program, output);
  eventTypeCommands(program, output);
}

function clientCommands(program: Command, output: () => Output): void {
  const client = program.command('client').description('the addressees of messages, inside a tenant');
  client
    .command('add <tenant> <id>')
    .description('register a client')
    .action((tenant: string, id: string) =>
      add(
        `client ${id} of tenant ${tenant}`,
        tenant,
        (pool) => addClient(pool, tenant, id),
        'unknown_client',
        output(),
      ),
    );
  clientList(client, output);
  removeClient(client, output);
}

function eventTypeCommands(program: Command, output: () => Output): void {
  const eventType = program.command('event-type').description('the kinds of event that a tenant may send');
  eventType
    .command('add <tenant> <name>')
    .description('register an event type, or give it another schema')
    .option('--schema <file>', 'JSON Schema that payloads must meet; without it, any payload is accepted')
    .action(async (tenant: string, name: string, { schema: file }: { schema?: string }) => {
      const schema = file === undefined ? null : await readSchema(file);
      const what = `event type ${name} of tenant ${tenant}`;
      await add(
        what,
        tenant,
        (pool) => addEventType(pool, tenant, name, schema),
        'unknown_event_type',
        output(),
      );
    });
  eventTypeList(eventType, output);
  removeEventType(eventType, output);
}

async function add(
  what: string,
  tenantId: string,
  insert: (pool: pg.Pool) => Promise<Added>,
  reason: string,
  output: Output,
): Promise<void> {
  await withDatabase(async (pool) => {
    const outcome = await insert(pool);
    if (outcome === 'unknown_tenant') {
      throw new ProgramError(`the tenant is not registered: add it first with "tenant add"`);
    }
    if (outcome === 'invalid_name')
      throw new ProgramError('the name is empty or too long: at most 128 characters, 255 for event types');
    const filter = { tenantId, reasons: [reason], state: 'open' } as const;
    const counts = await countRejections(pool, filter, { withinMs: COUNT_MS });
    const waiting = counts?.reduce((sum, { count }) => sum + count, 0);
    print(output, { what, outcome, openRejectionsForThisReason: waiting }, () =>
      [
        `${what}: ${SAID[outcome]}`,
        ...(waiting === 0
          ? []
          : [
              `${waiting === undefined ? 'very many rejections' : counted(waiting, 'rejection')} of the tenant for ${reason} ${waiting === 1 ? 'is' : 'are'} open; those it was missing for come right while a processor runs`,
            ]),
      ].join('\n'),
    );
  });
}

/** Longer than that is not worth the number. */
const COUNT_MS = 5_000;

const SAID = {
  added: 'registered',
  exists: 'was registered already',
  changed: 'has another schema now',
} as const;

async function readSchema(file: string): Promise<unknown> {
  let schema: unknown;
  try {
    schema = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new ProgramError(`the schema file ${file} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    compileSchema(schema);
  } catch (error) {
    throw new ProgramError(`${file} is not a JSON Schema that can be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return schema;
}
