import type { BadInput, Category, Outcome } from './case.ts';
import { CATEGORIES } from './categories.ts';
import { outcomesOf } from './observe.ts';

/** Case names listed per outcome of a category; the rest is only in the code. */
const MAX_EXAMPLES = 8;

const INTRODUCTION = `# Bad input, and what becomes of it

Every message below is sent to a real queue and processed by the real processor into a real PostgreSQL. A good event
follows each message and must be stored, whatever came before it. Bad input is never lost, never retried forever, and
never in the way of other messages: each event is stored as it is, is a duplicate, or becomes a rejection with one of
the reasons of [pipeline.md](pipeline.md) and a detail that says where the problem is.

The cases are in \`internal/proof/badinput/cases/\`, one file per category, each with its exact expected outcome. To add
a case, add it there and regenerate this page; a test compares the page with the cases.

| command | what it does |
|---|---|
| \`npx vitest run internal/proof/badinput\` | runs the cases, and sends random texts and values the same way |
| \`npx vitest run internal/proof/badinput -u\` | regenerates this page |

In addition, fast-check sends random texts that SQS carries, which must never vanish, and random JSON values, which must
be read back from PostgreSQL with every digit. A failure prints its seed; set \`BAD_INPUT_SEED\` to repeat it.

Messages that SQS itself refuses never reach the processor: the producer gets the error. Servers differ in what they
refuse. For example, AWS accepts emoji and the emulator that comes with the installation does not, so most cases send
them as JSON escapes.

When an event has several problems, the detail names as many of them as possible. With both an unregistered name and a
payload that violates its schema, either may be the reason.
`;

/** Generates docs/bad-input.md from the cases. */
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

An array of events counts under each of its outcomes.

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

/** Sorts stored and duplicate first, and what SQS refuses last. */
function rank(label: string): number {
  return ['stored', 'duplicate'].includes(label) ? 0 : label.startsWith('`') ? 1 : 2;
}

function escaped(name: string): string {
  return name
    .replaceAll(/[\\|<>*_`$[\]]/g, String.raw`\$&`)
    .replaceAll(/[^\P{C}]|[\u2028\u2029]/gu, (it) => `U+${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
