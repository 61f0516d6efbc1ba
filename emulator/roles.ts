import type { JWTPayload } from 'jose';
import { AwsError } from './errors.ts';
import type { SignedIn } from './sign-in.ts';
import type { Pool, Roles } from './store.ts';

type Mapping = NonNullable<Roles['RoleMappings']>[string];
type Rule = NonNullable<Mapping['RulesConfiguration']>['Rules'][number];

/**
 * The role of the enhanced flow [D: the developer guide's "Role-based access control"].
 * Throws InvalidIdentityPoolConfigurationException without a role, NotAuthorizedException for a refused one.
 */
export function chooseRole({ pool, logins, publicLogins }: SignedIn, customRole: string | undefined): string {
  if (logins.length === 0) return defaultRole(pool, 'unauthenticated', customRole);
  for (const { provider, claims } of publicLogins) {
    const mapping = mappingOf(pool, provider, claims);
    // [?] which mapping counts when several logins have one: here the first.
    if (mapping) return mappedRole(pool, provider, mapping, claims, customRole);
  }
  return defaultRole(pool, 'authenticated', customRole);
}

/** A user pool is named with its client, an OIDC provider by its name or its ARN. */
function mappingOf({ roles, settings }: Pool, provider: string, { aud }: JWTPayload): Mapping | undefined {
  const arn = settings.OpenIdConnectProviderARNs?.find((candidate) =>
    candidate.endsWith(`:oidc-provider/${provider}`),
  );
  const names = [`${provider}:${[aud].flat()[0]}`, provider, arn ?? provider];
  const name = names.find((candidate) => Object.hasOwn(roles.RoleMappings ?? {}, candidate));
  return name === undefined ? undefined : roles.RoleMappings?.[name];
}

function mappedRole(
  pool: Pool,
  provider: string,
  mapping: Mapping,
  claims: JWTPayload,
  customRole: string | undefined,
): string {
  const role = mapping.Type === 'Token' ? tokenRole(claims, customRole) : ruleRole(mapping, claims);
  if (role !== undefined) return role;
  if (mapping.AmbiguousRoleResolution === 'AuthenticatedRole')
    return defaultRole(pool, 'authenticated', undefined);
  const text = `The ambiguous role mapping rules for: ${provider} denied this request.`;
  throw new AwsError('NotAuthorizedException', text); // [O amplify-js#3621]
}

function tokenRole(claims: JWTPayload, customRole: string | undefined): string | undefined {
  const { 'cognito:roles': roles, 'cognito:preferred_role': preferred } = claims;
  if (customRole === undefined) return typeof preferred === 'string' ? preferred : undefined;
  if (Array.isArray(roles) && roles.includes(customRole)) return customRole;
  throw refusedRole();
}

/** A rule about a claim that is not there matches nothing, NotEqual too [D]. */
function ruleRole(mapping: Mapping, claims: JWTPayload): string | undefined {
  const rules = mapping.RulesConfiguration?.Rules ?? [];
  return rules.find((rule) => Object.hasOwn(claims, rule.Claim) && matches(rule, claims[rule.Claim]))
    ?.RoleARN;
}

function matches({ MatchType, Value }: Rule, claim: unknown): boolean {
  const text = typeof claim === 'string' ? claim : JSON.stringify(claim); // [?] for lists and numbers
  switch (MatchType) {
    case 'Equals':
      return text === Value;
    case 'NotEqual':
      return text !== Value;
    case 'StartsWith':
      return text.startsWith(Value);
    case 'Contains':
      return text.includes(Value);
  }
}

function defaultRole(
  { roles }: Pool,
  kind: 'authenticated' | 'unauthenticated',
  customRole: string | undefined,
): string {
  if (customRole !== undefined) throw refusedRole();
  const role = roles.Roles[kind];
  if (role !== undefined) return role;
  throw new AwsError(
    'InvalidIdentityPoolConfigurationException',
    'Invalid identity pool configuration. Check assigned IAM roles for this pool.', // [O amplify-swift#3124]
  );
}

/** [?] type and text; that a role which is not in `cognito:roles` is denied is [D]. */
function refusedRole(): AwsError {
  return new AwsError('NotAuthorizedException', 'The requested role is not among the roles of this user.');
}
