import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { wireOf } from '#internal/http/variables.ts';
import { openWire } from '#internal/http/wire.ts';
import { testEndpoint } from '#internal/operations/endpoints/test.ts';
import { wireConfig } from '#internal/programs/admin.ts';
import type { WireAnswer } from '#internal/sender/wire/ports.ts';
import { withDatabase } from './connections.ts';
import { noEndpoint, type TenantOption, withTenant } from './endpoint-options.ts';
import { type Output, print, tellPerson, visible } from './output.ts';
import { listenForInterrupt } from './progress.ts';
import { configuredSealing } from './sender-keys.ts';

const HELP = `
The request leaves from this machine, at once, whatever the endpoint's state: an
event of type endpoint.test, in the format of the endpoint, with its headers and
signed with its secrets. Nothing of it is stored.
The exit code is 0 when the endpoint accepted it, else 1.`;

/** `endpoint test`. */
export function endpointTest(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('test <id>'))
    .description('send an example event to an endpoint now, and show the answer')
    .addHelpText('after', HELP)
    .action((id: string, { tenant }: TenantOption) => test({ tenantId: tenant, id }, output()));
}

async function test(name: { readonly tenantId: string; readonly id: string }, output: Output): Promise<void> {
  await using wire = openWire({
    ...wireOf(loadConfig(wireConfig, process.env)),
    log: { info() {}, warn: (_fields, message) => tellPerson(message) },
  });
  using interrupt = listenForInterrupt();
  await withDatabase(async (pool) => {
    const tested = await testEndpoint(pool, name, {
      sealing: configuredSealing(),
      wire,
      signal: interrupt.signal,
    });
    if (tested.kind === 'missing') throw noEndpoint(name);
    if (tested.kind === 'sealed') throw new ProgramError(`endpoint ${visible(name.id)}: ${tested.problem}`);
    const { kind: _, ...shown } = tested;
    print(output, shown, ({ answer, milliseconds }) =>
      [`endpoint ${name.id}: ${described(answer)}, after ${milliseconds} ms`, ...textOf(answer)].join('\n'),
    );
    if (!tested.delivered) throw new ProgramError('the endpoint did not accept the event');
  });
}

function described(answer: WireAnswer): string {
  if (answer.kind === 'failure') return `no answer: ${visible(answer.message)} (${answer.failure})`;
  const location =
    answer.location === undefined ? '' : `, to ${visible(answer.location)}, which is not followed`;
  return `answered ${answer.status}${location}`;
}

function textOf(answer: WireAnswer): string[] {
  return answer.kind === 'response' && answer.text !== undefined ? [visible(answer.text)] : [];
}
