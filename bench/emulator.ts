import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportState } from '../emulator/state.ts';
import { Store } from '../emulator/store.ts';
import { awsRequest, measure } from './emulator-load.ts';
import { type Server, startEmpty, startEmulator, startMoto } from './emulator-servers.ts';

/** Measures the packed emulator from outside, beside what it is compared with, and writes bench/results/. */

const connections = 16;
const rounds = 11;
const seconds = 0.5;
const provider = 'login.example';

type Target = { pool: string; ids: string[] };
/** A data file, and what is in it. */
type Subject = Target & { data: string };
type Calls = Record<string, (target: Target) => string>;

/** GetId makes a guest at each call, so it comes last: it grows what the others look through. */
const calls: Calls = {
  GetOpenIdTokenForDeveloperIdentity: ({ pool, ids }) =>
    awsRequest('GetOpenIdTokenForDeveloperIdentity', {
      IdentityPoolId: pool,
      Logins: { [provider]: user(ids) },
    }),
  LookupDeveloperIdentity: ({ pool, ids }) =>
    awsRequest('LookupDeveloperIdentity', { IdentityPoolId: pool, DeveloperUserIdentifier: user(ids) }),
  DescribeIdentity: ({ ids }) => awsRequest('DescribeIdentity', { IdentityId: ids[pick(ids)] }),
  GetId: ({ pool }) => awsRequest('GetId', { IdentityPoolId: pool }),
};

const pick = (ids: string[]) => Math.floor(Math.random() * ids.length);
const user = (ids: string[]) => `user${pick(ids)}`;

const folder = await mkdtemp(join(tmpdir(), 'bench-'));
try {
  const signing = [signingRate()];
  const thousand = fill(1_000);
  const million = fill(1_000_000);
  const inMemory = await measureSize(thousand, '--seed', await toSeed(thousand));
  const small = await measureSize(thousand, '--data', thousand.data);
  signing.push(signingRate());
  const large = await measureSize(million, '--data', million.data);
  signing.push(signingRate());
  const report = {
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`,
    note: 'Share is per processor time, the emulator to the empty server, the middle one of the rounds. Load, server, signing threads and whatever else runs share these cores: figures vary from run to run.',
    rounds,
    secondsOfARound: seconds,
    connections,
    signaturesPerSecondOfOneCore: median(signing),
    inMemory1000: inMemory,
    onFile1000: small,
    onFile1000000: large,
    p50OfAMillionToAThousand: await measureGrowth(thousand, million),
    moto: await measureMoto(),
    startToFirstAnswerMs: await measureStart(million),
    residentMegabytesAt100000: await measureMemory(),
  };
  await writeFile(new URL('results/emulator.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`);
  console.log(JSON.stringify(report, null, 2));
} finally {
  await rm(folder, { recursive: true });
}

/** RS512 signatures that one core makes in a second over as many bytes as a token has. */
function signingRate(): number {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = Buffer.alloc(700, 'a');
  const end = performance.now() + seconds * 1000;
  let count = 0;
  for (; performance.now() < end; count += 1) sign('sha512', token, privateKey);
  return Math.round(count / seconds);
}

type Sized = Record<string, { emulator: Loaded; emptyServer: Loaded; share: number }>;

async function measureSize(subject: Subject, ...args: string[]): Promise<Sized> {
  const emulator = await startEmulator(...args);
  try {
    const measured: Sized = {};
    for (const [name, request] of Object.entries(calls)) {
      measured[name] = await sideBySide(emulator, () => request(subject));
      console.error(args[0], name, JSON.stringify(measured[name]));
    }
    return measured;
  } finally {
    await emulator.stop();
  }
}

/** The emulator and an empty server that answers the same bytes, in turns, so that both meet the same noise. */
async function sideBySide(emulator: Server, next: () => string) {
  const empty = await startEmpty(await answerOf(emulator, next()));
  try {
    const [ours, theirs] = await inTurns(
      () => load(emulator, next),
      () => load(empty, next),
    );
    const shares = ours.map((loaded, round) => loaded.perCpuSecond / (theirs[round]?.perCpuSecond ?? 0));
    return { emulator: middle(ours), emptyServer: middle(theirs), share: rounded(median(shares)) };
  } finally {
    await empty.stop();
  }
}

/** How much longer a million identities take than a thousand: both on file, in turns. */
async function measureGrowth(small: Subject, large: Subject): Promise<Record<string, number>> {
  const subjects = [small, large] as const;
  const servers = await Promise.all(subjects.map(({ data }) => startEmulator('--data', data)));
  const growth: Record<string, number> = {};
  for (const [name, request] of Object.entries(calls)) {
    const [one, other] = subjects.map((subject, index) => {
      const server = servers[index] as Server;
      return () => load(server, () => request(subject));
    }) as [Once, Once];
    const [smalls, larges] = await inTurns(one, other);
    growth[name] = rounded(median(larges.map(({ p50 }, round) => p50 / (smalls[round]?.p50 ?? 0))));
  }
  await Promise.all(servers.map((server) => server.stop()));
  return growth;
}

type Once = () => Promise<Loaded>;

