import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { makeCertificate } from '#internal/load/receivers/certificate.ts';
import { DeliveryLedger } from '#internal/load/receivers/delivery-ledger.ts';
import { openReceivers } from '#internal/load/receivers/receivers.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { showLive } from './live.ts';
import { behaviourOf, parseOptions } from './options.ts';
import { readSecrets } from './secrets.ts';

const SHUTDOWN_SECONDS = 10;

await runProgram('receivers', async () => {
  const options = parseOptions(process.argv);
  const { port, host, seed, tlsCa } = options;
  const keysOf = readSecrets(options);
  const behaviour = behaviourOf(options);
  const tls = options.tls ? makeCertificate(host) : undefined;
  if (tls !== undefined && tlsCa !== undefined) writeCertificate(tlsCa, tls.cert);
  using ledger = new DeliveryLedger(options.ledger);
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {});
  const told = new Promise<void>((resolve) => shutdown.drain.addEventListener('abort', () => resolve()));
  {
    await using receivers = await openReceivers({
      port,
      host,
      behaviourOf: () => behaviour,
      keysOf,
      seed,
      ledger,
      tls,
    });
    const where = `receiving on ${receivers.url}/hooks/<endpoint>; Ctrl-C ends it; --seed ${seed} gives the same answers`;
    process.stderr.write(`${wrappedLines(where, columnsOf(process.stderr))}\n`);
    if (!process.stdout.isTTY) tellPrograms({ msg: 'ready', url: receivers.url });
    using _live = showLive(ledger);
    await told;
  }
  tellPrograms({ msg: 'stopped', ...ledger.received });
  return 0;
});

/** A line as the logs of the other programs have them. */
function tellPrograms(fields: object): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}

function writeCertificate(path: string, pem: string): void {
  try {
    writeFileSync(path, pem);
  } catch (error) {
    const message = `the certificate cannot be written to ${path}: ${(error as Error).message}`;
    throw new ProgramError(message, { exitCode: 2, cause: error });
  }
}
