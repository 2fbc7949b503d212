import type { Fault } from '../fault.ts';
import { deadlock } from './deadlock.ts';
import { machineFaults } from './machine.ts';
import { postgresFaults } from './postgres.ts';
import { processorFaults } from './processor.ts';
import { redeliveryFaults } from './redelivery.ts';
import { killFaults } from './sender/kills.ts';
import { databaseFaults } from './sender/database.ts';
import { operatorFaults } from './sender/operators.ts';
import { processFaults } from './sender/processes.ts';
import { receiverFaults } from './sender/receivers.ts';
import { safetyFaults } from './sender/safety.ts';
import { sqsFaults } from './sqs.ts';
import { tenantFaults } from './tenants.ts';

export const FAULTS = [
  ...processorFaults,
  ...postgresFaults,
  deadlock,
  ...sqsFaults,
  ...redeliveryFaults,
  ...machineFaults,
  ...tenantFaults,
  ...killFaults,
  ...processFaults,
  ...databaseFaults,
  ...receiverFaults,
  ...safetyFaults,
  ...operatorFaults,
] as unknown as readonly [Fault, ...Fault[]];
