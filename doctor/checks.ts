import { apiChecks } from './api.ts';
import type { Check } from './check.ts';
import { functionChecks } from './functions.ts';
import { operationChecks } from './operation.ts';
import { outsideChecks } from './outside.ts';
import { poolChecks } from './pool.ts';
import { tableChecks } from './tables.ts';
import { trustChecks } from './trust.ts';

/** All that is checked, in the order that it is told. */
export const checks: Check[] = [
  ...functionChecks,
  ...poolChecks,
  ...trustChecks,
  ...tableChecks,
  ...outsideChecks,
  ...operationChecks,
  ...apiChecks,
];
