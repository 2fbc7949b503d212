import { ProgramError } from '#internal/daemon/program.ts';
import { adoptKeptIds, rebase } from '#internal/postgres/endpoints/rebase.ts';
import { endpointsUnserved, listSenders } from '#internal/postgres/endpoints/senders.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { counted } from '#internal/terminal/counted.ts';
import { confirm } from './confirm.ts';
import { withDatabase } from './connections.ts';
import { type Output, print, table, visible } from './output.ts';
import { senderReseal } from './sender-reseal.ts';

const HOUR_MS = 3_600_000;

const REBASE_HELP = `
Positions of endpoints are transaction ids, which mean nothing in another
cluster. After a restore of a dump, stop the senders and run this once; what was
waiting is then delivered in the same order. A database that was copied with its
cluster, such as a standby, does not need it. Events wait in the processor
meanwhile.
pg_upgrade keeps transaction ids: run this with --ids-kept, else what lanes
still hold is delivered again.`;

const ORPHANED = 'without a sender';
const MOVING = 'being handed over, which takes up to a minute';
const NOTHING_TO_DO = 'nothing to do: the positions are those of this cluster';

/** `sender list|rebase|reseal`. */
export function senderCommands(program: CommandLine, output: () => Output): void {
  const sender = program.command('sender').description('the processes that deliver messages');
  sender
    .command('list')
    .description('the sender processes that are alive, and what each serves')
    .action(() =>
      withDatabase(async (pool) => {
        const [senders, unserved] = [await listSenders(pool), await endpointsUnserved(pool)];
        print(output(), { senders, endpointsUnserved: unserved }, () =>
          [
            senders.length === 0
              ? 'no sender is alive'
              : table(
                  ['sender', 'shards', 'endpoints', 'alive until'],
                  senders.map(({ name, shards, endpoints, until }) => [name, shards, endpoints, until]),
                ),
            ...(unserved === 0
              ? []
              : [`${counted(unserved, 'endpoint')} ${senders.length === 0 ? ORPHANED : MOVING}`]),
          ].join('\n'),
        );
      }),
    );
  sender
    .command('rebase')
    .description(
      'after a restore into another PostgreSQL cluster: make positions of endpoints mean the same there',
    )
    .option('--ids-kept', 'after pg_upgrade: only note the new cluster', false)
    .option('--yes', 'do not ask', false)
    .addHelpText('after', REBASE_HELP)
    .action(({ yes, idsKept }: { yes: boolean; idsKept: boolean }) =>
      idsKept ? adoptCluster(yes, output()) : rebaseDatabase(yes, output()),
    );
  senderReseal(sender, output);
}

async function adoptCluster(yes: boolean, output: Output): Promise<void> {
  if (!yes) await confirm('Did pg_upgrade make this cluster?', 'nothing was changed');
  await withDatabase(async (pool) => {
    const outcome = await adoptKeptIds(pool);
    if (outcome.kind === 'alive') throw aliveError(outcome.senders);
    if (outcome.kind === 'copied')
      throw new ProgramError(
        'positions were copied from another cluster, whose ids this one does not have: run it without --ids-kept',
      );
    print(output, outcome, ({ kind }) => (kind === 'adopted' ? 'noted: senders may start' : NOTHING_TO_DO));
  });
}

async function rebaseDatabase(yes: boolean, output: Output): Promise<void> {
  if (!yes) await confirm('Renumber the positions of all endpoints?', 'nothing was changed');
  await withDatabase(
    async (pool) => {
      const outcome = await rebase(pool);
      if (outcome.kind === 'alive') throw aliveError(outcome.senders);
      print(output, outcome, (done) =>
        done.kind === 'rebased'
          ? `${counted(done.endpoints, 'endpoint')} and ${counted(done.lanes, 'lane')} renumbered: senders may start`
          : NOTHING_TO_DO,
      );
    },
    { statementTimeoutMs: HOUR_MS },
  );
}

function aliveError(senders: readonly string[]): ProgramError {
  return new ProgramError(
    `a sender is alive: ${senders.map(visible).join(', ')}; stop it first (one that was killed counts as alive for up to 40 s)`,
  );
}
