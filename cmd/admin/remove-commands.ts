import { ProgramError } from '#internal/daemon/program.ts';
import {
  checkRemoval,
  MOST_COUNTED,
  type Reference,
  type Registered,
  remove,
} from '#internal/operations/remove.ts';
import type { Command } from 'commander';
import { confirm } from './confirm.ts';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, visible } from './output.ts';

const HELP = `
Removal is refused while a message refers to it. To find out, the command reads
the messages, twice, which may take long if there are many; during the second
half, events with that name wait in the processor.`;

const HOUR_MS = 3_600_000;

interface RemoveOptions {
  readonly yes: boolean;
}

/** `tenant remove`. */
export function removeTenant(tenant: Command, output: () => Output): void {
  tenant
    .command('remove <id>')
    .description('remove a tenant that has no clients and no event types')
    .option('--yes', 'do not ask', false)
    .action((tenantId: string, options: RemoveOptions) =>
      removeRow({ kind: 'tenant', tenantId }, options, output()),
    );
}

/** `client remove`. */
export function removeClient(client: Command, output: () => Output): void {
  client
    .command('remove <tenant> <id>')
    .description('remove a client that has no messages and no endpoints')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', HELP)
    .action((tenantId: string, name: string, options: RemoveOptions) =>
      removeRow({ kind: 'client', tenantId, name }, options, output()),
    );
}

/** `event-type remove`. */
export function removeEventType(eventType: Command, output: () => Output): void {
  eventType
    .command('remove <tenant> <name>')
    .description('remove an event type that has no messages')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', HELP)
    .action((tenantId: string, name: string, options: RemoveOptions) =>
      removeRow({ kind: 'event_type', tenantId, name }, options, output()),
    );
}

async function removeRow(row: Registered, { yes }: RemoveOptions, output: Output): Promise<void> {
  const what = nameOf(row);
  await withDatabase(
    async (pool) => {
      const check = await checkRemoval(pool, row);
      if (check.kind === 'missing') throw new ProgramError(`${what} is not registered`);
      if (check.kind === 'referred') throw stays(row, check.by);
      if (!yes) await confirm(`Remove ${what}?${warningOf(check.waiting)}`, 'nothing was removed');
      const removal = await remove(pool, row);
      if (removal.kind === 'missing') throw new ProgramError(`${what} is not registered`);
      if (removal.kind === 'referred') throw stays(row, removal.by);
      print(output, { what, outcome: 'removed', openRejections: check.waiting }, () =>
        `${what}: removed.${warningOf(check.waiting)}`.replace(/\.$/, ''),
      );
    },
    { statementTimeoutMs: HOUR_MS },
  );
}

function nameOf(row: Registered): string {
  const tenant = `tenant ${visible(row.tenantId)}`;
  if (row.kind === 'tenant') return tenant;
  return `${row.kind === 'client' ? 'client' : 'event type'} ${visible(row.name)} of ${tenant}`;
}

function warningOf(waiting: number): string {
  if (waiting === 0) return '';
  const many =
    waiting === MOST_COUNTED ? `${waiting} open rejections or more` : counted(waiting, 'open rejection');
  return ` ${many} that name it ${waiting === 1 ? 'stays' : 'stay'}: "rejections discard" if they are not needed.`;
}

function stays(row: Registered, by: readonly Reference[]): ProgramError {
  const lines = by.map(
    ({ what, example }) => `  ${what}, such as ${visible(example)}: see "${listOf(row, what)}"`,
  );
  return new ProgramError([`${nameOf(row)} cannot be removed: it is referred to by`, ...lines].join('\n'));
}

/** The command that lists what refers to it. */
function listOf(row: Registered, what: string): string {
  const tenant = `--tenant ${visible(row.tenantId)}`;
  if (row.kind === 'tenant') return `${what === 'clients' ? 'client' : 'event-type'} list ${tenant}`;
  if (row.kind === 'client' && what === 'endpoints')
    return `endpoint list ${tenant} --client ${visible(row.name)}`;
  return `messages list ${tenant} --${row.kind === 'client' ? 'client' : 'type'} ${visible(row.name)}`;
}
