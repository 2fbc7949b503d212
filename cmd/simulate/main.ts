import process from 'node:process';
import { parseOptions } from '#internal/proof/simulation/options.ts';
import { replay, simulateMany } from '#internal/proof/simulation/seeds.ts';

const options = parseOptions(process.argv);
process.exitCode =
  options.seed === undefined ? await simulateMany(options) : await replay(options.seed, options.lines);
