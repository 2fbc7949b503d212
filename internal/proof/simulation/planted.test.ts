import { plantedTests } from './planted-tests.ts';
import { simulate } from './simulate.ts';

await plantedTests('processor', simulate);
