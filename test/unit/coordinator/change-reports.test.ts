import { describe, expect, it } from 'vitest';
import { ChangeReports } from '../../../services/coordinator/change-reports.ts';
import { parseDeadline } from '../../../shared/contract/messages/deadline.ts';
import type { StoredResult } from '../../../shared/domain/check/stored-result.ts';
import { QueueUnavailableError } from '../../../shared/ports/queues.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildStored,
  buildVerdict,
  SIX_CODES,
  unreadable,
} from '../../support/builders.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const base = buildRequestRecord();
const votes = SIX_CODES.map((perspective) =>
  buildStored(buildCheckResult({ requestId: base.requestId, perspective })),
);
const record = { ...base, status: 'completed' as const, verdicts: [buildVerdict({ results: votes })] };
const [FIRST = '', ...REST] = SIX_CODES;
const others = votes.filter(({ perspective }) => perspective !== FIRST);

function reporting() {
  const sent: { body: string; delayMs: number }[] = [];
  const log = createRecordingLog();
  let isDown = false;
  const reports = new ChangeReports({
    log,
    deadlines: {
      async send(body, delayMs) {
        if (isDown) throw new QueueUnavailableError('down');
        sent.push({ body, delayMs });
      },
    },
  });
  return {
    sent,
    log,
    report: (stored: readonly StoredResult[]) => reports.report(record, { results: stored, unread: [] }),
    fail: (now: boolean) => {
      isDown = now;
    },
  };
}

describe('A counted result that differs in the store', () => {
  it.each([
    { name: 'is unreadable', stored: [unreadable(FIRST), ...others] },
    {
      name: 'contains another result',
      stored: [
        buildStored(buildCheckResult({ requestId: base.requestId, perspective: FIRST, passed: false })),
        ...others,
      ],
    },
    { name: 'is missing', stored: others },
  ])('sends the deadline again at once, when it $name', async ({ stored }) => {
    const { sent, report } = reporting();
    await report(stored);
    expect(sent.map(({ body, delayMs }) => ({ ...parseDeadline(body), delayMs }))).toEqual([
      {
        requestId: base.requestId,
        attempt: 1,
        attemptToken: base.attemptToken,
        asked: [FIRST, ...REST],
        putOffs: 0,
        delayMs: 0,
      },
    ]);
  });

  it('is reported once, however often it is read', async () => {
    const { sent, report } = reporting();
    for (let read = 0; read < 3; read++) await report(others);
    expect(sent).toHaveLength(1);
  });

  it('is reported by the next read after the queue was unavailable', async () => {
    const { sent, log, report, fail } = reporting();
    fail(true);
    await report(others);
    expect(log.entries.map(({ event }) => event)).toEqual(['change_not_reported']);
    fail(false);
    await report(others);
    expect(sent).toHaveLength(1);
  });

  it('is not reported when unchanged, whatever is stored under other keys', async () => {
    const { sent, report } = reporting();
    await report([...votes, unreadable(FIRST, 2), unreadable('nowhere')]);
    expect(sent).toEqual([]);
  });
});
