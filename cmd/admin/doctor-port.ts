import { isTaken, serveHealth } from '#internal/daemon/health.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import type { Finding } from '#internal/operations/doctor/finding.ts';

const ASK_MS = 2_000;

interface HealthAddress {
  readonly port: number;
  readonly host?: string;
}

/** Whether a processor that starts on this machine can serve its health and metrics. A processor that runs is no hindrance. */
export async function checkHealthPort(address: HealthAddress): Promise<Finding> {
  const check = 'health port';
  const { port, host } = address;
  const where = host === undefined ? `${port}` : `${port} of ${host}`;
  try {
    await using server = await serveHealth({ ...address, readiness: unused, metrics: unused });
    return {
      check,
      result: 'ok',
      detail: port === 0 ? 'any free one' : `${server.port} is free on this machine`,
    };
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (!isTaken(error)) return { check, result: 'fail', detail: `${error.message} (processor)` };
    if (await isProcessor(address))
      return { check, result: 'ok', detail: `${where} is taken by a processor, which runs on this machine` };
    return {
      check,
      result: 'fail',
      detail: `${where} is taken on this machine by something that is no processor (processor)`,
      todo: 'set HEALTH_PORT to another port, or to 0 for any free one; leave it if the processor runs elsewhere',
    };
  }
}

/** By its metrics. */
async function isProcessor({ port, host = '127.0.0.1' }: HealthAddress): Promise<boolean> {
  const name = host.includes(':') ? `[${host}]` : host.replace(/^0\.0\.0\.0$/, '127.0.0.1');
  try {
    const response = await fetch(`http://${name}:${port}/metrics`, { signal: AbortSignal.timeout(ASK_MS) });
    return (await response.text()).includes('event_processor_');
  } catch {
    return false;
  }
}

async function unused(): Promise<never> {
  throw new Error('doctor is not a processor');
}
