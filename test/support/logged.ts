/** The lines that functions write while `run` runs, as CloudWatch would get them; the test's own pass through. */
export const logged = async (run: () => Promise<unknown>): Promise<string> => {
  let log = '';
  const restore = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = ((chunk: string | Uint8Array) => {
      if (typeof chunk !== 'string' || !chunk.startsWith('{')) return write(chunk);
      log += chunk;
      return true;
    }) as typeof stream.write;
    return () => {
      stream.write = write;
    };
  });
  await run().finally(() => {
    for (const undo of restore) undo();
  });
  return log;
};
