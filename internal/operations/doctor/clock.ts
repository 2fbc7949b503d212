import type { Finding } from './finding.ts';

/** Less is the way there and back, and a second that SQS rounds off. */
const TOLERATED_SECONDS = 5;
/** Of a signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const SIGNATURE_SECONDS = 300;

/** By how much another clock is ahead of this machine's, and how well that is known. */
interface ClockOffset {
  readonly seconds: number;
  /** The true offset is at most this far from it. */
  readonly withinSeconds: number;
}

const MATTERS = {
  PostgreSQL:
    'messages get their ids, and with them the partition of their day, from the clock of the processor, and retention drops days by it',
  SQS: 'SQS refuses signatures that are 5 minutes off; these programs then sign by its clock, other tools do not',
} as const;

/** How the clock of this machine compares with that of a server. */
export function clockFinding(server: keyof typeof MATTERS, offset: ClockOffset | undefined): Finding {
  const check = `clock, against ${server}`;
  if (offset === undefined) return { check, result: 'skipped', detail: `${server} does not tell its time` };
  const { seconds, withinSeconds } = offset;
  const surely = Math.max(0, Math.abs(seconds) - withinSeconds);
  if (surely <= TOLERATED_SECONDS)
    return {
      check,
      result: 'ok',
      detail: `the same, to ${(Math.abs(seconds) + withinSeconds).toFixed(1)} s`,
    };
  const ahead = seconds < 0 ? 'ahead of' : 'behind';
  const detail = `this machine is ${durationOf(Math.abs(seconds))} ${ahead} ${server}: ${MATTERS[server]}`;
  const refused = server === 'SQS' && surely >= SIGNATURE_SECONDS;
  const todo = 'set the clock of whichever is wrong, and keep it with NTP (chrony, systemd-timesyncd)';
  return { check, result: refused ? 'fail' : 'warn', detail, todo };
}

function durationOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
