const steps: (() => Promise<unknown>)[] = [];

/**
 * Has a step done in Lambda's init phase, which has a whole processor where a request may get a third of one. When it
 * fails, nobody is told: whoever needs what it fetches asks again, and hears of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const beforeFirstEvent = (step: () => Promise<unknown>): void => {
  steps.push(step);
};

/**
 * Does all of them. What Lambda loads waits for it (build/index.mjs): once init has ended a function may be frozen, and
 * a request that is under way then would be lost.
 */
export const init = () => Promise.allSettled(steps.map((step) => step()));
