import process from 'node:process';
import { loadConfig, queueOf } from '#internal/daemon/config.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { openQueue } from '#internal/sqs/open-queue.ts';
import { config as readDotenv } from 'dotenv';
import { producersConfig } from './config.ts';
import { Generator } from './generator.ts';
import { Ledger } from './ledger.ts';
import { parseOptions } from './options.ts';
import { showProgress, summary } from './progress.ts';
import { Sender } from './sender.ts';

/** Sends under way get so long to be answered after Ctrl-C. */
const SHUTDOWN_SECONDS = 20;

await runProgram('producers', async () => {
  const options = parseOptions(process.argv);
  readDotenv({ quiet: true });
  const config = loadConfig(producersConfig, process.env);
  const tell = (message: string) => process.stderr.write(`${message}\n`);
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, tell);
  const client = openSqs({
    region: config.AWS_REGION,
    endpoint: config.AWS_ENDPOINT_URL,
    maxSockets: options.concurrency,
    maxAttempts: 1,
  });
  const { queue } = await openQueue(client, queueOf(config));
  tell(`sending to ${queue.name} for ${options.tenants.join(', ')}, seed ${options.seed}; Ctrl-C ends it`);
  await using ledger = await Ledger.open(options.ledger);
  const sender = new Sender({
    client,
    queueUrl: queue.url,
    generator: new Generator(options),
    ledger,
    options,
    tell,
  });
  {
    using _progress = showProgress(ledger, options.count, () => sender.seconds);
    await sender.run(shutdown.drain, shutdown.stop);
  }
  client.destroy();
  process.stdout.write(summary(ledger, sender.seconds, options.seed));
  return ledger.counts.failed > 0 ? 1 : 0;
});
