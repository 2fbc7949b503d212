import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { loggingOf } from '#internal/daemon/variables.ts';
import { config as readDotenv } from 'dotenv';
import { processorConfig } from './config.ts';
import { parseOptions } from './options.ts';

await runProgram('processor', async () => {
  const options = parseOptions(process.argv);
  readDotenv({ quiet: true });
  const config = loadConfig(processorConfig, process.env);
  const log = await openLogger('processor', loggingOf(config));
  // Each brings in what it needs: a supervisor has no use for the pipeline and the clients of SQS and PostgreSQL.
  if (config.WORKERS > 1) return (await import('./supervise.ts')).supervise({ config, options, log });
  return (await import('./alone.ts')).runAlone({ config, options, log });
});
