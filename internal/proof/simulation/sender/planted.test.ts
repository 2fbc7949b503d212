import { plantedTests } from '../planted-tests.ts';
import { simulateSender } from './simulate.ts';

await plantedTests('sender', simulateSender);
