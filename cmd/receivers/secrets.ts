import { readFileSync } from 'node:fs';
import { ConfigError } from '#internal/config/config.ts';
import { readSecret } from '#internal/sender/secret-text.ts';

interface Given {
  /** Secrets of every endpoint. */
  readonly secret?: readonly string[];
  /** File of lines with the name of an endpoint and a secret. */
  readonly secrets?: string;
}

/**
 * Reads the secrets of the command line and of the file. Returns the keys of an endpoint: its own and those of all.
 * @throws ConfigError with all mistakes at once, which shows no secret
 */
export function readSecrets({ secret = [], secrets: path }: Given): (endpoint: string) => readonly Buffer[] {
  const mistakes: string[] = [];
  const keyIn = (text: string, where: string): Buffer[] => {
    const read = readSecret(text);
    if (read.kind === 'secret' && read.secret.kind === 'hmac') return [read.secret.key];
    mistakes.push(
      `${where}: ${read.kind === 'invalid' ? read.problem : 'receivers verify only whsec_ secrets'}`,
    );
    return [];
  };
  const ofAll = secret.flatMap((text) => keyIn(text, '--secret'));
  const ofOne = new Map<string, Buffer[]>();
  for (const [i, line] of linesOf(path, mistakes).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [name = '', text = '', ...more] = line.trim().split(/\s+/);
    const where = `${path} line ${i + 1}`;
    if (text === '' || more.length > 0)
      mistakes.push(`${where}: expected the name of an endpoint and a secret`);
    else ofOne.set(name, [...(ofOne.get(name) ?? []), ...keyIn(text, where)]);
  }
  if (mistakes.length > 0) throw new ConfigError([], mistakes);
  return (endpoint) => [...(ofOne.get(endpoint) ?? []), ...ofAll];
}

function linesOf(path: string | undefined, mistakes: string[]): string[] {
  if (path === undefined) return [];
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    mistakes.push(`--secrets ${path} cannot be read: ${(error as Error).message}`);
    return [];
  }
}
