import { ProgramError } from '#internal/daemon/program.ts';
import { rotateEndpointSecret } from '#internal/operations/endpoints/rotate-secret.ts';
import { MOST_SECRETS } from '#internal/postgres/endpoints/rotate-secret.ts';
import { endpointProblem } from '#internal/operations/endpoints/problems.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { Option } from 'commander';
import { withDatabase } from './connections.ts';
import { durationUpTo, noEndpoint, type TenantOption, withTenant } from './endpoint-options.ts';
import { type GivenSecret, parseSecret, SECRET_HELP, secretOf } from './endpoint-secret.ts';
import { secretLines } from './endpoint-text.ts';
import { type Output, printWhole, tellPerson, visible } from './output.ts';
import { configuredSealing } from './sender-keys.ts';

const MOST_KEPT_SECONDS = 604_800;
const DAY_SECONDS = 86_400;

const HELP = `
Until the old secret expires, requests carry a signature for each: receivers may
change to the new one at any time in between. At most ${MOST_SECRETS} are valid at a time.
--keep 0 ends the old one at once, as after a leak, and drops those that
SENDER_KEYS cannot open: while there is one, nothing is sent.`;

interface RotateOptions extends TenantOption {
  readonly keep: number;
  readonly secret?: GivenSecret;
  readonly ed25519: boolean;
}

/** `endpoint rotate-secret`. */
export function endpointRotate(endpoint: CommandLine, output: () => Output): void {
  withTenant(endpoint.command('rotate-secret <id>'))
    .description('give an endpoint a new secret; it is shown once')
    .addOption(
      new Option('--keep <duration>', 'how long the old one stays valid, up to 7d')
        .argParser(durationUpTo(MOST_KEPT_SECONDS, '7d'))
        .default(DAY_SECONDS, '24h'),
    )
    .option('--secret <whsec>', 'this secret instead of a new one (-: from standard input)', parseSecret)
    .option('--ed25519', 'the Ed25519 key of the signatures v1a instead of the HMAC secret', false)
    .addHelpText('after', `${HELP}${SECRET_HELP}`)
    .check(({ secret, ed25519 }: RotateOptions) =>
      secret !== undefined && ed25519
        ? ['--secret says by itself which kind it is: leave out --ed25519']
        : [],
    )
    .action((id: string, options: RotateOptions) =>
      rotate({ tenantId: options.tenant, id }, options, output()),
    );
}

async function rotate(
  name: { readonly tenantId: string; readonly id: string },
  { keep, secret, ed25519 }: RotateOptions,
  output: Output,
): Promise<void> {
  const given = secret === undefined ? undefined : await secretOf(secret);
  const sealing = configuredSealing();
  await withDatabase(async (pool) => {
    const rotated = await rotateEndpointSecret(pool, name, {
      secret: given ?? (ed25519 ? 'ed25519' : 'hmac'),
      keepSeconds: keep,
      sealing,
    });
    if (rotated.kind === 'missing') throw noEndpoint(name);
    if (rotated.kind === 'too_many') throw tooMany(name.id);
    if (rotated.kind === 'unreadable') throw unreadable(name.id);
    const until = keep === 0 || rotated.kind === 'added' ? null : new Date(Date.now() + keep * 1000);
    const { secret: made } = rotated;
    printWhole(output, { id: name.id, secret: made, oldValidUntil: until }, () =>
      [`endpoint ${name.id}: ${oldSecret(rotated.kind, until)}`, ...secretLines([made])].join('\n'),
    );
    const problem = await endpointProblem(pool, sealing, name);
    if (problem !== null)
      tellPerson(
        `warning: endpoint ${visible(name.id)} gets nothing, because its headers or a secret of another kind cannot be opened: ${problem}`,
      );
  });
}

function unreadable(id: string): ProgramError {
  return new ProgramError(
    `secrets of endpoint ${visible(id)} cannot be opened with SENDER_KEYS, so nothing would be sent: put their key back ("endpoint show" says which), or give --keep 0, which drops them`,
  );
}

function tooMany(id: string): ProgramError {
  return new ProgramError(
    `${MOST_SECRETS} secrets of endpoint ${visible(id)} are valid: wait until one has expired ("endpoint show"), or give --keep 0`,
  );
}

function oldSecret(kind: 'rotated' | 'added', until: Date | null): string {
  if (kind === 'added') return 'has its first secret of this kind';
  return until === null
    ? 'the old secret is valid no more'
    : `the old secret is valid until ${until.toISOString()}`;
}
