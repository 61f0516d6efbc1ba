import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { ask, notThere } from './ask.ts';
import type { Check } from './check.ts';
import { poolRoles } from './pool.ts';
import { onAws, type Stack, settingsOf } from './stack.ts';

interface Statement {
  Effect: string;
  Principal?: { Federated?: string | string[] };
  Action?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

interface TrustedBy {
  /** The role's ARN. */
  role: string;
  /** The identities that have it. */
  kind: string;
  /** What the trust policy allows Cognito to do. */
  statements: Statement[];
}

/** The pool's roles, and what their trust policies say of Cognito. */
const readTrust = async (stack: Stack): Promise<TrustedBy[]> => {
  onAws(stack);
  const { host } = new URL(settingsOf(stack).COGNITO_ISSUER ?? '');
  const client = new IAMClient({ region: stack.region });
  const roles = Object.entries(await poolRoles(stack));
  return Promise.all(
    roles.map(async ([kind, role]) => {
      const command = new GetRoleCommand({ RoleName: role.split('/').at(-1) });
      const { Role } = await ask('iam:GetRole', client.send(command));
      const document = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '{}'));
      const all = [document.Statement ?? []].flat() as Statement[];
      const statements = all.filter(
        ({ Effect, Principal }) => Effect === 'Allow' && [Principal?.Federated].flat().includes(host),
      );
      return { role, kind, statements };
    }),
  );
};

/** For what is checked of roles that are there. */
const existingTrust = (stack: Stack) => readTrust(stack).catch(notThere);

const allows = ({ Action }: Statement, action: string) =>
  [Action].flat().some((each) => each === action || each === 'sts:*' || each === '*');

const assuming = ({ statements }: TrustedBy) =>
  statements.filter((statement) => allows(statement, 'sts:AssumeRoleWithWebIdentity'));

/** The values of `…:aud` or `…:amr` that a statement asks for; other operators let others in. */
const valuesOf = ({ Condition = {} }: Statement, claim: 'aud' | 'amr'): string[] =>
  Object.entries(Condition)
    .filter(([operator]) => /^(ForAnyValue:)?String(Equals|Like)$/.test(operator))
    .flatMap(([, conditions]) => Object.entries(conditions))
    .filter(([key]) => key.toLowerCase().endsWith(`:${claim}`))
    .flatMap(([, values]) => values);

const trustsThePool = async (stack: Stack): Promise<string[]> => {
  const pool = settingsOf(stack).IDENTITY_POOL_ID ?? '';
  return (await readTrust(stack)).flatMap((trusted) => {
    const statements = assuming(trusted);
    if (statements.length === 0) return [`${trusted.role} does not let Cognito assume it`];
    return statements.flatMap((statement) => {
      const pools = valuesOf(statement, 'aud');
      if (pools.length === 0) return [`${trusted.role} can be assumed by any identity pool, of any account`];
      const others = pools.filter((each) => each !== pool);
      const findings = others.map((other) => `${trusted.role} trusts ${other}, which is not this pool`);
      return pools.includes(pool) ? findings : [...findings, `${trusted.role} does not trust ${pool}`];
    });
  });
};

const trustsTheKind = async (stack: Stack): Promise<string[]> => {
  const { DEVELOPER_PROVIDER_NAME: provider = '' } = settingsOf(stack);
  return (await existingTrust(stack)).flatMap((trusted) =>
    assuming(trusted).flatMap((statement) => {
      const kinds = valuesOf(statement, 'amr');
      if (kinds.length === 0) return [`${trusted.role} does not ask whether an identity signed in (amr)`];
      // A signed-in identity's amr also names its provider.
      const names = trusted.kind === 'authenticated' ? [trusted.kind, provider] : [trusted.kind];
      const isRight = (kind: string) => names.includes(kind) || kind.startsWith(`${provider}:`);
      return kinds
        .filter((kind) => !isRight(kind))
        .map((kind) => `${trusted.role} is for ${trusted.kind} identities, but trusts ${kind} ones`);
    }),
  );
};

const allowsTags = async (stack: Stack): Promise<string[]> =>
  (await existingTrust(stack))
    .filter(({ statements }) => !statements.some((statement) => allows(statement, 'sts:TagSession')))
    .map(
      ({ role }) => `${role} does not allow sts:TagSession: whoever has principal tags gets no credentials`,
    );

const mend =
  'Deploy again; of a role of your own, take its trust policy from AuthenticatedRole or GuestRole in infrastructure/identity-pool.yml.';

export const trustChecks: Check[] = [
  {
    name: 'trusted pool',
    what: "the pool's roles trust this pool, and no other",
    mend,
    find: trustsThePool,
  },
  {
    name: 'trusted identities',
    what: 'each role trusts its own kind of identity: signed-in ones, or guests',
    mend,
    find: trustsTheKind,
  },
  { name: 'session tags', what: "the pool's roles take principal tags", mend, find: allowsTags },
];
