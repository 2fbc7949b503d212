import process from 'node:process';
import { readDotenv } from '#internal/config/dotenv.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { loggingOf } from '#internal/daemon/variables.ts';
import { loadInput } from '#internal/programs/input.ts';
import { processorConfig } from '#internal/programs/processor.ts';
import { parseOptions } from './options.ts';

await runProgram('processor', async () => {
  const { mistakes, ...options } = parseOptions(process.argv);
  const config = await loadInput(processorConfig, { commandLine: mistakes, dotenv: readDotenv() });
  const log = await openLogger('processor', loggingOf(config));
  // Imported when needed: a supervisor uses neither the pipeline nor the clients of SQS and PostgreSQL.
  if (config.WORKERS > 1) return (await import('./supervise.ts')).supervise({ config, options, log });
  return (await import('./alone.ts')).runAlone({ config, options, log });
});
