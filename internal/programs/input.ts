import process from 'node:process';
import { ConfigError, configProblems, loadConfig } from '../config/config.ts';
import type { Dotenv } from '../config/dotenv.ts';
import { awsProblems } from '../sqs/aws-settings.ts';
import type { z } from 'zod';
import { describeUnknown, unknownNames } from './known.ts';

/** What a program, or one of its commands, reads from its environment. */
export interface Needs {
  readonly configs: readonly z.ZodType[];
  /** Whether it calls SQS, and so needs a region and credentials. */
  readonly aws: boolean;
  /** The command itself reports what is wrong with the environment and with `.env`, among other things. */
  readonly judges?: true;
}

/** What a program was given besides its environment. */
interface Given {
  /** Mistakes in its command line. */
  readonly commandLine: readonly string[];
  readonly dotenv: Dotenv;
}

/**
 * Checks everything that a program was given, before it does anything.
 * @throws ConfigError with all problems at once
 */
export async function demandInput(
  { configs, aws, judges }: Needs,
  { commandLine, dotenv }: Given,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const wrong = new Set(configs.flatMap((config) => configProblems(config, env)));
  if (aws) for (const problem of await awsProblems(env)) wrong.add(problem);
  const unread = dotenv.problem === null || judges === true ? [] : [dotenv.problem];
  if (commandLine.length + wrong.size + unread.length === 0) return;
  throw new ConfigError([...unread, ...wrong, ...(wrong.size === 0 ? [] : misspelt(dotenv))], commandLine);
}

/** Like `demandInput`, for a program that calls SQS; returns the configuration. */
export async function loadInput<S extends z.ZodType>(
  config: S,
  given: Given,
  env: NodeJS.ProcessEnv = process.env,
): Promise<z.output<S>> {
  await demandInput({ configs: [config], aws: true }, given, env);
  return loadConfig(config, env);
}

/** Finds misspelt names in `.env`: a variable that is missing may be there under a wrong name. */
function misspelt({ values }: Dotenv): string[] {
  return unknownNames(Object.keys(values ?? {}))
    .filter(({ meant }) => meant !== undefined)
    .map((unknown) => `in .env: ${describeUnknown(unknown)}`);
}
