import * as z from 'zod/mini';

/** Who signed in. `userId` becomes the developer user identifier: opaque, never reused, the same for ever. */
export const User = z.object({
  userId: z.string().check(
    z.minLength(1),
    z.maxLength(1_024),
    z.refine((id) => id.isWellFormed(), 'must be well-formed Unicode'),
  ),
  /** The name in the directory, where there is one. */
  username: z.optional(z.string()),
  /** Of the password in the directory, where there was more than one. */
  generation: z.optional(z.string()),
  /** Facts about the user, as strings. Configuration decides which of them become principal tags. */
  attributes: z._default(z.record(z.string(), z.string()), {}),
});

export type User = z.infer<typeof User>;
