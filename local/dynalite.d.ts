declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** https://github.com/architect/dynalite#programmatically */
  const dynalite: (options: { path?: string; createTableMs?: number }) => Server;
  export = dynalite;
}
