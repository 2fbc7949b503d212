import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { parse } from 'dotenv';

/** The content of `.env`. */
export interface Dotenv {
  readonly path: string;
  /** Undefined if the file does not exist or cannot be read. */
  readonly values: Readonly<Record<string, string>> | undefined;
  /** Names that the environment sets to another value, which takes precedence. */
  readonly overridden: readonly string[];
  /** Numbers (from 1) of lines that are neither variables nor comments, and are ignored. */
  readonly strayLines: readonly number[];
  /** Says in a sentence why the file could not be read; null if it was read or does not exist. */
  readonly problem: string | null;
}

const NOTHING = { values: undefined, overridden: [], strayLines: [] } as const;

/** Puts the variables of `.env` into the environment, unless they are set there. The file need not exist. */
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

/** Matches what dotenv reads as a variable, quoted values of several lines included; dotenv ignores the rest. */
const VARIABLE =
  /^\s*(?:export\s+)?[\w.-]+(?:\s*=\s*?|:\s+?)(?:\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

function strayLinesOf(text: string): number[] {
  const rest = text.replaceAll(VARIABLE, (variable) => variable.replaceAll(/[^\n]/g, ''));
  return rest.split('\n').flatMap((line, i) => (/^\s*(#|$)/.test(line) ? [] : [i + 1]));
}

/** Returns null if the file does not exist. */
function whyNot(path: string, { code, message }: NodeJS.ErrnoException): string | null {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return null;
    case 'EISDIR':
      return `${path} is a directory, not a file of variables: remove or rename it`;
    case 'EACCES':
    case 'EPERM':
      return `${path} cannot be read: this user has no permission to; let it read the file, or remove the file`;
    default:
      return `${path} cannot be read: ${message}`;
  }
}
