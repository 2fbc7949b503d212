import process from 'node:process';
import { ConfigError, loadConfig } from '#internal/config/config.ts';
import { queueOf } from '#internal/sqs/variables.ts';
import type { z } from 'zod';
import { doctorConfig } from './config.ts';
import { checkDatabase } from './doctor-database.ts';
import { checkQueue } from './doctor-queue.ts';
import { bad, good, type Output, print } from './output.ts';

/** What a check found. `todo` says what to do about a failure or a warning. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  readonly todo?: string;
}

export type DoctorConfig = z.output<typeof doctorConfig>;

/** Looks at configuration, PostgreSQL and SQS, tells all it finds at once; answers the exit code. */
export async function doctor(output: Output): Promise<number> {
  const findings = await examine();
  print(output, findings, (all) => all.map(lineOf).join('\n'));
  return findings.some(({ result }) => result === 'fail') ? 1 : 0;
}

async function examine(): Promise<Finding[]> {
  let config: DoctorConfig;
  try {
    config = loadConfig(doctorConfig, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const todo = 'set it in the environment or in .env; .env-template explains every variable';
    return [
      {
        check: 'configuration',
        result: 'fail',
        detail: error.message
          .split('\n')
          .slice(1)
          .map((line) => line.trim().slice(2))
          .join('; '),
        todo,
      },
      { check: 'PostgreSQL', result: 'skipped', detail: 'the configuration comes first' },
      { check: 'SQS', result: 'skipped', detail: 'the configuration comes first' },
    ];
  }
  const [database, queue] = await Promise.all([checkDatabase(config), checkQueue(config, queueOf(config))]);
  return [{ check: 'configuration', result: 'ok', detail: 'complete' }, ...database, ...queue];
}

const MARKS = { ok: good('ok     '), warn: 'warn   ', fail: bad('FAIL   '), skipped: 'skipped' } as const;

function lineOf({ check, result, detail, todo }: Finding): string {
  return `${MARKS[result]}  ${check}: ${detail}${todo === undefined ? '' : ` -> ${todo}`}`;
}
