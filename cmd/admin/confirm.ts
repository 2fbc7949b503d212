import { createInterface } from 'node:readline/promises';
import process from 'node:process';
import { ProgramError } from '#internal/daemon/program.ts';

/** @throws ProgramError unless the operator answers yes on a terminal */
export async function confirm(question: string, otherwise: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new ProgramError(`${question} There is no terminal to ask on: give --yes`, { exitCode: 2 });
  using readline = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await readline.question(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new ProgramError(otherwise);
}
