import { ProgramError } from '#internal/daemon/program.ts';
import { endpointProblem, unopenedEndpoints } from '#internal/operations/endpoints/problems.ts';
import { pauseEndpoint, resumeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { type EndpointStatus, listEndpoints, showEndpoint } from '#internal/postgres/endpoints/list.ts';
import { deleteEndpoint } from '#internal/postgres/endpoints/remove.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { Option } from 'commander';
import type pg from 'pg';
import { confirm } from './confirm.ts';
import { withDatabase } from './connections.ts';
import { endpointAdd } from './endpoint-add.ts';
import { endpointTest } from './endpoint-test.ts';
import { endpointSet } from './endpoint-set.ts';
import { endpointRotate } from './endpoint-rotate.ts';
import { noEndpoint, type TenantOption, withTenant } from './endpoint-options.ts';
import { describeEndpoint, ENDPOINT_COLUMNS, type ListedEndpoint } from './endpoint-text.ts';
import { type PagingOptions, printListing, withPaging } from './listing.ts';
import { nameKey, partsOfKey } from './name-key.ts';
import { type Output, print, visible } from './output.ts';
import { sealingIfConfigured } from './sender-keys.ts';

/** `endpoint add|list|show|set|pause|resume|rotate-secret|test|remove`. */
export function endpointCommands(program: CommandLine, output: () => Output): void {
  const endpoint = program
    .command('endpoint')
    .description('URLs of clients, to which the sender delivers their messages');
  endpointAdd(endpoint, output);
  listCommand(endpoint, output);
  showCommand(endpoint, output);
  endpointSet(endpoint, output);
  pauseCommand(endpoint, output);
  resumeCommand(endpoint, output);
  endpointRotate(endpoint, output);
  endpointTest(endpoint, output);
  removeCommand(endpoint, output);
}

interface ListOptions extends PagingOptions {
  readonly tenant?: string;
  readonly client?: string;
  readonly state?: string;
}

function listCommand(endpoint: CommandLine, output: () => Output): void {
  withPaging(endpoint.command('list'))
    .description('the endpoints, with what waits for each')
    .option('--tenant <id>', 'of this tenant only')
    .option('--client <id>', 'of this client only')
    .addOption(new Option('--state <state>', 'in this state only').choices(['active', 'paused', 'disabled']))
    .addHelpText('after', LIST_HELP)
    .check(({ after }: ListOptions) =>
      after === undefined || partsOfKey(after, 2) !== undefined
        ? []
        : [`not a key of this list: ${visible(after)}`],
    )
    .action(({ tenant, client, state, ...paging }: ListOptions) =>
      withDatabase((pool) =>
        printListing<ListedEndpoint>(output(), paging, {
          columns: ENDPOINT_COLUMNS,
          none: 'no endpoints',
          pageSize: 200,
          keyOf: ({ tenantId, id }) => nameKey(tenantId, id),
          read: async (key, limit) => {
            const [tenantId = '', id = ''] = partsOfKey(key ?? '', 2) ?? [];
            const filter = {
              ...(tenant === undefined ? {} : { tenantId: tenant }),
              ...(client === undefined ? {} : { clientId: client }),
              ...(state === undefined ? {} : { state }),
            };
            const found = await listEndpoints(pool, filter, {
              limit,
              ...(key === undefined ? {} : { after: { tenantId, id } }),
            });
            return withUnreadable(pool, found);
          },
        }),
      ),
    );
}

async function withUnreadable(
  pool: pg.Pool,
  endpoints: readonly EndpointStatus[],
): Promise<readonly ListedEndpoint[]> {
  const sealing = sealingIfConfigured();
  if (sealing === undefined) return endpoints;
  const unopened = await unopenedEndpoints(pool, sealing, endpoints);
  const keys = new Set(unopened.map(({ tenantId, id }) => nameKey(tenantId, id)));
  return endpoints.map((each) => ({ ...each, unreadable: keys.has(nameKey(each.tenantId, each.id)) }));
}

const LIST_HELP = `
Waiting counts the messages of the client that the endpoint's position has not
passed. That position is written down now and then, so a few of them may have
been delivered in the last seconds, or be of types that it does not want.
"unreadable": SENDER_KEYS, where it is set, does not open its secrets or
headers, so it gets nothing; "endpoint show" says which key is missing.`;

const SHOW_HELP = `
Where SENDER_KEYS is set, "problem" says whether secrets and headers can be
opened with it, and which key is missing.`;

function showCommand(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('show <id>'))
    .description('all that is known of an endpoint except its secrets')
    .addHelpText('after', SHOW_HELP)
    .action((id: string, { tenant: tenantId }: TenantOption) =>
      withDatabase(async (pool) => {
        const found = await showEndpoint(pool, { tenantId, id });
        if (found === undefined) throw noEndpoint({ tenantId, id });
        const sealing = sealingIfConfigured();
        const problem =
          sealing === undefined ? {} : { problem: await endpointProblem(pool, sealing, { tenantId, id }) };
        print(output(), { ...found, ...problem }, describeEndpoint);
      }),
    );
}

