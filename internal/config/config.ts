import { z } from 'zod';

/**
 * Configuration, or a command line, that cannot be used. The message lists every problem on a line of its own. It shows
 * words of the command line, but never the values of variables.
 */
export class ConfigError extends Error {
  constructor(problems: readonly string[], ofTheCommandLine: readonly string[] = []) {
    const lines = [...ofTheCommandLine, ...problems].map((problem) => `\n  - ${problem}`);
    super(`${subjectOf(problems, ofTheCommandLine)} cannot be used:${lines.join('')}`);
    this.name = 'ConfigError';
  }
}

function subjectOf(problems: readonly string[], ofTheCommandLine: readonly string[]): string {
  if (ofTheCommandLine.length === 0) return 'The configuration';
  const commandLine = 'The command line (--help explains it)';
  return problems.length === 0 ? commandLine : `${commandLine} and the configuration`;
}

/** Makes a check of several variables run even if other variables are wrong, so that all problems are reported at once. */
export const EVEN_SO = { when: () => true } as const;

/**
 * Reads a program's configuration from environment variables. An empty variable counts as not set.
 * @throws ConfigError with all problems at once
 */
export function loadConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const result = schema.safeParse(givenIn(env));
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map(wordsOf));
}

/** Returns what is wrong with the variables of a program, one sentence each; empty if nothing is. */
export function configProblems(schema: z.ZodType, env: NodeJS.ProcessEnv): string[] {
  return schema.safeParse(givenIn(env)).error?.issues.map(wordsOf) ?? [];
}

function givenIn(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}

function wordsOf({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.join('.')} ${message}`;
}

/** A whole number between bounds, both included. */
export function whole(fallback: number, minimum: number, maximum: number) {
  const wanted = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, wanted)
    .transform(Number)
    .pipe(z.number().min(minimum, wanted).max(maximum, wanted))
    .default(fallback);
}

/** `true` or `false`. */
export function flag(fallback: boolean) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .default(fallback);
}
