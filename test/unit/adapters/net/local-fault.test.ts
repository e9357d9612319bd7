import { describe, expect, it } from 'vitest';
import { networkFailure } from '../../../../shared/adapters/dns/stub/exchange.ts';
import { watchLocalFaults } from '../../../../shared/adapters/net/local-fault.ts';
import { isForgivableFailure } from '../../../../shared/domain/caa/lookup-failure.ts';
import type { LookupFailureReason } from '../../../../shared/domain/dns/lookup.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

const systemError = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

const isForgivable = (reason: LookupFailureReason) =>
  isForgivableFailure(
    {
      status: 'failed',
      name: 'example.test',
      reason,
      message: '',
      retried: true,
    } as unknown as Parameters<typeof isForgivableFailure>[0],
    null,
  );

describe('The socket error', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EACCES', 'EPERM'])(
    '%s counts as a local fault, and is never treated as permission',
    (code) => {
      const failure = networkFailure(systemError(code));
      expect(failure).toEqual({
        status: 'failed',
        reason: 'resolver-failed',
        detail: `this machine could not ask the server (${code})`,
      });
      expect(isForgivable(failure.reason)).toBe(false);
    },
  );

  it.each(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ECONNRESET', 'ETIMEDOUT'])(
    '%s counts as an unreachable server',
    (code) => {
      expect(networkFailure(systemError(code))).toMatchObject({
        reason: 'unreachable',
        detail: `the server cannot be reached (${code})`,
      });
    },
  );
});

describe('The watch for local faults', () => {
  async function watch(codes: readonly (readonly [atMs: number, code: string])[]) {
    const time = new VirtualTime(0);
    const clock = time.createClock();
    const log = createRecordingLog();
    const end = watchLocalFaults(clock, log);
    for (const [atMs, code] of codes) {
      await time.advance(atMs - time.elapsed);
      networkFailure(systemError(code));
    }
    await time.advance(30_000);
    end();
    networkFailure(systemError('EMFILE'));
    return log.entries.map(({ level, event, fields }) => [level, event, fields.code, fields.count]);
  }

  it('logs the first fault at once, and those of the next ten seconds as one count per code', async () => {
    const flood = Array.from({ length: 500 }, (_, index) => [index, 'EMFILE'] as const);
    expect(await watch([...flood, [600, 'ENOBUFS'], [11_000, 'EMFILE']])).toEqual([
      ['error', 'local_socket_fault', 'EMFILE', 1],
      ['error', 'local_socket_fault', 'EMFILE', 499],
      ['error', 'local_socket_fault', 'ENOBUFS', 1],
      ['error', 'local_socket_fault', 'EMFILE', 1],
    ]);
  });

  it('does not log unreachable servers', async () => {
    expect(await watch([[0, 'ECONNREFUSED']])).toEqual([]);
  });
});
