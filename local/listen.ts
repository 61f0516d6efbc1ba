import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** A server that is listening on this machine. */
export interface Server {
  url: string;
  close: () => Promise<void>;
}

/** Listens on loopback only; port 0 is any free one. @throws the server's own error, EADDRINUSE for one. */
export const listen = async (server: HttpServer, port: number): Promise<Server> => {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = promisify(server.close.bind(server))();
      server.closeAllConnections();
      await closed;
    },
  };
};
