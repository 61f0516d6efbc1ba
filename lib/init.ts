import { timeLimits } from './config.ts';

const steps: (() => Promise<unknown>)[] = [];

/**
 * Has a step done in Lambda's init phase, before the first event: there a function gets more of a processor than 512 MB
 * give it later. When the step fails, nobody is told: whoever needs what it fetches asks again, and hears of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const beforeFirstEvent = (step: (() => Promise<unknown>) | undefined): void => {
  if (step) steps.push(step);
};

/**
 * Does all of them, as far as its time goes. What Lambda loads waits for it (build/index.mjs): once init has ended a
 * function may be frozen, and a request that is under way then would be lost.
 */
export const init = async (): Promise<void> => {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, timeLimits.init);
  await Promise.race([Promise.allSettled(steps.map((step) => step())), limit.promise]);
  clearTimeout(timer);
};
