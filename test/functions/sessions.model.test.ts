import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { sessionsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const [window, inactivity, lifetime] = [10, 100, 250];
const stack = await testStack({
  REFRESH_RETRY_SECONDS: String(window),
  SESSION_INACTIVITY_SECONDS: String(inactivity),
  SESSION_LIFETIME_SECONDS: String(lifetime),
});
const { newUser, login, refresh, logout } = sessionsOf(stack);
const { username } = await newUser();

/** One session as the rules have it. Times are seconds since its login. */
interface Model {
  now: number;
  refreshedAt: number;
  /** How often it was rotated: `tokens[generation]` is the present token. */
  generation: number;
  ended: boolean;
}
/** The tokens that the service gave, the first of them at login. */
type Real = { tokens: string[] };
type Command = fc.AsyncCommand<Model, Real>;

const isAlive = ({ ended, now, refreshedAt }: Model) =>
  !ended && now < lifetime && now < refreshedAt + inactivity;

/** How many generations before the present one a token is; one that was never given is of none. */
type Which = 'present' | 'previous' | 'older' | 'garbage';
const ages: Record<Which, number> = { present: 0, previous: 1, older: 2, garbage: -1 };

const tokenOf = (which: Which, { generation }: Model, { tokens }: Real) => {
  const [id] = (tokens[0] ?? '').split('.');
  const garbage = `${id}.${'A'.repeat(65)}`;
  return which === 'garbage' ? garbage : (tokens[generation - ages[which]] ?? '');
};
const wasGiven = (which: Which, { generation }: Readonly<Model>) => generation >= ages[which];

class Refresh implements Command {
  readonly which: Which;
  constructor(which: Which) {
    this.which = which;
  }
  check = (model: Readonly<Model>) => wasGiven(this.which, model);
  async run(model: Model, real: Real) {
    const { status, body } = await refresh(tokenOf(this.which, model, real));
    const { refreshToken = '' } = body;
    const alive = isAlive(model);
    if (alive && this.which === 'present') {
      assert.equal(status, 200);
      assert.ok(!real.tokens.includes(refreshToken));
      model.generation++;
      model.refreshedAt = model.now;
      real.tokens.push(refreshToken);
    } else if (alive && this.which === 'previous' && model.now < model.refreshedAt + window) {
      assert.equal(status, 200);
      assert.equal(refreshToken, real.tokens[model.generation]);
    } else {
      assert.equal(status, 401);
      if (this.which !== 'garbage') model.ended = true;
    }
  }
  toString = () => `refresh(${this.which})`;
}

class Logout implements Command {
  readonly which: Which;
  constructor(which: Which) {
    this.which = which;
  }
  check = (model: Readonly<Model>) => wasGiven(this.which, model);
  async run(model: Model, real: Real) {
    assert.equal((await logout(tokenOf(this.which, model, real))).status, 204);
    // What has expired can end nothing; it is over all the same.
    if (this.which !== 'garbage') model.ended = true;
  }
  toString = () => `logout(${this.which})`;
}

class Wait implements Command {
  readonly seconds: number;
  constructor(seconds: number) {
    this.seconds = seconds;
  }
  check = () => true;
  async run(model: Model) {
    mock.timers.setTime(Date.now() + this.seconds * 1000);
    model.now += this.seconds;
  }
  toString = () => `wait(${this.seconds})`;
}

const which = (...weights: [Which, number][]) =>
  fc.oneof(...weights.map(([value, weight]) => ({ weight, arbitrary: fc.constant(value) })));
const commands = fc.commands(
  [
    // Mostly what keeps the session alive, so that it grows old.
    which(['present', 12], ['previous', 6], ['older', 1], ['garbage', 1]).map((of) => new Refresh(of)),
    which(['present', 12], ['previous', 6]).map((of) => new Refresh(of)),
    fc.constantFrom(0, 1, 5, 9, 10, 11, 60, 99, 100).map((seconds) => new Wait(seconds)),
    which(['present', 1], ['previous', 1], ['older', 1], ['garbage', 6]).map((of) => new Logout(of)),
  ],
  { maxCommands: 25 },
);

test('whatever is sent in whatever order and time, a session does as its rules say', async (t) => {
  mock.timers.enable({ apis: ['Date'], now: Math.floor(Date.now() / 1000) * 1000 });
  t.after(() => mock.timers.reset());
  await fc.assert(
    fc.asyncProperty(commands, (sequence) =>
      fc.asyncModelRun(async () => {
        const model: Model = { now: 0, refreshedAt: 0, generation: 0, ended: false };
        return { model, real: { tokens: [await login(username)] } };
      }, sequence),
    ),
    { numRuns: 50 },
  );
});
