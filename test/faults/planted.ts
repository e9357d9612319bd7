/** A fault planted into the source, one at a time, to see what notices it. */
export interface PlantedFault {
  /** What is wrong then, in a sentence. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly replacement: string;
  /** Test files of which one at least has to fail. */
  readonly tests: readonly string[];
  /** It cannot show in what the simulation sees; the tests alone have to notice it. */
  readonly isOutOfSight?: string;
}

const DECISION_TESTS = ['test/unit/coordinator', 'test/flow/embedded.test.ts', 'test/unit/coordinator'];
const MPIC_TESTS = ['test/unit/domain/mpic', 'test/conformance/rules'];
const AWS_TESTS = ['test/unit/adapters/aws', 'test/contract/emulated.test.ts'];
const EMBEDDED_TESTS = ['test/unit/adapters/embedded', 'test/contract/embedded.test.ts'];
const API_TESTS = ['test/unit/api', 'test/flow/embedded.test.ts', 'test/flow/replay-window.test.ts'];
const PERSPECTIVE_TESTS = ['test/unit/perspective/handle-job.test.ts', 'test/flow/embedded.test.ts'];

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  // Coordinator.
  {
    name: 'the first attempt has no deadline message',
    file: 'services/coordinator/start.ts',
    text: '  const outcome = await writeAnnounced(deps, record, deadline, () => deps.requests.create(record));',
    replacement: '  const outcome = await deps.requests.create(record);',
    tests: DECISION_TESTS,
  },
  {
    name: 'a start is written before its deadline is announced',
    file: 'services/coordinator/start.ts',
    text: '  await announceDeadline(deps, record, deadline);\n  const written = await write();',
    replacement: '  const written = await write();\n  await announceDeadline(deps, record, deadline);',
    tests: DECISION_TESTS,
  },
  {
    name: 'a slow start has no second deadline message',
    file: 'services/coordinator/start.ts',
    text: '  if (tookMs > SLOW_START_MS) await announceDeadline(deps, record, deadline);\n',
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'the deadline comes after a tenth of the time',
    file: 'services/coordinator/start.ts',
    text: 'const delayMs = record.attemptTimeoutMs + (',
    replacement: 'const delayMs = record.attemptTimeoutMs / 10 + (',
    tests: DECISION_TESTS,
  },
  {
    name: 'one perspective is never sent its job',
    file: 'services/coordinator/start.ts',
    text: '    perspectives.map((perspective) => dispatchJob(',
    replacement: '    perspectives.slice(1).map((perspective) => dispatchJob(',
    tests: DECISION_TESTS,
  },
  {
    name: 'jobs of asynchronous requests do not ask for a wake-up',
    file: 'services/coordinator/start.ts',
    text: '  const notify = record.async || isRepetition;',
    replacement: '  const notify = false && isRepetition;',
    tests: DECISION_TESTS,
  },
  {
    name: 'jobs carry no token of their start',
    file: 'services/coordinator/start.ts',
    text: '    attemptToken: record.attemptToken,\n    requestDigest',
    replacement: '    attemptToken: null,\n    requestDigest',
    tests: DECISION_TESTS,
  },
  {
    name: 'jobs carry no digest of the request',
    file: 'services/coordinator/start.ts',
    text: '    requestDigest: record.requestDigest,',
    replacement: '    requestDigest: null,',
    tests: DECISION_TESTS,
  },
  {
    name: 'a job that was refused once is never offered again',
    file: 'services/coordinator/start.ts',
    text: 'const RESEND_DELAYS_MS = [50, 200];',
    replacement: 'const RESEND_DELAYS_MS: number[] = [];',
    tests: DECISION_TESTS,
    isOutOfSight: 'a job that is not sent is a silent perspective, which the rules allow for',
  },
  {
    name: 'the deadline of the next attempt is that of the one before',
    file: 'services/coordinator/start.ts',
    text: '  return { requestId: record.requestId, attempt, attemptToken, asked, putOffs: 0 };',
    replacement:
      '  return { requestId: record.requestId, attempt: record.attempt, attemptToken, asked, putOffs: 0 };',
    tests: DECISION_TESTS,
  },
  // Decision: conclude.
  {
    name: 'later attempts have no deadline message',
    file: 'services/coordinator/conclude.ts',
    text: '  const advanced = await writeAnnounced(deps, record, message, () =>\n    deps.requests.advance(record.requestId, record.attempt, verdict, start),\n  );',
    replacement:
      '  const advanced = await deps.requests.advance(record.requestId, record.attempt, verdict, start);',
    tests: DECISION_TESTS,
  },
  {
    name: 'an invalid attempt ends the request while others are left',
    file: 'services/coordinator/conclude.ts',
    text: '  if (!settled.isValid && hasTimeForAnother(record, now)) return',
    replacement:
      '  if (!settled.isValid && record.attempt < record.maxAttempts - 1 && hasTimeForAnother(record, now)) return',
    tests: DECISION_TESTS,
  },
  {
    name: 'there is one attempt more than asked for',
    file: 'shared/domain/mpic/lifecycle.ts',
    text: '  return attempt < maxAttempts && end <= latestDecision(',
    replacement: '  return attempt <= maxAttempts && end <= latestDecision(',
    tests: DECISION_TESTS,
  },
  {
    name: 'who was refused takes the request for closed by himself',
    file: 'services/coordinator/conclude.ts',
    text: "  if (closed === 'superseded') return { kind: 'superseded' };\n",
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'the next attempt keeps the token of the one before',
    file: 'services/coordinator/conclude.ts',
    text: '  const attemptToken = deps.ids.attemptToken();',
    replacement: "  const attemptToken = record.attemptToken ?? '';",
    tests: DECISION_TESTS,
  },
  {
    name: 'the next attempt sends no jobs',
    file: 'services/coordinator/conclude.ts',
    text: '    dispatched: dispatchJobs(deps, next, perspectivesAsked(next, attempt)),',
    replacement: '    dispatched: Promise.resolve(),',
    tests: DECISION_TESTS,
  },
  {
    name: 'the next attempt asks the cohort of the one before',
    file: 'services/coordinator/conclude.ts',
    text: 'perspectivesAsked(next, attempt)),',
    replacement: 'perspectivesAsked(next, record.attempt)),',
    tests: DECISION_TESTS,
  },
  // Decision: drive.
  {
    name: 'the process that waits decides after a tenth of the time',
    file: 'services/coordinator/drive.ts',
    text: '  const deadline = sentAt + record.attemptTimeoutMs;',
    replacement: '  const deadline = sentAt + record.attemptTimeoutMs / 10;',
    tests: DECISION_TESTS,
  },
  {
    name: 'the process that waits takes the first result for all',
    file: 'services/coordinator/drive.ts',
    text: '    if (missing.length === 0 || now >= until) return arrived;',
    replacement: '    if (arrived.size > 0 || now >= until) return arrived;',
    tests: DECISION_TESTS,
  },
  {
    name: 'the process that waits goes on with what it knew when somebody else was first',
    file: 'services/coordinator/drive.ts',
    text: "    if (current.status === 'completed') return { record: current, closedHere: false };\n    record = current;",
    replacement: "    if (current.status === 'completed') return { record: current, closedHere: false };",
    tests: DECISION_TESTS,
  },
  {
    name: 'results of the attempt before are carried into the next',
    file: 'services/coordinator/drive.ts',
    text: '  const arrived = new Map<PerspectiveCode, StoredResult>();',
    replacement:
      '  const arrived = new Map<PerspectiveCode, StoredResult>(\n    (record.verdicts.at(-1)?.results ?? []).map((vote) => [vote.perspective, vote]),\n  );',
    tests: DECISION_TESTS,
  },
  // Decision: judge.
  {
    name: 'results of another attempt count',
    file: 'services/coordinator/judge-attempt.ts',
    text: '    if (attempt === record.attempt && asked.has',
    replacement: '    if (attempt <= record.attempt && asked.has',
    tests: DECISION_TESTS,
    isOutOfSight: 'nothing is read but what lies under the keys of the attempt',
  },
  {
    name: 'results of perspectives that were not asked count',
    file: 'services/coordinator/judge-attempt.ts',
    text: '&& asked.has(perspective) && ',
    replacement: '&& ',
    tests: DECISION_TESTS,
    isOutOfSight: 'nothing is read but what lies under the keys of those who were asked',
  },
  {
    name: 'what is about another start counts',
    file: 'shared/domain/mpic/votes.ts',
    text: '  if (!isOfStart(record, stored.result))',
    replacement: '  if (record.requestId === "" && !isOfStart(record, stored.result))',
    tests: ['test/unit/coordinator', 'test/unit/domain/mpic'],
  },
  {
    name: 'the digest of the request is not compared',
    file: 'shared/domain/mpic/votes.ts',
    text: '  return attemptToken === token && (token === null || requestDigest === record.requestDigest);',
    replacement: '  return attemptToken === token || requestDigest === "";',
    tests: ['test/unit/coordinator', 'test/unit/domain/mpic'],
  },
  {
    name: 'the vote of the primary perspective is not looked at',
    file: 'services/coordinator/judge-attempt.ts',
    text: "  return { status: passes ? 'passed' : 'failed', code };",
    replacement: "  return { status: passes || code !== '' ? 'passed' : 'failed', code };",
    tests: ['test/unit/coordinator', 'test/unit/domain/mpic', 'test/flow/embedded.test.ts'],
  },
  {
    name: 'the primary perspective need not validate',
    file: 'shared/domain/mpic/decision.ts',
    text: '  return isCorroboration(result) && (!needsValidation || isDnssecValidated(result));',
    replacement:
      '  return isCorroboration(result) && (needsValidation || !isDnssecValidated(result) || true);',
    tests: MPIC_TESTS,
  },
  // The rules.
  {
    name: 'five perspectives may lose two',
    file: 'shared/domain/rules/rules.ts',
    text: '  return row?.mayFail ?? null;',
    replacement: '  return perspectiveCount === 5 ? 2 : (row?.mayFail ?? null);',
    tests: MPIC_TESTS,
  },
  {
    name: 'six perspectives may lose only one',
    file: 'shared/domain/rules/rules.ts',
    text: '  return row?.mayFail ?? null;',
    replacement: '  return perspectiveCount === 6 ? 1 : (row?.mayFail ?? null);',
    tests: MPIC_TESTS,
  },
  {
    name: 'one corroboration less than the quorum is enough',
    file: 'shared/domain/mpic/decision.ts',
    text: '  const meetsQuorum = passing.length >= Math.max(1, quorumCount);',
    replacement: '  const meetsQuorum = passing.length >= Math.max(1, quorumCount - 1);',
    tests: MPIC_TESTS,
  },
  {
    name: 'one region is taken for two',
    file: 'shared/domain/mpic/decision.ts',
    text: '  const rirs = sortedRirs(corroborating);',
    replacement:
      "  const rirs = [...sortedRirs(corroborating)];\n  if (rirs.length === 1) rirs.push('LACNIC');",
    tests: MPIC_TESTS,
  },
  {
    name: 'a verdict is settled before everybody was heard who could change it',
    file: 'shared/domain/mpic/decision.ts',
    text: '    best.isValid !== worst.isValid ||\n',
    replacement: '',
    tests: MPIC_TESTS,
  },
  {
    name: 'silence of the primary perspective at the deadline is no failure',
    file: 'shared/domain/mpic/decision.ts',
    text: "  if (primary.status === 'pending') return !pendingPrimary;",
    replacement: "  if (primary.status === 'pending') return false;",
    tests: MPIC_TESTS,
  },
  {
    name: 'monitoring does not wait for its report',
    file: 'shared/domain/mpic/decision.ts',
    text: '  if (canChange || input.monitoring) return',
    replacement: '  if (canChange) return',
    tests: MPIC_TESTS,
  },
  {
    name: 'a check that was not completed corroborates',
    file: 'shared/domain/mpic/decision.ts',
    text: '  return passed && corroborates && completed;',
    replacement: '  return passed && (corroborates || completed);',
    tests: MPIC_TESTS,
    isOutOfSight:
      'no perspective says that it passed what it did not complete, hostile ones apart, whose word it is',
  },
  // Decision: deadline.
  {
    name: 'the deadline of one start ends another',
    file: 'services/coordinator/handle-deadline.ts',
    text: '      if (attemptToken !== record.attemptToken) {',
    replacement: '      if (attemptToken === null && record.attemptToken !== null) {',
    tests: DECISION_TESTS,
    isOutOfSight: 'it comes too early, and is put off until the deadline in the record',
  },
  {
    name: 'the deadline of attempt 1 ends attempt 2',
    file: 'services/coordinator/handle-deadline.ts',
    text: '    if (isRunning(record, attempt)) {\n      if (attemptToken !== record.attemptToken) {',
    replacement: "    if (record.status === 'running') {\n      if (attemptToken === null) {",
    tests: DECISION_TESTS,
  },
  {
    name: 'who was asked is believed from the message',
    file: 'services/coordinator/handle-deadline.ts',
    text: '  const keys = keysOfAttempt(record, attempt);\n  const missing',
    replacement: '  const keys = named;\n  const missing',
    tests: DECISION_TESTS,
    isOutOfSight: 'only the home region writes deadlines, and it names everybody',
  },
  {
    name: 'a deadline does not publish what it finds completed',
    file: 'services/coordinator/handle-deadline.ts',
    text: "      if (current.status === 'completed' && !current.published)",
    replacement: "      if (current.status === 'running' && !current.published)",
    tests: DECISION_TESTS,
  },
  {
    name: 'a deadline that finds its attempt not stored yet is dropped',
    file: 'services/coordinator/handle-deadline.ts',
    text: '      if (await putOff(deps, deadline, START_WAIT_MS)) return;\n',
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'a deadline that comes too early is dropped',
    file: 'services/coordinator/handle-deadline.ts',
    text: '      if (left > 0 && (await putOff(deps, deadline, left))) return;',
    replacement: '      if (left > 0) return;',
    tests: DECISION_TESTS,
  },
  {
    name: 'a deadline puts nothing on record that came late',
    file: 'services/coordinator/handle-deadline.ts',
    text: '      await recordAftermath(deps, current, attempt, stored, unread);',
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'a look that is older than the verdict shows changed results',
    file: 'services/coordinator/settle-attempt.ts',
    text: '  await publisher.publishChangedResults(record, selectChangedResults(record, attempt, now, unread));',
    replacement: '  await publisher.publishChangedResults(record, now.length === 0 ? [] : suspects);',
    tests: DECISION_TESTS,
  },
  {
    name: 'a deadline that failed is taken for done',
    file: 'services/coordinator/handle-deadline.ts',
    text: '      current = await settleAttempt(deps, record, stored, true);',
    replacement: '      current = await settleAttempt(deps, record, stored, true).catch(() => null);',
    tests: DECISION_TESTS,
  },
  // Decision: wake-up.
  {
    name: 'a wake-up ends an attempt as a deadline does',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '        const after = await settleAttempt(deps, record, results, false);',
    replacement: '        const after = await settleAttempt(deps, record, results, true);',
    tests: DECISION_TESTS,
  },
  {
    name: 'a wake-up decides what is not settled',
    file: 'services/coordinator/handle-wake-up.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    text: "      if (judgeAttempt(record, counted, false).status === 'pending') {\n        if (unread.length === 0) return;\n        throw new StoreUnavailableError(`${unread.length} results of request ${requestId} cannot be read`);\n      }\n",
    replacement:
      "      if (counted.size > 3 && judgeAttempt(record, counted, false).status === 'pending')\n        await settleAttempt(deps, record, results, true);\n      if (judgeAttempt(record, counted, false).status === 'pending') return;\n",
    tests: DECISION_TESTS,
  },
  {
    name: 'a wake-up that cannot be read comes again and again',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '      if (!(error instanceof UnreadableMessageError)) throw error;',
    replacement: '      if (error instanceof UnreadableMessageError) throw error;',
    tests: DECISION_TESTS,
    isOutOfSight: 'it takes the turns of others, and changes nothing that they come to',
  },
  {
    name: 'wake-ups are acknowledged and nothing is looked at',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '    if (finished.get(name)) return;',
    replacement: '    if (finished.get(name) !== false) return;',
    tests: DECISION_TESTS,
  },
  {
    name: 'a message that comes during a look is forgotten',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '      before.again = true;\n',
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'wake-ups put nothing on record that came late',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '    await deps.publisher.publishLateResults(record, selectLateResults(record, stored));\n',
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'an attempt of which results are missing is taken for finished',
    file: 'services/coordinator/handle-wake-up.ts',
    text: '    if (stored.length === silent.length) finished.set(',
    replacement: '    if (stored.length <= silent.length) finished.set(',
    tests: DECISION_TESTS,
  },
  // Decision: settle and publish.
  {
    name: 'the process that completes a request at its deadline does not publish it',
    file: 'services/coordinator/settle-attempt.ts',
    text: "  if (conclusion.kind === 'completed')\n    await deps.publisher.publishCompletion(await withEvidence(deps.results, conclusion.record));\n",
    replacement: '',
    tests: DECISION_TESTS,
  },
  {
    name: 'the event goes out before the records are filed',
    file: 'services/coordinator/publish.ts',
    text: `    await deps.audit.append(
      record.verdicts.flatMap((verdict) => auditAttempt(record, verdict, deps.recorder)),
      record.completedAt ?? record.createdAt,
    );
    await deps.bus.publish(toCompletedEvent(record));`,
    replacement: `    await deps.bus.publish(toCompletedEvent(record));
    await deps.audit.append(
      record.verdicts.flatMap((verdict) => auditAttempt(record, verdict, deps.recorder)),
      record.completedAt ?? record.createdAt,
    );`,
    tests: DECISION_TESTS,
  },
  {
    name: 'records that could not be filed are forgotten',
    file: 'services/coordinator/publish.ts',
    text: `      record.completedAt ?? record.createdAt,
    );
    await deps.bus`,
    replacement: `      record.completedAt ?? record.createdAt,
    ).catch(() => {});
    await deps.bus`,
    tests: DECISION_TESTS,
  },
  {
    name: 'a request is marked as published before its event is out',
    file: 'services/coordinator/publish.ts',
    text: '    await deps.bus.publish(toCompletedEvent(record));\n    await deps.requests.markPublished(record.requestId);',
    replacement:
      '    await deps.requests.markPublished(record.requestId);\n    await deps.bus.publish(toCompletedEvent(record));',
    tests: DECISION_TESTS,
  },
  {
    name: 'an event that was refused is forgotten',
    file: 'services/coordinator/publish.ts',
    text: '    await deps.bus.publish(toCompletedEvent(record));',
    replacement: '    await deps.bus.publish(toCompletedEvent(record)).catch(() => {});',
    tests: DECISION_TESTS,
  },
  {
    name: 'only the last attempt has records',
    file: 'services/coordinator/publish.ts',
    text: '      record.verdicts.flatMap((verdict) =>',
    replacement: '      record.verdicts.slice(-1).flatMap((verdict) =>',
    tests: DECISION_TESTS,
  },
  {
    name: 'silent perspectives have no record',
    file: 'shared/contract/audit/audit-record.ts',
    text: '  const perPerspective = perspectivesAsked(record, verdict.attempt).map((code) =>',
    replacement: '  const perPerspective = verdict.counted.map((code) =>',
    tests: ['test/unit/domain/mpic', 'test/unit/coordinator', 'test/flow/embedded.test.ts'],
  },
  // API.
  {
    name: 'the body of a repeated key is not compared',
    file: 'services/api/submit.ts',
    text: '  if (existing.requestDigest !== digest) return',
    replacement: "  if (existing.requestDigest === '') return",
    tests: API_TESTS,
  },
  {
    name: 'an answer is repeated for ever',
    file: 'services/api/submit.ts',
    text: '  if (now <= replayableUntil(existing, [])) return false;',
    replacement: '  if (now > 0) return false;',
    tests: API_TESTS,
  },
  {
    name: 'a repeated answer is not marked',
    file: 'services/api/submit.ts',
    text: "const REPLAYED = { 'idempotency-replayed': 'true' } as const;",
    replacement: "const REPLAYED = { 'idempotency-replayed': 'false' } as const;",
    tests: API_TESTS,
  },
  {
    name: 'jobs are never sent again',
    file: 'services/api/submit.ts',
    text: "    if (existing.status === 'running') await redispatchJobs(deps, existing);\n",
    replacement: '',
    tests: API_TESTS,
    isOutOfSight: 'a job that is not sent is a silent perspective, which the rules allow for',
  },
  {
    name: 'a Request Token may be used twice',
    file: 'services/api/submit.ts',
    text: '  const requestId = token === null ? ownId : deps.ids.requestIdForToken(token);',
    replacement: '  const requestId = ownId;',
    tests: [...API_TESTS, 'test/flow/emulated-answers.test.ts'],
  },
  {
    name: 'a used Request Token is answered to whoever sends it',
    file: 'services/api/submit.ts',
    text: '  const isOwn = existing.caller === caller && existing.requestDigest === requestDigest;',
    replacement: '  const isOwn = existing.requestDigest === requestDigest;',
    tests: API_TESTS,
  },
  {
    name: 'keys of all callers are one',
    file: 'services/api/submit.ts',
    text: 'deps.ids.requestIdForKey(caller, idempotencyKey);',
    replacement: "deps.ids.requestIdForKey('', idempotencyKey);",
    tests: API_TESTS,
  },
  {
    name: 'a request of another caller can be read',
    file: 'services/api/read.ts',
    text: '  if (first === null || first.caller !== caller) return',
    replacement: '  if (first === null) return',
    tests: API_TESTS,
  },
  {
    name: 'an asynchronous request is accepted before it is stored',
    file: 'services/api/submit.ts',
    text: '  const started = await startRequest(deps, record);',
    replacement:
      '  if (async) {\n    startRequest(deps, record).catch(() => {});\n    return acceptedResponse(record);\n  }\n  const started = await startRequest(deps, record);',
    tests: API_TESTS,
  },
  {
    name: 'who answers does not publish',
    file: 'services/api/request-driver.ts',
    text: '    if (driven.closedHere) this.keep(this.#publish(driven.record));\n',
    replacement: '',
    tests: ['test/unit/api', 'test/flow/embedded.test.ts'],
    isOutOfSight: 'the deadline message publishes it a moment later, as it does for the functions',
  },
  {
    name: 'a caller who asked for fewer attempts gets as many as there can be',
    file: 'shared/domain/mpic/orchestration.ts',
    text: '  return Math.max(1, Math.min(requested.maxAttempts ?? 1, maxAttemptsCap));',
    replacement: '  return Math.max(requested.maxAttempts ?? 1, maxAttemptsCap);',
    tests: ['test/unit/domain/mpic', 'test/unit/api'],
  },
  {
    name: 'the primary perspective is one of those that count',
    file: 'shared/domain/mpic/configuration.ts',
    text: "  return primary?.kind === 'perspective'\n    ? perspectives.filter(({ code }) => code !== primary.code)\n    : perspectives;",
    replacement: '  return perspectives.filter(({ code }) => code !== primary?.kind);',
    tests: ['test/unit/domain/mpic', 'test/unit/api', 'test/flow/embedded.test.ts'],
  },
  {
    name: 'the response shows the attempt before the last',
    file: 'shared/contract/api/response.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    text: '  const verdict = record.verdicts.at(-1);\n  if (verdict === undefined) throw new Error(`request ${record.requestId} has no verdict`);',
    replacement:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
      '  const verdict = record.verdicts.at(-2) ?? record.verdicts.at(-1);\n  if (verdict === undefined) throw new Error(`request ${record.requestId} has no verdict`);',
    tests: ['test/unit/api', 'test/flow/embedded.test.ts'],
  },
  // Perspective.
  {
    name: 'the age of a job is not looked at',
    file: 'services/perspective/handle-job.ts',
    text: '    if (remainingMs <= 0) {',
    replacement: '    if (remainingMs <= Number.NEGATIVE_INFINITY) {',
    tests: PERSPECTIVE_TESTS,
  },
  {
    name: 'a job is acknowledged before its result is stored',
    file: 'services/perspective/handle-job.ts',
    text: '    const written = await results.record(result);',
    replacement: "    const written = 'recorded';\n    results.record(result).catch(() => {});",
    tests: PERSPECTIVE_TESTS,
  },
  {
    name: 'a duplicate is told to nobody',
    file: 'services/perspective/handle-job.ts',
    text: '    if (job.notify || message.receiveCount > 1 || isLate || isAgeUncertain) await tell();',
    replacement: '    if (job.notify && message.receiveCount === 1) await tell();',
    tests: PERSPECTIVE_TESTS,
  },
  {
    name: 'a result that came after the end of its job is told to nobody',
    file: 'services/perspective/handle-job.ts',
    text: ' || isLate || isAgeUncertain) await tell();',
    replacement: ') await tell();',
    tests: PERSPECTIVE_TESTS,
  },
  {
    name: 'a perspective whose clock is behind tells nobody of a result that its queue handed out slowly',
    file: 'services/perspective/handle-job.ts',
    text: ' || isAgeUncertain) await tell();',
    replacement: ') await tell();',
    tests: PERSPECTIVE_TESTS,
    isOutOfSight: 'it takes a wrong clock and a slow answer of the queue at once: about one history in 1,500',
  },
  {
    name: 'a check that does not end is waited for',
    file: 'services/perspective/handle-job.ts',
    text: '    return await Promise.race([runCheck(job.check, context), overrun]);',
    replacement: '    return await runCheck(job.check, context);',
    tests: PERSPECTIVE_TESTS,
    isOutOfSight: 'its perspective is silent, which the rules allow for',
  },
  {
    name: 'the result does not say which start it is of',
    file: 'services/perspective/handle-job.ts',
    text: '    attemptToken: job.attemptToken,',
    replacement: '    attemptToken: null,',
    tests: PERSPECTIVE_TESTS,
  },
  // Adapters of AWS.
  {
    name: 'a second result overwrites the first',
    file: 'shared/adapters/aws/dynamodb-result-store.ts',
    text: "      ConditionExpression: 'attribute_not_exists(#pk)',\n      ExpressionAttributeNames: { '#pk': RESULTS_KEY.partition },\n",
    replacement: '',
    tests: AWS_TESTS,
  },
  {
    name: 'a second request overwrites the first',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: "      ConditionExpression: 'attribute_not_exists(#id)',\n",
    replacement: "      ConditionExpression: 'attribute_not_exists(nothing)',\n",
    tests: AWS_TESTS,
  },
  {
    name: 'an attempt is ended whatever its number',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: "const RUNNING_THIS_ATTEMPT = '#status = :running AND #attempt = :attempt';",
    replacement: "const RUNNING_THIS_ATTEMPT = '#status = :running';",
    tests: AWS_TESTS,
  },
  {
    name: 'a request is ended whatever its state',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: "const RUNNING_THIS_ATTEMPT = '#status = :running AND #attempt = :attempt';",
    replacement: "const RUNNING_THIS_ATTEMPT = '#attempt = :attempt';",
    tests: AWS_TESTS,
  },
  {
    name: 'who is refused by his own work takes it for that of somebody else',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: "    return outcome === 'refused-on-retry' && (await this.#wasWrittenBy(requestId, token))\n      ? 'written'",
    replacement: "    return outcome === 'refused-on-retry' && requestId === token\n      ? 'written'",
    tests: AWS_TESTS,
    isOutOfSight: 'the deadline message publishes what nobody believes to have closed',
  },
  {
    name: 'requests are read as they were some time ago',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: 'Key: keyOf(requestId), ConsistentRead: true }',
    replacement: 'Key: keyOf(requestId) }',
    tests: AWS_TESTS,
  },
  {
    name: 'results are read as they were some time ago',
    file: 'shared/adapters/aws/batch-get.ts',
    text: '{ Keys: [key], ConsistentRead: true }',
    replacement: '{ Keys: [key] }',
    tests: AWS_TESTS,
  },
  {
    name: 'keys left undone are taken for keys without an item',
    file: 'shared/adapters/aws/batch-get.ts',
    text: '    pending = UnprocessedKeys ?? {};',
    replacement: '    pending = UnprocessedKeys === null ? UnprocessedKeys : {};',
    tests: AWS_TESTS,
  },
  {
    name: 'results that cannot be read are taken for none',
    file: 'shared/adapters/aws/dynamodb-result-reader.ts',
    text: '    assertRead(unread);\n    return this.#selectResults(requestId, keys, items);',
    replacement: '    return this.#selectResults(requestId, keys, unread.length >= 0 ? items : []);',
    tests: AWS_TESTS,
  },
  {
    name: 'a failed write is taken for a refused one',
    file: 'shared/adapters/aws/store-call.ts',
    text: "      if (!(error instanceof ConditionalCheckFailedException)) throw error;\n      return (error.$metadata.attempts ?? 1) > 1 ? 'refused-on-retry' : 'refused';",
    replacement:
      "      if (!(error instanceof ConditionalCheckFailedException)) return 'refused';\n      return (error.$metadata.attempts ?? 1) > 1 ? 'refused-on-retry' : 'refused';",
    tests: AWS_TESTS,
  },
  {
    name: 'a failed write is taken for a done one',
    file: 'shared/adapters/aws/store-call.ts',
    text: '      if (!(error instanceof ConditionalCheckFailedException)) throw error;',
    replacement: "      if (!(error instanceof ConditionalCheckFailedException)) return 'written';",
    tests: AWS_TESTS,
  },
  {
    name: 'a function that failed acknowledges its message',
    file: 'shared/adapters/aws/sqs-lambda-batch.ts',
    text: '    return { itemIdentifier: messageId };',
    replacement: "    return messageId === '' ? { itemIdentifier: messageId } : null;",
    tests: AWS_TESTS,
  },
  {
    name: 'a process acknowledges a message before it handles it',
    file: 'shared/adapters/aws/sqs-consumer.ts',
    text: '      await handler(message);\n      this.#deletions.add(ReceiptHandle);',
    replacement: '      this.#deletions.add(ReceiptHandle);\n      await handler(message);',
    tests: AWS_TESTS,
  },
  {
    name: 'a delay is rounded down to whole seconds',
    file: 'shared/adapters/aws/sqs-send.ts',
    text: 'Math.ceil(delayMs / 1000)',
    replacement: 'Math.floor(delayMs / 1000)',
    tests: AWS_TESTS,
    isOutOfSight: 'a deadline that comes too early is put off',
  },
  {
    name: 'messages are not delayed',
    file: 'shared/adapters/aws/sqs-send.ts',
    text: '        ...(delaySeconds === 0 ? {} : { DelaySeconds: delaySeconds }),',
    replacement: '        ...(delaySeconds >= 0 ? {} : { DelaySeconds: delaySeconds }),',
    tests: AWS_TESTS,
  },
  {
    name: 'a message that was not taken is taken for sent',
    file: 'shared/adapters/aws/sqs-send.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    text: '    throw new QueueUnavailableError(`SendMessage to ${queue.queueUrl}: ${describeError(error)}`);',
    replacement:
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
      "    if (queue.queueUrl === '') throw new QueueUnavailableError(`SendMessage: ${describeError(error)}`);",
    tests: AWS_TESTS,
  },
  {
    name: 'an entry that the bus refused is taken for published',
    file: 'shared/adapters/aws/eventbridge-bus.ts',
    text: '    if (FailedEntryCount === 0) return;',
    replacement: '    if (FailedEntryCount !== undefined) return;',
    tests: AWS_TESTS,
  },
  {
    name: 'audit objects are overwritten',
    file: 'shared/adapters/aws/s3-audit-trail.ts',
    text: "          IfNoneMatch: '*',\n",
    replacement: '',
    tests: AWS_TESTS,
  },
  {
    name: 'an audit object that was not taken is taken for stored',
    file: 'shared/adapters/aws/s3-audit-trail.ts',
    text: '      if (!isTaken(error)) throw error;',
    replacement: '      if (isTaken(error)) return;',
    tests: AWS_TESTS,
  },
  {
    name: 'what a verdict rests on is not frozen with it',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: '    const evidence = packEvidence(requestId, attempt, verdict.results);',
    replacement: '    const evidence = packEvidence(requestId, attempt, verdict.results.slice(1));',
    tests: AWS_TESTS,
  },
  {
    name: 'the next attempt keeps its old deadline',
    file: 'shared/adapters/aws/dynamodb-request-store.ts',
    text: "        ':deadline': next.deadline,",
    replacement: "        ':deadline': next.startedAt,",
    tests: AWS_TESTS,
  },
  // Embedded store.
  {
    name: 'a request is closed whatever its state',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: "    if (entry.record.status !== 'running' || entry.record.attempt !== attempt) return 'superseded';",
    replacement: "    if (entry.record.attempt !== attempt) return 'superseded';",
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a second result takes the place of the first in memory',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: '    const isFirst = !entry.results.has(slot);',
    replacement: '    const isFirst = true;',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a late second result takes the place of the first on disk',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: "    if (await this.#database.has(resultKey(requestId, slot))) return 'duplicate';\n",
    replacement: '',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a verdict is told before it is in the log',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: '    const record = to(entry.record);\n',
    replacement: '    const record = to(entry.record);\n    entry.record = record;\n    announce(entry);\n',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'results that are not in the log do not go with the verdict',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: '      await this.#database.write([putRequest(record), putOpen(record), ...unwrittenOf(entry)]);',
    replacement: '      await this.#database.write([putRequest(record), putOpen(record)]);',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'what is open is not written down as open',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: '      [putRequest(record), putOpen(record), { type:',
    replacement: '      [putRequest(record), { type:',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a process that starts does not look for what the one before has left',
    file: 'shared/adapters/embedded/embedded-store.ts',
    text: '    return open.map(({ record }) => record);',
    replacement: '    return open.slice(0, 0).map(({ record }) => record);',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a failed write is taken for a done one in the embedded store',
    file: 'shared/adapters/embedded/level-writer.ts',
    text: '    for (const { reject } of rejected) reject(error);',
    replacement: '    for (const { resolve } of rejected) resolve();',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'a process that starts sends no jobs again and announces no deadline',
    file: 'services/hosts/local/service.ts',
    text: '      resume(deps, driver, record);\n',
    replacement: '',
    tests: ['test/flow/crash.test.ts', 'test/flow/embedded.test.ts', 'test/unit/hosts/local'],
  },
  {
    name: 'the queue in memory forgets a message that failed',
    file: 'shared/adapters/embedded/memory-queue.ts',
    text: '      this.#deliverLater(message, delayMs);\n      return;',
    replacement: '      return;',
    tests: EMBEDDED_TESTS,
  },
  {
    name: 'the queue in memory delivers at once',
    file: 'shared/adapters/embedded/memory-queue.ts',
    text: '    if (delayMs > 0) return this.#deliverLater(message, delayMs, onReady);\n',
    replacement: '',
    tests: EMBEDDED_TESTS,
  },
];
