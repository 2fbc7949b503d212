import { changeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { unregisteredTypes } from '#internal/postgres/endpoints/unregistered-types.ts';
import { sealedHeaders } from '#internal/operations/endpoints/sealed.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { withDatabase } from './connections.ts';
import { typeWarning } from './endpoint-add.ts';
import { demandSendable } from './endpoint-checks.ts';
import {
  noEndpoint,
  optionsOf,
  type ServiceOptions,
  withServiceOptions,
  withTenant,
} from './endpoint-options.ts';
import { type Output, print, tellPerson } from './output.ts';
import { configuredSealing } from './sender-keys.ts';

const HELP = `
Options that are not given stay as they are. --header replaces all headers, and
--header none removes them. The sender takes the change over within seconds.`;

interface SetOptions extends ServiceOptions {
  readonly tenant: string;
  readonly url?: string;
}

/** `endpoint set`. */
export function endpointSet(endpoint: CommandLine, output: () => Output): void {
  withServiceOptions(withTenant(endpoint.command('set <id>')))
    .description('change how an endpoint is served')
    .option('--url <url>', 'send to this URL')
    .option('--ordered', 'one message at a time, in the order of their commits')
    .option('--no-ordered', 'several messages at a time')
    .addHelpText('after', HELP)
    .check((options: SetOptions) =>
      Object.keys(changesOf(options)).length > 0 || options.header !== undefined
        ? []
        : ['name at least one option to change'],
    )
    .action((id: string, options: SetOptions) => set({ tenantId: options.tenant, id }, options, output()));
}

function changesOf(options: SetOptions) {
  return { ...optionsOf(options), ...(options.url === undefined ? {} : { url: options.url }) };
}

async function set(
  name: { readonly tenantId: string; readonly id: string },
  options: SetOptions,
  output: Output,
): Promise<void> {
  demandSendable(options);
  const { header } = options;
  const changes = {
    ...changesOf(options),
    ...(header === undefined ? {} : sealedHeaders(name, Object.fromEntries(header), configuredSealing())),
  };
  await withDatabase(async (pool) => {
    if (!(await changeEndpoint(pool, name, changes))) throw noEndpoint(name);
    const unregistered = await unregisteredTypes(pool, name.tenantId, changes.eventTypes ?? []);
    if (!output.json) for (const each of unregistered) tellPerson(typeWarning(each));
    const { sealedHeaders: _, ...shown } = { sealedHeaders: null, ...changes };
    print(output, { id: name.id, changed: shown, unregistered }, () => `endpoint ${name.id}: changed`);
  });
}
