import { MAX_LENGTHS } from '#internal/event/limits.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { type Added, addClient, addEventType, addTenant } from '#internal/postgres/registry/add.ts';
import { countRejections } from '#internal/postgres/rejections/browse.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, tellPerson, visible } from './output.ts';
import { clientList, eventTypeList, tenantList } from './registry-lists.ts';
import { removeClient, removeEventType, removeTenant } from './remove-commands.ts';
import { readSchema } from './schema-file.ts';

/** `tenant`, `client` and `event-type`, each with `add`, `list` and `remove`. */
export function registryCommands(program: CommandLine, output: () => Output): void {
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

function clientCommands(program: CommandLine, output: () => Output): void {
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

function eventTypeCommands(program: CommandLine, output: () => Output): void {
  const eventType = program.command('event-type').description('the kinds of event that a tenant may send');
  eventType
    .command('add <tenant> <name>')
    .description('register an event type, or give it another schema')
    .option('--schema <file>', 'JSON Schema that payloads must meet; without it, any payload is accepted')
    .option('--force', 'register the schema although a pattern in it may take exponential time', false)
    .action(async (tenant: string, name: string, options: { schema?: string; force: boolean }) => {
      const { schema: file, force } = options;
      const { text, warnings } =
        file === undefined ? { text: null, warnings: [] } : await readSchema(file, force);
      if (!output().json) warn(warnings);
      await add(
        `event type ${name} of tenant ${tenant}`,
        tenant,
        (pool) => addEventType(pool, tenant, name, text),
        'unknown_event_type',
        output(),
        { warnings },
      );
    });
  eventTypeList(eventType, output);
  removeEventType(eventType, output);
}

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) tellPerson(`warning: ${visible(warning)}`);
}

async function add(
  what: string,
  tenantId: string,
  insert: (pool: pg.Pool) => Promise<Added>,
  reason: string,
  output: Output,
  more: { readonly warnings?: readonly string[] } = {},
): Promise<void> {
  await withDatabase(async (pool) => {
    const outcome = await insert(pool);
    if (outcome === 'unknown_tenant') {
      throw new ProgramError(`the tenant is not registered: add it first with "tenant add"`);
    }
    if (outcome === 'invalid_name')
      throw new ProgramError(
        `the name is empty or too long: at most ${MAX_LENGTHS.name} characters, ${MAX_LENGTHS.eventType} for event types`,
      );
    const filter = { tenantId, reasons: [reason], state: 'open' } as const;
    const counts = await countRejections(pool, filter, { withinMs: COUNT_MS });
    const waiting = counts?.reduce((sum, { count }) => sum + count, 0);
    print(output, { what, outcome, openRejectionsForThisReason: waiting, ...more }, () =>
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
