import { join, resolve } from 'node:path';
import process from 'node:process';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { demandFree } from '#internal/embedded/ports.ts';
import { startPostgres } from '#internal/embedded/postgres.ts';
import { startSqs } from '#internal/embedded/sqs.ts';
import { createDatabase } from './data.ts';
import { dataFolder } from './data-folder.ts';
import { description, envLines, writeEnv } from './instructions.ts';
import { parseOptions } from './options.ts';

const SHUTDOWN_SECONDS = 60;

await runProgram('services', async () => {
  const options = parseOptions(process.argv);
  const { postgresPort, sqsPort } = options;
  await demandFree(postgresPort, 'PostgreSQL', '--postgres-port');
  await demandFree(sqsPort, 'SQS', '--sqs-port');
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, (message) => process.stderr.write(`\n${message}\n`));
  const folder = await dataFolder(resolve(options.data));
  await using postgres = await startPostgres({ folder: join(folder, 'postgres'), port: postgresPort });
  const databaseUrl = await createDatabase(postgres.url);
  await using sqs = await startSqs({ port: sqsPort, folder: join(folder, 'sqs') });
  const env = envLines(databaseUrl, sqs.endpoint);
  const settings = options.writeEnv ? await writeEnv(env) : 'Put this into .env:';
  process.stdout.write(description({ settings, env, databaseUrl, endpoint: sqs.endpoint, folder }));
  const told = new Promise<undefined>((done) =>
    shutdown.drain.addEventListener('abort', () => done(undefined), { once: true }),
  );
  const problem = await Promise.race([told, postgres.ended, sqs.ended]);
  if (problem !== undefined)
    throw new ProgramError(`${problem}\nThe data is kept in ${folder}: start the services again`);
  return 0;
});
