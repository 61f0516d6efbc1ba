/** What the stack on this machine is made of. */
export const region = 'us-east-1';
export const tableName = 'cognito-developer-identities-local';
export const auditTableName = `${tableName}-audit`;
export const staffAudience = 'staff';
export const staffScopes = ['identities:read', 'identities:write', 'identities:delete'];
export const developerProviderName = 'login.local';
/** Their user ids are known, so that what the documentation shows can be copied as it is. */
export const demoUserIds = { alice: '4711', bob: '4712' };
export const demoUsers = Object.keys(demoUserIds);
export const demoPassword = 'correct horse battery staple';

/** Any credentials do here. Set over those of the developer, who has an AWS account to keep out of this. */
export const useLocalCredentials = () => {
  delete process.env.AWS_PROFILE;
  delete process.env.AWS_SESSION_TOKEN;
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
};

/** A port from the environment. @throws Error naming the variable when it is none. */
export const port = (name: string, otherwise: number): number => {
  const value = process.env[name] || String(otherwise);
  if (/^\d{1,5}$/.test(value) && Number(value) < 65_536) return Number(value);
  throw new Error(`${name} must be a port number: 0 (any free one) to 65535`);
};
