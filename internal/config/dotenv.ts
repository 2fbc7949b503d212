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
  /** Numbers of the lines, from 1 on, that are neither variables nor comments, and mean nothing. */
  readonly strayLines: readonly number[];
  /** Why it could not be read, a sentence; null when it was, or is not there. */
  readonly problem: string | null;
}

const NOTHING = { values: undefined, overridden: [], strayLines: [] } as const;

/** Puts the variables of `.env` into the environment, where they are not set already. A file that is not there is none. */
export function readDotenv(env: NodeJS.ProcessEnv = process.env, file = '.env'): Dotenv {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    return { path, ...NOTHING, problem: whyNot(path, error as NodeJS.ErrnoException) };
  }
  const values = parse(text);
  const overridden: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (env[name] === undefined) env[name] = value;
    else if (env[name] !== value) overridden.push(name);
  }
  return { path, values, overridden, strayLines: strayLinesOf(text), problem: null };
}

/** What dotenv takes for a variable, quoted values of several lines included; it passes over the rest. */
const VARIABLE =
  /^\s*(?:export\s+)?[\w.-]+(?:\s*=\s*?|:\s+?)(?:\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

function strayLinesOf(text: string): number[] {
  const rest = text.replaceAll(VARIABLE, (variable) => variable.replaceAll(/[^\n]/g, ''));
  return rest.split('\n').flatMap((line, i) => (/^\s*(#|$)/.test(line) ? [] : [i + 1]));
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
