import { expect } from 'vitest';
import { Program } from './program.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `admin`. Its stderr must never hold a stack trace. */
export async function admin(env: Record<string, string>, ...args: string[]): Promise<Ended> {
  await using program = new Program('admin/main.ts', args, env);
  const { code } = await program.exited;
  expect(program.stderr).not.toMatch(/\n\s+at /);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/**
 * Returns the JSON document that the command prints. The command must succeed and write nothing to stderr.
 */
export async function adminJson(env: Record<string, string>, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await admin(env, ...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}