/** Both warmed up, then one after the other, again and again. */
async function inTurns(one: Once, other: Once): Promise<[Loaded[], Loaded[]]> {
  const ones: Loaded[] = [];
  const others: Loaded[] = [];
  await one();
  await other();
  for (let round = 0; round < rounds; round += 1) {
    ones.push(await one());
    others.push(await other());
  }
  return [ones, others];
}

/** `perCpuSecond`: answers for each second of processor time that the server used: what one whole core would do. */
type Loaded = { rate: number; perCpuSecond: number; p50: number; p99: number };

async function load(server: Server, next: () => string): Promise<Loaded> {
  const before = await server.cpuSeconds();
  const { rate, count, p50, p99 } = await measure({ endpoint: server.endpoint, next, connections, seconds });
  const cpu = (await server.cpuSeconds()) - before;
  return {
    rate: Math.round(rate),
    perCpuSecond: Math.round(count / cpu),
    p50: rounded(p50),
    p99: rounded(p99),
  };
}

function middle(all: Loaded[]): Loaded {
  const of = (member: keyof Loaded) => median(all.map((loaded) => loaded[member]));
  return { rate: of('rate'), perCpuSecond: of('perCpuSecond'), p50: of('p50'), p99: of('p99') };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Sends what the load sends, and answers the body. */
async function answerOf({ endpoint }: Server, request: string): Promise<string> {
  const [head = '', body = ''] = request.split('\r\n\r\n');
  const lines = head.split('\r\n').slice(1);
  const headers = lines.map((line) => line.split(': ') as [string, string]);
  const sent = headers.filter(([name]) => name !== 'host' && name !== 'content-length');
  return (await fetch(endpoint, { method: 'POST', headers: sent, body })).text();
}

/** A data file with a pool and `count` identities of one login each, with random ids as real ones have. */
function fill(count: number): Subject {
  const data = join(folder, `${count}.sqlite`);
  const store = new Store(data);
  const id = () => `us-east-1:${randomUUID()}`;
  const settings = {
    IdentityPoolId: id(),
    IdentityPoolName: 'bench',
    AllowUnauthenticatedIdentities: true,
    DeveloperProviderName: provider,
  };
  store.addPool('us-east-1', '000000000000', settings);
  const pool = store.pool(settings.IdentityPoolId);
  if (!pool) throw new Error('The pool is not there.');
  const ids = Array.from({ length: count }, id);
  store.transaction(() => {
    for (const [index, identityId] of ids.entries()) {
      const identity = store.addIdentity(pool, { id: identityId, created: 1, modified: 1, disabled: 0 });
      store.addLogin(identity, provider, `user${index}`);
    }
  });
  store.close();
  return { data, pool: settings.IdentityPoolId, ids };
}

async function toSeed({ data }: Subject): Promise<string> {
  const store = new Store(data);
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify(exportState(store)));
  store.close();
  return seed;
}

/** The calls that moto has, at as many identities as the calls make. */
async function measureMoto(): Promise<Record<string, Loaded | string> | 'not installed'> {
  const moto = await startMoto();
  if (!moto) return 'not installed';
  try {
    const settings = {
      IdentityPoolName: 'bench',
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: provider,
    };
    const { IdentityPoolId } = JSON.parse(await answerOf(moto, awsRequest('CreateIdentityPool', settings)));
    const { IdentityId } = JSON.parse(await answerOf(moto, awsRequest('GetId', { IdentityPoolId })));
    const measured: Record<string, Loaded | string> = {};
    for (const [name, request] of Object.entries(calls)) {
      const next = () => request({ pool: IdentityPoolId, ids: [IdentityId] });
      measured[name] = await load(moto, next).catch(() => 'not there');
    }
    return measured;
  } finally {
    await moto.stop();
  }
}

/** From the start of the process to the answer of the first call, the middle one of nine. */
async function measureStart({ data }: Subject): Promise<Record<string, number>> {
  const list = awsRequest('ListIdentityPools', { MaxResults: 1 });
  const once = async (...args: string[]) => {
    const begun = performance.now();
    const emulator = await startEmulator(...args);
    await answerOf(emulator, list);
    const elapsed = performance.now() - begun;
    await emulator.stop();
    return elapsed;
  };
  const middleOf = async (...args: string[]) => {
    const times: number[] = [];
    for (let run = 0; run < 9; run += 1) times.push(await once(...args));
    return Math.round(median(times));
  };
  return {
    inMemory: await middleOf(),
    with1000000Identities: await middleOf('--data', data),
  };
}

async function measureMemory(): Promise<Record<string, number>> {
  const count = 100_000;
  const subject = fill(count);
  const onFile = await startEmulator('--data', subject.data);
  for (const request of Object.values(calls)) await load(onFile, () => request(subject));
  const file = await onFile.residentMegabytes();
  await onFile.stop();

  const inMemory = await startEmulator();
  const settings = { IdentityPoolName: 'bench', AllowUnauthenticatedIdentities: true };
  const { IdentityPoolId } = JSON.parse(await answerOf(inMemory, awsRequest('CreateIdentityPool', settings)));
  let made = 0;
  while (made < count) {
    const { rate } = await load(inMemory, () => awsRequest('GetId', { IdentityPoolId }));
    made += rate * seconds;
  }
  const memory = await inMemory.residentMegabytes();
  await inMemory.stop();
  return { file, inMemory: memory };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
