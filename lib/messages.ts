import { config } from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// zod/mini carries no messages of its own: without a locale every error reads "Invalid input". Imported for that.
config({ ...en(), customError: ({ input }) => (input === undefined ? 'is missing' : undefined) });
