import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { readDotenv } from '#internal/config/dotenv.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { loggingOf } from '#internal/daemon/variables.ts';
import { demandInput } from '#internal/programs/input.ts';
import { senderConfig } from '#internal/programs/sender.ts';
import { parseOptions } from './options.ts';
import { runSender } from './run.ts';

await runProgram('sender', async () => {
  const commandLine = parseOptions(process.argv);
  await demandInput({ configs: [senderConfig], aws: false }, { commandLine, dotenv: readDotenv() });
  const config = loadConfig(senderConfig, process.env);
  const log = await openLogger('sender', loggingOf(config));
  using shutdown = listenForShutdown(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
  return await runSender({ config, log, shutdown });
});
