import { fault } from '../support/deployment.ts';
import { newKey, trustOutside } from '../support/outside.ts';

const backendIs = (url: string) => (deployment: Parameters<Parameters<typeof fault>[3]>[0]) => {
  for (const name of ['Login', 'Refresh', 'MergeDashaccounts', 'UnlinkDashaccount'])
    deployment.properties(`${name}LambdaFunction`).Environment.Variables.BACKEND_URL = url;
};

fault("Cognito's keys that can't be had", "Cognito's keys", /does not answer: .*ECONNREFUSED/, () => {
  process.env.COGNITO_JWKS_URL = 'http://localhost:1/jwks';
});

fault("a backend's keys that can't be had", "backend's keys", /\/jwks answers 500/, ({ outside, properties }) => {
  // Staff's keys are somewhere else.
  outside.statuses['/jwks'] = 500;
  for (const { type, properties: function_ } of Object.values(properties('') && {})) void [type, function_];
}, 'jwt');
