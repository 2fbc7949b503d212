import process from 'node:process';
import { type Argument, Command, InvalidArgumentError, type Option } from 'commander';
import { ConfigError } from './config.ts';
import { nearest } from './nearest.ts';

/** Returns what is wrong with options and arguments in combination, one sentence each. */
type Check = () => readonly string[];

type Parse = NonNullable<Option['parseArg']>;

/**
 * A command line that reports all mistakes at once instead of only the first: they are collected while it is read, and
 * `mistakes` returns them before anything is done. `--help` ends the process with exit code 0.
 */
export class CommandLine extends Command {
  readonly #found: string[];
  readonly #checks: Check[] = [];
  #checked = false;
  #unknown: readonly string[] = [];

  constructor(name?: string, found: string[] = []) {
    super(name);
    this.#found = found;
    this.allowExcessArguments(false).exitOverride(({ exitCode }) => {
      if (exitCode !== 0 && found.length > 0) throw new ConfigError([], found);
      process.exit(exitCode === 0 ? 0 : 2);
    });
  }

  override createCommand(name?: string): CommandLine {
    return new CommandLine(name, this.#found);
  }

  override addOption(option: Option): this {
    const label = `option '${option.flags}' argument`;
    if (option.parseArg !== undefined)
      option.parseArg = this.#gathering(option.parseArg, (text) => `${label} '${text}' is invalid.`);
    return super.addOption(option);
  }

  override addArgument(argument: Argument): this {
    const label = `argument '${argument.name()}'`;
    if (argument.parseArg !== undefined)
      argument.parseArg = this.#gathering(argument.parseArg, (text) => `${label} '${text}' is invalid.`);
    return super.addArgument(argument);
  }

  /** Adds a check of options and arguments in combination. A value that is wrong by itself is undefined to the check. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- commander has no types of options: a check names its own
  check<O, A extends readonly unknown[]>(find: (options: O, args: A) => readonly string[]): this {
    this.#checks.push(() => find(this.opts() as O, this.#understood() as unknown as A));
    return this;
  }

  /** Returns all that is wrong with the command line. In a program with several commands, call it on the one that was given. */
  mistakes(): readonly string[] {
    if (!this.#checked) for (const find of this.#checks) this.#found.push(...find());
    this.#checked = true;
    return this.#found;
  }

  /** @throws ConfigError with all mistakes, if there are any */
  demand(): this {
    if (this.mistakes().length > 0) throw new ConfigError([], this.mistakes());
    return this;
  }

  override parseOptions(argv: string[]): ReturnType<Command['parseOptions']> {
    const parsed = super.parseOptions(argv);
    this.#unknown = parsed.unknown;
    return parsed;
  }

  /** Overrides commander's method, which ends the process: returning lets it find the next mistake. */
  override error(message: string, { code }: { code?: string } = {}): never {
    const unknown = this.#unknown.filter((word) => isOption(word));
    if (code === 'commander.unknownOption') {
      const known = this.options.flatMap(({ long }) => long ?? []);
      this.#found.push(...unknown.map((word) => unknownOption(word, known)));
    } else if (unknown.length === 0 || !/Argument(s)?$/.test(code ?? '')) {
      // After an unknown option it is unclear which words are its values and which are arguments.
      this.#found.push(message.replace(/^error: /, '').replaceAll('\n', ' '));
    }
    return undefined as never;
  }

  /** Returns the arguments without the words that are, or may be, part of an unknown option. */
  #understood(): unknown[] {
    const unknown = new Set<unknown>(this.#unknown);
    return this.processedArgs.map((value: unknown) => {
      if (Array.isArray(value)) return value.filter((each) => !unknown.has(each));
      return unknown.has(value) ? undefined : value;
    });
  }

  #gathering(parse: Parse, describe: (text: string) => string): Parse {
    return <T>(text: string, before: T): T => {
      if (text === undefined) return before; // missing, and reported already
      try {
        return parse(text, before);
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        if (!this.#unknown.includes(text)) this.#found.push(`${describe(text)} ${error.message}`);
        return before;
      }
    };
  }
}

function isOption(word: string): boolean {
  return /^--?[^\d-]/.test(word);
}

function unknownOption(word: string, known: readonly string[]): string {
  const name = word.replace(/=.*$/s, '');
  const meant = nearest(name, [...known, '--help']);
  return `unknown option '${name}'${meant === undefined ? '' : `: was ${meant} meant?`}`;
}
