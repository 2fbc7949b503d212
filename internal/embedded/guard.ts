import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a child process when this process is gone, even by kill -9: a shell waits for our end of a pipe to close,
 * then signals the child and, when that is gone, removes a folder. Returns the shell, to be killed when the child has
 * been ended in order; undefined on Windows, which has no such shell.
 */
export function endWithUs(
  child: ChildProcess,
  signal: 'INT' | 'TERM',
  folder?: string,
): ChildProcess | undefined {
  if (child.pid === undefined || process.platform === 'win32') return undefined;
  const cleanUp =
    folder === undefined ? ':' : 'while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
  const guard = spawn(
    '/bin/sh',
    ['-c', `cat >/dev/null; kill -${signal} "$1"; ${cleanUp}`, 'guard', String(child.pid), folder ?? ''],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  guard.on('error', () => {}); // without a shell, the child is ended by our own clean-up only
  guard.unref();
  return guard;
}
