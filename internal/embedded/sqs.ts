import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface EmbeddedSqsOptions {
  /** Port on 127.0.0.1; without it, any free port. */
  readonly port?: number;
  /** Keeps queues and messages; without it, they are lost with the process. */
  readonly folder?: string;
}

export interface EmbeddedSqs extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Starts it again on the same port; without a folder, it is empty. */
  start(): Promise<void>;
  /** Resolves with a sentence when the first server process ends unexpectedly. */
  readonly ended: Promise<string>;
}

/** The server process reports its port once it listens, or why it cannot. */
export type ServerReport = { readonly port: number } | { readonly problem: string };

/**
 * Starts the SQS emulator of the npm packages in a process of its own, so that it does not share an event loop with
 * what is measured. It ends when this process ends, however that happens.
 * @throws Error when it cannot listen
 */
export async function startSqs({ port = 0, folder }: EmbeddedSqsOptions = {}): Promise<EmbeddedSqs> {
  let running = await startServer(port, folder);
  let stopping = false;
  const stop = () => {
    stopping = true;
    return end(running.child);
  };
  const ended = new Promise<string>((resolve) => {
    running.child.once('exit', (code, signal) => {
      if (!stopping) resolve(`SQS ended (${signal ?? `exit code ${code}`})`);
    });
  });
  return {
    port: running.port,
    endpoint: `http://127.0.0.1:${running.port}`,
    stop,
    ended,
    async start() {
      running = await startServer(running.port, folder);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function startServer(
  port: number,
  folder: string | undefined,
): Promise<{ child: ChildProcess; port: number }> {
  const program = fileURLToPath(new URL('./sqs-server.ts', import.meta.url));
  // In a process group of its own, so that Ctrl-C reaches only this process, which then stops it.
  const child = spawn(process.execPath, [program, String(port), ...(folder === undefined ? [] : [folder])], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const report = await new Promise<ServerReport>((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message) => resolve(message as ServerReport));
    child.once('exit', (code) => resolve({ problem: `it ended with exit code ${code}` }));
  });
  if ('problem' in report) {
    child.kill('SIGKILL');
    throw new Error(`the embedded SQS did not start: ${report.problem}`);
  }
  return { child, port: report.port };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}
