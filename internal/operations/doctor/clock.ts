import type { Finding } from './finding.ts';

/** A smaller offset may be the round trip and the second to which SQS rounds. */
const TOLERATED_SECONDS = 5;
/** AWS accepts signatures within this time: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const SIGNATURE_SECONDS = 300;

/** How far another clock is ahead of this machine's. */
interface ClockOffset {
  readonly seconds: number;
  /** Maximum error of `seconds`. */
  readonly withinSeconds: number;
}

const MATTERS = {
  PostgreSQL:
    "message ids, and so the day's partition, come from the clock of the processor, and retention drops days by it",
  SQS: 'SQS refuses signatures that are 5 minutes off; these programs then sign by the clock of SQS, other tools do not',
} as const;

/** Compares the clock of this machine with that of a server. */
export function clockFinding(server: keyof typeof MATTERS, offset: ClockOffset | undefined): Finding {
  const check = `clock, against ${server}`;
  if (offset === undefined) return { check, result: 'skipped', detail: `${server} does not tell its time` };
  const { seconds, withinSeconds } = offset;
  const surely = Math.max(0, Math.abs(seconds) - withinSeconds);
  if (surely <= TOLERATED_SECONDS)
    return {
      check,
      result: 'ok',
      detail: `the same, within ${(Math.abs(seconds) + withinSeconds).toFixed(1)} s`,
    };
  const ahead = seconds < 0 ? 'ahead of' : 'behind';
  const detail = `this machine is ${durationOf(Math.abs(seconds))} ${ahead} ${server}: ${MATTERS[server]}`;
  const refused = server === 'SQS' && surely >= SIGNATURE_SECONDS;
  const todo = 'correct the clock that is wrong, and synchronize it with NTP (chrony, systemd-timesyncd)';
  return { check, result: refused ? 'fail' : 'warn', detail, todo };
}

function durationOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
