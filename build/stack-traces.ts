import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/*
 * In every bundle: errors in the log name the source's lines, as with --enable-source-maps. That option goes through all
 * of a bundle at every cold start; this one reads the map when somebody looks at an error's stack for the first time.
 */
let map: SourceMap | undefined;

const readMap = () => new SourceMap(JSON.parse(readFileSync(`${__filename}.map`, 'utf8')));

const inSource = (frame: NodeJS.CallSite): string => {
  if (frame.getFileName() !== __filename) return String(frame);
  map ??= readMap();
  const entry = map.findEntry((frame.getLineNumber() ?? 1) - 1, (frame.getColumnNumber() ?? 1) - 1);
  if (!('originalSource' in entry)) return String(frame);
  const place = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  return `${frame.getFunctionName() ?? '<anonymous>'} (${place})`;
};

Error.prepareStackTrace = (error, frames) => {
  try {
    return [String(error), ...frames.map(inSource)].join('\n    at ');
  } catch {
    // Without its map a bundle still says what went wrong.
    return [String(error), ...frames].join('\n    at ');
  }
};
