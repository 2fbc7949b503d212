import process from 'node:process';
import { text as readStream } from 'node:stream/consumers';
import { ProgramError } from '#internal/daemon/program.ts';
import { secretFrom } from '#internal/operations/endpoints/sealed.ts';
import { InvalidArgumentError } from 'commander';

type Read = ReturnType<typeof secretFrom>;
type Secret = Extract<Read, { kind: 'secret' }>['secret'];

/** A secret on the command line, or where to read it. */
export type GivenSecret = Secret | 'stdin';

export const SECRET_HELP = `
Other users of this machine can see command lines, and shells keep them:
--secret - reads the secret from standard input.`;

/** Parses a secret on the command line; "-" is standard input. */
export function parseSecret(text: string): GivenSecret {
  if (text === '-') return 'stdin';
  const read = secretFrom(text);
  if (read.kind === 'invalid') throw new InvalidArgumentError(`It is no secret: ${read.problem}.`);
  return read.secret;
}

/**
 * Returns the secret that was given, from wherever it is to be read.
 * @throws ProgramError when standard input holds none
 */
export async function secretOf(given: GivenSecret): Promise<Secret> {
  if (given !== 'stdin') return given;
  const read = secretFrom((await readStream(process.stdin)).trim());
  if (read.kind === 'invalid')
    throw new ProgramError(`standard input holds no secret: ${read.problem}`, { exitCode: 2 });
  return read.secret;
}
