import process from 'node:process';
import { configProblems, loadConfig } from '#internal/config/config.ts';
import type { Dotenv } from '#internal/config/dotenv.ts';
import { processorConfig } from '#internal/programs/processor.ts';
import { awsProblems } from '#internal/sqs/aws-settings.ts';
import { queueOf } from '#internal/sqs/variables.ts';
import type { z } from 'zod';
import { databaseConfig, queueConfig } from '#internal/programs/admin.ts';
import { checkConfiguration } from './doctor-configuration.ts';
import { checkDatabase } from '#internal/operations/doctor/database.ts';
import { checkHealthPort } from './doctor-port.ts';
import { checkQueue } from '#internal/operations/doctor/queue.ts';
import { type Finding, THE_CONFIGURATION_FIRST } from '#internal/operations/doctor/finding.ts';
import { sealingIfConfigured } from './sender-keys.ts';
import { bad, good, type Output, print } from './output.ts';

/**
 * Checks configuration, PostgreSQL, SQS and the health port, and prints all findings at once. Returns the exit code: 2 when
 * the configuration is wrong, 1 when another check fails, else 0.
 */
export async function doctor(output: Output, dotenv: Dotenv): Promise<number> {
  const configuration = await checkConfiguration(dotenv);
  const others = await checkOthers();
  const findings = [...configuration, ...others];
  print(output, findings, (all) => all.map(lineOf).join('\n'));
  if (configuration.some(({ result }) => result === 'fail')) return 2;
  return others.some(({ result }) => result === 'fail') ? 1 : 0;
}

/** Checks each part whose own configuration is valid, whatever is wrong with the rest. */
async function checkOthers(): Promise<Finding[]> {
  const { env } = process;
  const does = (config: z.ZodType) => configProblems(config, env).length === 0;
  const processor = does(processorConfig) ? loadConfig(processorConfig, env) : undefined;
  const skipped = (check: string): Finding[] => [
    { check, result: 'skipped', detail: THE_CONFIGURATION_FIRST },
  ];
  const queue = async () =>
    does(queueConfig) && (await awsProblems(env)).length === 0
      ? checkQueue(queueOf(loadConfig(queueConfig, env)), processor)
      : skipped('SQS');
  const parts = await Promise.all([
    does(databaseConfig)
      ? checkDatabase(loadConfig(databaseConfig, env), processor, sealingIfConfigured())
      : skipped('PostgreSQL'),
    queue(),
    processor === undefined ? skipped('health port') : healthPort(processor),
  ]);
  return parts.flat();
}

async function healthPort({
  HEALTH_PORT: port,
  HEALTH_HOST: host,
}: z.output<typeof processorConfig>): Promise<Finding[]> {
  return [await checkHealthPort({ port, ...(host === undefined ? {} : { host }) })];
}

const MARKS = { ok: good('ok     '), warn: 'warn   ', fail: bad('FAIL   '), skipped: 'skipped' } as const;

function lineOf({ check, result, detail, todo }: Finding): string {
  return `${MARKS[result]}  ${check}: ${detail}${todo === undefined ? '' : ` -> ${todo}`}`;
}
