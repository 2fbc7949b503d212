import { ProgramError } from '#internal/daemon/program.ts';
import { resealEndpoints } from '#internal/operations/endpoints/reseal.ts';
import { countOutdated } from '#internal/postgres/endpoints/reseal.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { counted } from '#internal/terminal/counted.ts';
import { withDatabase } from './connections.ts';
import { type Output, print, visible } from './output.ts';
import { listenForInterrupt, showProgress } from './progress.ts';
import { configuredSealing } from './sender-keys.ts';

const HELP = `
To take an old key out of SENDER_KEYS:
1. Put the new key in front of it (new:…,old:…), restart all senders.
2. Run this, with the same SENDER_KEYS.
3. Take the old key out, restart all senders.
Secrets and headers stay the same, so receivers notice nothing. Endpoints are
changed in pages. Ctrl-C ends the command after the current page; run it again
to continue.`;

/** `sender reseal`. */
export function senderReseal(sender: CommandLine, output: () => Output): void {
  sender
    .command('reseal')
    .description('encrypt secrets and headers of endpoints anew, with the first key of SENDER_KEYS')
    .addHelpText('after', HELP)
    .action(() => reseal(output()));
}

async function reseal(output: Output): Promise<void> {
  const sealing = configuredSealing();
  const key = sealing.firstKeyName;
  await withDatabase(async (pool) => {
    using interrupt = listenForInterrupt();
    using progress = showProgress('endpoints encrypted anew', await countOutdated(pool, sealing));
    const { resealed, unopened, complete } = await resealEndpoints(pool, sealing, {
      signal: interrupt.signal,
      progress: (done) => progress.tell(done),
    });
    progress[Symbol.dispose]();
    print(output, { key, resealed, unopened, complete }, () =>
      [
        resealed === 0
          ? `no endpoint was encrypted anew with the key ${key}`
          : `${counted(resealed, 'endpoint')} encrypted anew with the key ${key}`,
        ...unopened.map(
          ({ tenantId, id, problem }) =>
            `endpoint ${visible(id)} of tenant ${visible(tenantId)} cannot be opened: ${problem}`,
        ),
        ...(complete && unopened.length === 0 ? ['no endpoint needs another key of SENDER_KEYS'] : []),
      ].join('\n'),
    );
    if (!complete) throw new ProgramError('interrupted: run the same command again to continue');
    if (unopened.length > 0)
      throw new ProgramError(
        'not all could be opened: put their keys back into SENDER_KEYS, or give these endpoints new secrets with "endpoint rotate-secret --keep 0" and new headers with "endpoint set --header"',
      );
  });
}
