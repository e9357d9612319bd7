import type { Log } from '../../shared/ports/log.ts';

/** Last day of support of Node's release lines, by major: https://nodejs.org/en/about/previous-releases. */
const END_OF_LIFE: ReadonlyMap<number, string> = new Map([
  [20, '2026-04-30'],
  [21, '2024-06-01'],
  [22, '2027-04-30'],
  [23, '2025-06-01'],
  [24, '2028-04-30'],
]);

const DAY_MS = 86_400_000;

/**
 * Logs one warning if the Node.js release line in use no longer gets security fixes. Replaces the AWS SDK's own
 * warning, which is plain text between the lines of the log; so call it before the first client is created.
 */
export function logNodeRelease(log: Log, now: number, version = process.versions.node): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const major = Number.parseInt(version, 10);
  const endOfLife = END_OF_LIFE.get(major);
  if (endOfLife === undefined || now < Date.parse(endOfLife) + DAY_MS) return;
  log.warn('node_release_ended', {
    version,
    end_of_life: endOfLife,
    meaning: `Node.js ${major} no longer gets security fixes; run the service with Node.js 24`,
  });
}
