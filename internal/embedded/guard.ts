import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a child process when this process is gone, even after kill -9: a shell waits until our end of a pipe closes, then
 * signals the child and, once that has ended, removes a folder. Returns the shell, which the caller kills after an
 * orderly end of the child; undefined on Windows, which has no such shell.
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
  guard.on('error', () => {}); // without a shell, only our own clean-up ends the child
  guard.unref();
  return guard;
}
