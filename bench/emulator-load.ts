import { connect, type Socket } from 'node:net';

/** Rates are in answers per second, times in milliseconds. */
export type Measured = { rate: number; count: number; p50: number; p99: number };

export type Load = {
  endpoint: string;
  /** The whole next request, head and body. */
  next: () => string;
  connections: number;
  seconds: number;
};

/**
 * Keeps `connections` keep-alive connections busy, one request at a time on each. It is written on bare sockets:
 * it shares the machine with what it measures, so it must cost little. Rejects at the first status but 200.
 */
export async function measure({ endpoint, next, connections, seconds }: Load): Promise<Measured> {
  const { hostname, port } = new URL(endpoint);
  const start = performance.now();
  const end = start + seconds * 1000;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new Connection(hostname, Number(port));
      try {
        while (performance.now() < end) {
          const sent = performance.now();
          await connection.send(next());
          times.push(performance.now() - sent);
        }
      } finally {
        connection.close();
      }
    }),
  );
  const elapsed = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { rate: times.length / elapsed, count: times.length, p50: at(0.5), p99: at(0.99) };
}

/** One request at a time; opened again where the server closes it after each answer, as moto's does. */
class Connection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #buffer = '';
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  send(request: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket ??= this.#open();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.#receive(chunk));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => {
      this.#settle?.reject(new Error('The connection was closed.'));
      this.#socket = undefined;
    });
    return socket;
  }

  #receive(chunk: string): void {
    this.#buffer += chunk;
    const head = this.#buffer.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#buffer)?.[1] ?? 0);
    if (this.#buffer.length < head + 4 + length) return;
    const answer = this.#buffer;
    const settle = this.#settle;
    this.#buffer = '';
    this.#settle = undefined;
    if (/\r\nconnection: close\r\n/i.test(answer.slice(0, head + 2))) {
      this.#socket?.removeAllListeners().destroy();
      this.#socket = undefined;
    }
    if (answer.startsWith('HTTP/1.1 200')) settle?.resolve();
    else settle?.reject(new Error(answer));
  }
}

/** A request of the AWS JSON protocol, with the headers that an SDK sends. */
export function awsRequest(operation: string, input: object): string {
  const body = JSON.stringify(input);
  const scope = 'AKIDBENCH/20260101/us-east-1/cognito-identity/aws4_request';
  const signed = 'content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target';
  return [
    'POST / HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/x-amz-json-1.1',
    `x-amz-target: AWSCognitoIdentityService.${operation}`,
    'x-amz-user-agent: bench/1.0',
    'x-amz-date: 20260101T000000Z',
    `x-amz-content-sha256: ${'0'.repeat(64)}`,
    `authorization: AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${signed}, Signature=${'0'.repeat(64)}`,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
