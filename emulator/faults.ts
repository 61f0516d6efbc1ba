import { setTimeout as wait } from 'node:timers/promises';
import { AwsError, type ErrorType, isErrorType } from './errors.ts';
import { refuseUnknown } from './members.ts';

/** What happens instead of, or before, an operation. */
export type Fault = {
  /** An operation's wire name, of Cognito Identity or STS; '*' for all. */
  operation: string;
  /** Answer this error. */
  error?: ErrorType;
  /** Close the connection without an answer. */
  drop?: boolean;
  /** Wait so many milliseconds first; alone, the operation then runs as always. */
  delay?: number;
  /** Happen so many times, then never again. */
  count?: number;
  /** Happen with this chance, 0 to 1. */
  rate?: number;
};

export type Faults = {
  /** Throws for a fault that could never happen as it is written. */
  add(fault: Fault): void;
  list(): Fault[];
  clear(): void;
  /** Lets the first fault that fits happen to this call: waits, throws its AwsError, or asks for a drop. */
  meet(operation: string): Promise<'drop' | 'run'>;
};

/** `operations` are the wire names that a fault can be for. */
export function createFaults(operations: string[]): Faults {
  let faults: Fault[] = [];

  function take(operation: string): Fault | undefined {
    const hit = faults.find((fault) => fits(fault, operation) && Math.random() < (fault.rate ?? 1));
    if (hit?.count === undefined) return hit;
    hit.count -= 1;
    if (hit.count === 0) faults = faults.filter((fault) => fault !== hit);
    return hit;
  }

  return {
    add(fault) {
      check(fault, operations);
      faults.push({ ...fault });
    },
    list: () => faults.map((fault) => ({ ...fault })),
    clear: () => {
      faults = [];
    },
    async meet(operation) {
      const fault = take(operation);
      if (fault?.delay !== undefined) await wait(fault.delay);
      if (fault?.error !== undefined) throw new AwsError(fault.error, 'An injected fault.');
      return fault?.drop ? 'drop' : 'run';
    },
  };
}

function fits(fault: Fault, operation: string): boolean {
  return fault.operation === '*' || fault.operation === operation;
}

const members = ['operation', 'error', 'drop', 'delay', 'count', 'rate'];

function check(fault: Fault, operations: string[]): void {
  refuseUnknown(fault, members, 'A fault');
  const { operation, error, drop, delay, count, rate } = fault;
  const problems = [
    operation !== '*' &&
      !operations.includes(operation) &&
      `operation is a wire name or "*", and ${operation} is neither`,
    error !== undefined && !isErrorType(error) && `error ${error} is unknown`,
    delay !== undefined && !(delay >= 0) && 'delay is a number of milliseconds',
    count !== undefined && !(Number.isInteger(count) && count > 0) && 'count is a whole number above 0',
    rate !== undefined && !(rate >= 0 && rate <= 1) && 'rate is between 0 and 1',
    error === undefined && !drop && delay === undefined && 'one of error, drop and delay is needed',
  ].filter((problem) => problem !== false);
  if (problems.length > 0)
    throw new AwsError('InvalidParameterException', `Invalid fault: ${problems.join('; ')}.`);
}
