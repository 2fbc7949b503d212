import { secretFrom } from '#internal/operations/endpoints/sealed.ts';
import { InvalidArgumentError } from 'commander';

type Read = ReturnType<typeof secretFrom>;
export type GivenSecret = Extract<Read, { kind: 'secret' }>['secret'];

/** Parses a secret on the command line. */
export function parseSecret(text: string): GivenSecret {
  const read = secretFrom(text);
  if (read.kind === 'invalid') throw new InvalidArgumentError(`It is no secret: ${read.problem}.`);
  return read.secret;
}
