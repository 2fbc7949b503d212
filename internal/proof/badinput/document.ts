import type { BadInput, Category, Outcome } from './case.ts';
import { CATEGORIES } from './categories.ts';
import { outcomesOf } from './observe.ts';

/** Names of cases told for one outcome of a category; the rest is in the code. */
const MAX_EXAMPLES = 8;

const INTRODUCTION = `# Bad input, and what becomes of it

Every message below is sent to a real queue and taken by the real processor into a real PostgreSQL; a good event is sent
right behind each and must be stored, whatever stood before it. Nothing bad is ever lost, retried for ever, or in the way
of others: it is stored as it is, it is a duplicate, or it is a rejection with one of the reasons of
[pipeline.md](pipeline.md) and a detail that names the place.

The cases stand in \`internal/proof/badinput/cases/\`, one file a category, each with the exact outcome that is expected.
To add one, add a line there, then write this page anew: it is made from the cases, and a test compares it.

| command | what it does |
|---|---|
| \`npx vitest run internal/proof/badinput\` | cases, and random texts and values through the same path |
| \`npx vitest run internal/proof/badinput -u\` | writes this page anew |

Beside the cases, fast-check sends any text that SQS carries, which must never vanish, and any JSON value, which must come
back from PostgreSQL digit for digit. A failure prints its seed; \`BAD_INPUT_SEED\` takes it back.

What SQS itself does not take never reaches the processor: its producer has the error. Servers do not agree on all of
that. Emoji, for one, pass AWS and not the emulator that comes with the install, so most cases send them in JSON escapes.

Where two things are wrong at once, a detail names all that it can; of an unregistered name and a payload that does not
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

/** Stored and duplicate first, what SQS refuses last. */
function rank(label: string): number {
  return ['stored', 'duplicate'].includes(label) ? 0 : label.startsWith('`') ? 1 : 2;
}

function escaped(name: string): string {
  return name
    .replaceAll(/[\\|<>*_`$[\]]/g, String.raw`\$&`)
    .replaceAll(/[^\P{C}]|[\u2028\u2029]/gu, (it) => `U+${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
