import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { parse } from 'dotenv';

/** What was found in `.env`. */
export interface Dotenv {
  readonly path: string;
  /** Undefined where there is no such file. */
  readonly values: Readonly<Record<string, string>> | undefined;
  /** Names that are set in the environment to something else, which then holds. */
  readonly overridden: readonly string[];
  /** Why it could not be read, a sentence; null when it was, or is not there. */
  readonly problem: string | null;
}

/** Puts the variables of `.env` into the environment, where they are not set already. A file that is not there is none. */
export function readDotenv(env: NodeJS.ProcessEnv = process.env, file = '.env'): Dotenv {
  const path = resolve(file);
  let values: Record<string, string>;
  try {
    values = parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    return { path, values: undefined, overridden: [], problem: whyNot(path, error as NodeJS.ErrnoException) };
  }
  const overridden: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (env[name] === undefined) env[name] = value;
    else if (env[name] !== value) overridden.push(name);
  }
  return { path, values, overridden, problem: null };
}

/** Null where there is no such file. */
function whyNot(path: string, { code, message }: NodeJS.ErrnoException): string | null {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return null;
    case 'EISDIR':
      return `${path} is a directory, and not a file of variables: remove or rename it`;
    case 'EACCES':
    case 'EPERM':
      return `${path} cannot be read: this user has no permission to; let it read the file, or remove the file`;
    default:
      return `${path} cannot be read: ${message}`;
  }
}