function pauseCommand(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('pause <id>'))
    .description('send nothing to an endpoint; its messages wait')
    .option('--reason <text>', 'why, for those who look at it later')
    .action((id: string, { tenant: tenantId, reason }: TenantOption & { reason?: string }) =>
      withDatabase(async (pool) => {
        const before = await pauseEndpoint(pool, { tenantId, id }, reason ?? null);
        if (before === undefined) throw noEndpoint({ tenantId, id });
        if (before === 'disabled')
          throw new ProgramError(
            `endpoint ${visible(id)} is disabled, and gets nothing anyway: "endpoint show ${visible(id)}" says why`,
          );
        told(output(), { id, before, state: 'paused' });
      }),
    );
}

function resumeCommand(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('resume <id>'))
    .description('go on with an endpoint that is paused or disabled, from where it was')
    .action((id: string, { tenant: tenantId }: TenantOption) =>
      withDatabase(async (pool) => {
        const before = await resumeEndpoint(pool, { tenantId, id });
        if (before === undefined) throw noEndpoint({ tenantId, id });
        told(output(), { id, before, state: 'active' });
      }),
    );
}

function told(
  output: Output,
  data: { readonly id: string; readonly before: string; readonly state: string },
): void {
  const { id, before, state } = data;
  print(output, data, () =>
    before === state ? `endpoint ${id}: was ${state} already` : `endpoint ${id}: ${state}, was ${before}`,
  );
}

/** Millions of retries may go with an endpoint. */
const HOUR_MS = 3_600_000;

const REMOVE_HELP = `
With the endpoint go its secrets, its retries and its dead deliveries. What it
has not got is not delivered. Its attempts stay as long as attempts are kept.`;

function removeCommand(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('remove <id>'))
    .description('remove an endpoint and all that waits for it')
    .option('--yes', 'do not ask', false)
    .addHelpText('after', REMOVE_HELP)
    .action((id: string, { tenant: tenantId, yes }: TenantOption & { yes: boolean }) =>
      withDatabase(
        async (pool) => {
          const name = { tenantId, id };
          const found = await showEndpoint(pool, name);
          if (found === undefined) throw noEndpoint(name);
          const { waiting, retrying, dead } = found;
          const what = `${waiting} waiting, ${retrying} retrying and ${dead} dead deliveries`;
          if (!yes) await confirm(`Remove endpoint ${visible(id)} with ${what}?`, 'nothing was removed');
          if (!(await deleteEndpoint(pool, name))) throw noEndpoint(name);
          print(
            output(),
            { id, outcome: 'removed', waiting, retrying, dead },
            () => `endpoint ${id}: removed, with ${what}`,
          );
        },
        { statementTimeoutMs: HOUR_MS },
      ),
    );
}
