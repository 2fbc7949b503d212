import { ProgramError } from '#internal/daemon/program.ts';
import { compileMapping, type MappingDefinition } from '#internal/event/mapping/mapping.ts';
import { MAPPING_PRESETS, mappingOf } from '#internal/event/mapping/presets.ts';
import { addMapping } from '#internal/postgres/mappings.ts';
import { countRejections } from '#internal/postgres/rejections/browse.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { InvalidArgumentError, Option } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { counted } from '#internal/terminal/counted.ts';
import { type Output, print, visible } from './output.ts';
import { positive } from './positive.ts';

interface AddOptions {
  readonly preset?: string;
  readonly queue?: string;
  readonly attribute?: Match;
  readonly member?: Match;
  readonly each?: string;
  readonly event?: string;
  readonly type?: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly id?: string;
  readonly source?: string;
  readonly time?: string;
  readonly deliverAfter?: string;
  readonly payload?: string;
  readonly priority?: number;
}

/** The conditions of a mapping, as `--attribute` and `--member` collect them. */
export type Match = Readonly<Record<string, string | null>>;

/** `mapping add`. */
export function addCommand(mapping: CommandLine, output: () => Output): void {
  mapping
    .command('add <name>')
    .description('register a mapping: a preset for a client, or one of your own')
    .addOption(
      new Option('--preset <preset>', 'start from this ready mapping').choices(Object.keys(MAPPING_PRESETS)),
    )
    .option('--queue <name>', 'match only messages from this queue')
    .option(
      '--attribute <name[=text]>',
      'match only messages with this attribute; may be repeated',
      attributes,
    )
    .option('--member <pointer[=text]>', 'match only documents with this member; may be repeated', members)
    .option('--each <pointer>', 'array whose elements are the events')
    .option('--event <pointer>', 'where the document holds a complete plain event or CloudEvent')
    .option('--type <value>', 'event type')
    .option('--client <value>', 'client')
    .option('--tenant <value>', 'tenant; "default" if not given')
    .option('--id <value>', 'event id; if not given, the id from SNS, EventBridge or SQS')
    .option('--source <value>', 'source; the event type if not given')
    .option('--time <value>', 'time of the event')
    .option('--deliver-after <value>', 'time before which the event must not be delivered')
    .option('--payload <value>', 'payload; the whole document if not given')
    .option('--priority <n>', 'smaller numbers are tried first; 100 if not given', positive(1_000_000))
    .addHelpText(
      'after',
      `
A value is a JSON pointer (/detail/id, or # for the whole document), a message
attribute (@X-GitHub-Event), or text in which {/detail/id} and {@X-GitHub-Event}
are replaced. With " | " between several values, the first one that is found is
taken. docs/mappings.md has examples.`,
    )
    .check((options: AddOptions, [name]: readonly [string?]) => {
      const compiled = compileMapping(definitionOf(name ?? 'unnamed', options));
      return Array.isArray(compiled)
        ? compiled.map((problem) => `the mapping cannot be used: ${problem}`)
        : [];
    })
    .action((name: string, options: AddOptions) =>
      withDatabase(async (pool) => print(output(), await add(pool, definitionOf(name, options)), addedText)),
    );
}

function definitionOf(name: string, { preset, attribute, member, ...given }: AddOptions): MappingDefinition {
  const base = preset === undefined ? undefined : MAPPING_PRESETS[preset];
  return mappingOf(name, { ...given, match: { ...attribute, ...member } }, base);
}

export function attributes(text: string, before: Match = {}): Match {
  return condition(text.startsWith('@') ? text : `@${text}`, before);
}

function members(text: string, before: Match = {}): Match {
  if (!text.startsWith('/'))
    throw new InvalidArgumentError(
      'Expected a JSON pointer such as /object, or one with a text such as /object=event.',
    );
  return condition(text, before);
}

function condition(text: string, before: Match): Match {
  const at = text.indexOf('=');
  return at === -1 ? { ...before, [text]: null } : { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Counting stops after this time: the number is not worth a longer wait. */
const COUNT_MS = 5_000;

interface Added {
  readonly mapping: MappingDefinition;
  /** Open rejections that the mapping may resolve; undefined when there are too many to count in time. */
  readonly openRejections: number | undefined;
}

async function add(pool: pg.Pool, mapping: MappingDefinition): Promise<Added> {
  const added = await addMapping(pool, mapping);
  if (added.kind === 'exists')
    throw new ProgramError(
      `there is already a mapping ${visible(mapping.name)}: see "mapping show"; to replace it, use "mapping remove" first`,
    );
  if (added.kind === 'refused') throw new ProgramError(`PostgreSQL refuses the mapping: ${added.problem}`);
  const filter = { reasons: ['invalid_envelope'], state: 'open' } as const;
  const counts = await countRejections(pool, filter, { withinMs: COUNT_MS });
  return { mapping, openRejections: counts?.reduce((sum, { count }) => sum + count, 0) };
}

function addedText({ mapping, openRejections }: Added): string {
  const lines = [`mapping ${visible(mapping.name)}: registered; running processors use it within seconds`];
  if (openRejections !== 0)
    lines.push(
      `${openRejections === undefined ? 'very many rejections' : counted(openRejections, 'rejection')} for invalid_envelope ${openRejections === 1 ? 'is' : 'are'} open; to process them again: npm run admin -- rejections replay --reason invalid_envelope`,
    );
  return lines.join('\n');
}
