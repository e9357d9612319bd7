import { describe, expect, it } from 'vitest';
import { reportPublished } from '../../../services/coordinator/report.ts';
import { perspectivesAsked } from '../../../shared/domain/mpic/lifecycle.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildVerdict,
  frozen,
  unreadable,
} from '../../support/builders.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const ASKED = perspectivesAsked(buildRequestRecord(), 1);

/** Events logged if `counted` have results and `fate` tells how each check ended. */
function report(counted: readonly string[], fate: (code: string) => 'passed' | 'failed' | 'broken') {
  const log = createRecordingLog();
  const results = counted.map((perspective) =>
    buildCheckResult({
      perspective,
      completed: fate(perspective) !== 'broken',
      passed: fate(perspective) === 'passed',
    }),
  );
  const verdicts = [buildVerdict({ attempt: 1, counted: [...counted] })];
  reportPublished(log, frozen(buildRequestRecord({ verdicts }), results));
  return log.entries.map(({ event, fields }) => [event, fields?.perspective ?? fields?.failed]);
}

describe('reportPublished', () => {
  const [first = '', second = ''] = ASKED;

  it.each([
    { name: 'nothing when every perspective permits', counted: ASKED, fate: () => 'passed', logged: [] },
    { name: 'nothing when every perspective denies', counted: ASKED, fate: () => 'failed', logged: [] },
    {
      name: 'each perspective without a result',
      counted: ASKED.slice(2),
      fate: () => 'passed',
      logged: [
        ['perspective_silent', first],
        ['perspective_silent', second],
      ],
    },
    {
      name: 'a disagreement between perspectives',
      counted: ASKED,
      fate: (code: string) => (code === first ? 'failed' : 'passed'),
      logged: [['perspectives_disagree', [first]]],
    },
    {
      name: 'no disagreement for a check that was not completed',
      counted: ASKED,
      fate: (code: string) => (code === first ? 'broken' : 'passed'),
      logged: [],
    },
  ] as const)('logs $name', ({ counted, fate, logged }) => {
    expect(report(counted, fate)).toEqual(logged);
  });

  it('logs an unreadable result as an error', () => {
    const log = createRecordingLog();
    const verdicts = [buildVerdict({ counted: [first], results: [unreadable(first)] })];
    const record = buildRequestRecord({ verdicts, cohorts: [[{ code: first, rir: 'ARIN' }]] });
    reportPublished(log, record);
    const { requestId } = record;
    expect(log.entries).toEqual([
      {
        level: 'error',
        event: 'result_unreadable',
        fields: {
          requestId,
          attempt: 1,
          perspective: first,
          digest: 'f'.repeat(64),
          bytes: 9,
          problem: 'it is not a JSON object',
        },
      },
    ]);
  });
});
