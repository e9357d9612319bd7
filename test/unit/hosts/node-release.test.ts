import { expect, it } from 'vitest';
import { logNodeRelease } from '../../../services/hosts/node-release.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

it.each([
  { version: '20.20.2', day: '2026-11-30', lines: 1 },
  { version: '20.20.2', day: '2026-05-01', lines: 1 },
  { version: '20.20.2', day: '2026-04-30', lines: 0 },
  { version: '23.11.0', day: '2026-11-30', lines: 1 },
  { version: '24.21.0', day: '2026-11-30', lines: 0 },
  { version: '26.10.0', day: '2036-11-30', lines: 0 },
])('a start with Node.js $version on $day logs $lines lines about its end of life', (row) => {
  const log = createRecordingLog();
  logNodeRelease(log, Date.parse(row.day), row.version);
  expect(log.entries.filter(({ event }) => event === 'node_release_ended')).toHaveLength(row.lines);
});
