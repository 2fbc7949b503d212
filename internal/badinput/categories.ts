import type { Category } from './case.ts';
import { JSON_SYNTAX } from './cases/json-syntax.ts';

export const CATEGORIES: readonly Category[] = [JSON_SYNTAX];
