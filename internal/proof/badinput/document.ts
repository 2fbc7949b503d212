import type { BadInput, Category, Outcome } from './case.ts';
import { CATEGORIES } from './categories.ts';
import { outcomesOf } from './observe.ts';

/** Names of cases told for one outcome of a category; the rest is in the code. */
const MAX_EXAMPLES = 8;

const INTRODUCTION = `# Bad input and its outcome

A test sends every message below to a real queue, where the real processor receives it and stores the outcome in a real
PostgreSQL. After each message it sends a good event, which must be stored. Bad input is never lost, never retried for ever, and
never blocks other events: it is stored as it is, it is a duplicate, or it becomes a rejection with one of the reasons of
[pipeline.md](pipeline.md) and a detail that names the place.

The cases are in \`internal/proof/badinput/cases/\`, one file per category, each with the exact outcome that is expected.
To add one, add a line there, then generate this page again; a test compares it with the cases.

| command | what it does |
|---|---|
| \`npx vitest run internal/proof/badinput\` | sends the cases, and random texts and values |
| \`npx vitest run --project unit internal/proof/badinput -u\` | generates this page again |

Besides the cases, fast-check sends random texts that SQS accepts, which must never get lost, and random JSON values, which must
come back from PostgreSQL unchanged, digit for digit. A failure prints its seed; set \`BAD_INPUT_SEED\` to repeat it.

Messages that SQS itself refuses never reach the processor; the producer gets the error. Servers differ in what they refuse:
AWS accepts emoji, some emulators do not, so most cases send them in JSON escapes.

If an event has several mistakes, the detail names as many as possible. If a name is not registered and the payload does not
meet its schema, either may be the reason.
`;

/** docs/bad-input.md, from the cases. */
export function badInputDocument(): string {
  return [INTRODUCTION, overview(), ...CATEGORIES.map(section)].join('\n');
}

function overview(): string {
  const all = new Set(CATEGORIES.flatMap(({ cases }) => cases.flatMap(outcomesOf).map(labelOf)));
  const labels = [...all].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const rows = CATEGORIES.map(({ title, cases }) => {
    const counts = labels.map((label) => cases.filter((input) => labelsOf(input).has(label)).length);
    return `| ${[title, cases.length, ...counts.map((count) => (count === 0 ? '' : count))].join(' | ')} |`;
  });
  const total = CATEGORIES.reduce((sum, { cases }) => sum + cases.length, 0);
  return `## ${total} cases

An array of events counts once for each of its outcomes.

| category | cases | ${labels.join(' | ')} |
|${'---|'.repeat(labels.length + 2)}
${rows.join('\n')}
`;
}

function section({ title, rule, cases }: Category): string {
  const labels = [...new Set(cases.flatMap((input) => [...labelsOf(input)]))].sort(
    (a, b) => rank(a) - rank(b),
  );
  const rows = labels.map((label) => {
    const names = cases.filter((input) => labelsOf(input).has(label)).map(({ name }) => escaped(name));
    const more = names.length > MAX_EXAMPLES ? `; and ${names.length - MAX_EXAMPLES} more` : '';
    return `| ${label} | ${names.slice(0, MAX_EXAMPLES).join('; ')}${more} |`;
  });
  return `## ${title}

${rule}

| outcome | input |
|---|---|
${rows.join('\n')}
`;
}

function labelsOf(input: BadInput): Set<string> {
  return new Set(outcomesOf(input).map(labelOf));
}

function labelOf(outcome: Outcome): string {
  if (outcome.kind === 'rejected') return `\`${outcome.reason}\``;
  return outcome.kind === 'refused_by_sqs' ? 'refused by SQS' : outcome.kind;
}

/** Stored and duplicate first, what SQS refuses last. */
function rank(label: string): number {
  return ['stored', 'duplicate'].includes(label) ? 0 : label.startsWith('`') ? 1 : 2;
}

function escaped(name: string): string {
  return name
    .replaceAll(/[\\|<>*_`$[\]]/g, String.raw`\$&`)
    .replaceAll(/[^\P{C}]|[\u2028\u2029]/gu, (it) => `U+${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
