import process from 'node:process';
import { configProblems } from '#internal/config/config.ts';
import type { Dotenv } from '#internal/config/dotenv.ts';
import { describeUnknown, misspeltNames, PROGRAMS, unknownNames } from '#internal/programs/known.ts';
import { awsProblems } from '#internal/sqs/aws-settings.ts';
import type { Finding } from '#internal/operations/doctor/finding.ts';

const CHECK = 'configuration';
const SET_IT = 'set it in the environment or in .env; .env-template explains every variable';

/** Finds the variables that a program would refuse and those that are probably misspelt. */
export async function checkConfiguration(
  dotenv: Dotenv,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Finding[]> {
  const wrong = [...variables(env), ...(await aws(env))];
  const ok: Finding = {
    check: CHECK,
    result: 'ok',
    detail: `complete for ${namesOf(judged(env).map(([program]) => program))}`,
  };
  return [...(wrong.length === 0 ? [ok] : wrong), ...ofTheFile(dotenv), ...ofTheEnvironment(dotenv, env)];
}

/** The programs whose configuration counts. The sender is optional: its does where a variable of its own is set. */
function judged(env: NodeJS.ProcessEnv) {
  const runsSender = Object.entries(env).some(([name, value]) => name.startsWith('SENDER_') && value !== '');
  return Object.entries(PROGRAMS).filter(([program]) => program !== 'sender' || runsSender);
}

/** A finding for each mistake, with all programs that it concerns. */
function variables(env: NodeJS.ProcessEnv): Finding[] {
  const concerned = new Map<string, string[]>();
  for (const [program, config] of judged(env))
    for (const problem of configProblems(config, env))
      concerned.set(problem, [...(concerned.get(problem) ?? []), program]);
  return [...concerned].map(([problem, programs]) => ({
    check: CHECK,
    result: 'fail',
    detail: `${problem} (${namesOf(programs)})`,
    todo: SET_IT,
  }));
}

/** Every program but the sender calls SQS; in `admin`, the queue commands do. */
async function aws(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const programs = namesOf(Object.keys(PROGRAMS).filter((program) => program !== 'sender'));
  return (await awsProblems(env)).map((problem) => ({
    check: CHECK,
    result: 'fail',
    detail: `${problem} (${programs})`,
  }));
}

function ofTheFile({ path, problem, values = {}, overridden, strayLines }: Dotenv): Finding[] {
  const check = '.env';
  if (problem !== null) return [{ check, result: 'fail', detail: `${problem} (every program)` }];
  const findings: Finding[] = unknownNames(Object.keys(values)).map((unknown) => ({
    check,
    result: 'warn',
    detail: describeUnknown(unknown),
    todo: unknown.meant === undefined ? `remove it from ${path}` : `correct it in ${path}`,
  }));
  if (strayLines.length > 0) {
    const lines = strayLines.length === 1 ? `line ${strayLines[0]} is` : `lines ${strayLines.join(', ')} are`;
    const detail = `${lines} ignored: neither a variable nor a comment`;
    findings.push({ check, result: 'warn', detail, todo: `write NAME=value in ${path}` });
  }
  if (overridden.length === 0) return findings;
  const detail = `${namesOf(overridden)} of the file ${overridden.length === 1 ? 'has' : 'have'} no effect: the environment sets another value, which takes precedence`;
  return [...findings, { check, result: 'warn', detail, todo: 'set each in one place only' }];
}

function ofTheEnvironment({ values = {} }: Dotenv, env: NodeJS.ProcessEnv): Finding[] {
  const names = Object.keys(env).filter((name) => !(name in values));
  return misspeltNames(names).map((unknown) => ({
    check: 'environment',
    result: 'warn',
    detail: describeUnknown(unknown),
    todo: 'correct it where it is set',
  }));
}

function namesOf(names: readonly string[]): string {
  return names.join(', ');
}
