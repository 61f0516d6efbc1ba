import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fill } from './fill.ts';
import { report, show } from './report.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';
import { ratio, type Spread, spread } from './statistics.ts';

const requestsOfARound = 20;

/** The same requests where there are a thousand identities and sessions, and where there are a million. */
export const growth = async (rounds = 8) => {
  const sizes = rounds > 2 ? [1_000, 1_000_000] : [1_000, 20_000];
  const folder = await mkdtemp(join(tmpdir(), 'growth-'));
  const stacks: { size: number; stack: StackProcess }[] = [];
  for (const size of sizes) {
    const path = join(folder, String(size));
    // The first start makes pool and tables.
    const empty = await startStackProcess(path);
    await empty.stop();
    await fill(path, empty.identityPoolId, size);
    stacks.push({ size, stack: await startStackProcess(path) });
  }

  const times: Record<string, Record<number, number[]>> = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const { size, stack } of stacks) {
      for (const [path, once] of Object.entries(requests)) {
        const made = await aRound(stack, size, once);
        const bySize = times[path] ?? {};
        times[path] = bySize;
        // The first round is for warming up.
        if (round > 0) bySize[size] = [...(bySize[size] ?? []), ...made];
      }
    }
  }
  await Promise.all(stacks.map(({ stack }) => stack.stop()));
  await rm(folder, { recursive: true });

  const rows = Object.entries(times).map(([path, bySize]) => {
    const [small, large] = sizes.map((size) => spread(bySize[size] ?? [])) as [Spread, Spread];
    return { path, small, large, ratio: ratio(large, small) };
  });
  await report('growth', { sizes, requests: rounds * requestsOfARound, milliseconds: rows }, [
    {
      head: ['ms', ...sizes.map((size) => size.toLocaleString('en')), 'ratio'],
      rows: rows.map((one) => [one.path, show(one.small), show(one.large), `${one.ratio}`]),
    },
  ]);
  return Object.fromEntries(rows.map((one) => [`${one.path}, ${sizes[1]} ÷ ${sizes[0]}`, one.ratio]));
};

type Once = (stack: StackProcess, user: () => string) => Promise<() => Promise<unknown>>;

/** What is made ready is not measured; what it answers is. No user is taken twice. */
const requests: Record<string, Once> = {
  '/lookup': async (stack, user) => {
    const path = `/lookup?developerUserIdentifier=${user()}`;
    return () => stack.send({ path, token: stack.staffToken });
  },
  '/login': async (stack, user) => {
    const assertion = await stack.assertionOf(user());
    return () => stack.send({ path: '/login', body: { assertion } });
  },
  '/merge': async (stack, user) => {
    const body = { sourceUserIdentifier: user(), destinationUserIdentifier: user(), reason: 'bench' };
    return () => stack.send({ path: '/merge', token: stack.staffToken, body });
  },
};

const taken = new Map<StackProcess, number>();

const aRound = async (stack: StackProcess, size: number, prepare: Once) => {
  const times: number[] = [];
  // In strides all over the table, and no two the same before it is through.
  const user = () => {
    const count = (taken.get(stack) ?? 0) + 1;
    taken.set(stack, count);
    return `user${(count * 7_919) % size}`;
  };
  for (let count = 0; count < requestsOfARound; count += 1) {
    const once = await prepare(stack, user);
    const begun = performance.now();
    await once();
    times.push(performance.now() - begun);
  }
  return times;
};
