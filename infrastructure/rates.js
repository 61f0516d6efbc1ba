/** A parameter as a route's limit. On the command line it is a text; API Gateway takes numbers. */
const limit =
  (parameter) =>
  async ({ resolveVariable }) => {
    const rate = Number(await resolveVariable(`param:${parameter}`));
    if (!(rate > 0)) throw new Error(`${parameter} must be a number of requests a second`);
    return { ThrottlingRateLimit: rate, ThrottlingBurstLimit: Math.ceil(rate) };
  };

export const loginRate = limit('loginRate');
export const refreshRate = limit('refreshRate');
export const accountRate = limit('accountRate');
export const healthRate = limit('healthRate');
export const otherRate = limit('otherRate');
