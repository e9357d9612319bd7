import type { Secret } from '../../../shared/client/secret.ts';
import type { Verdict } from './outcome.ts';

/** A check that was made. */
export interface Outcome {
  readonly name: string;
  readonly sentence: string;
  readonly verdict: Verdict;
  readonly milliseconds: number;
}

const MARKS: Readonly<Record<Verdict['status'], string>> = { pass: 'pass', fail: 'FAIL', skip: 'skip' };

/** `pass|FAIL|skip  <sentence>  <ms>`, and below a FAIL what came and what to look at. */
export function renderText({ sentence, verdict, milliseconds }: Outcome, secret: Secret): string {
  const extra = verdict.status === 'pass' ? verdict.note : verdict.status === 'skip' ? verdict.why : null;
  const text = extra === null ? sentence : `${sentence}: ${secret.hide(extra)}`;
  const line = `${MARKS[verdict.status]}  ${text}  ${Math.round(milliseconds)} ms\n`;
  if (verdict.status !== 'fail') return line;
  return `${line}      came ${secret.hide(verdict.came)}; look at ${secret.hide(verdict.lookAt)}\n`;
}

/** The same as one line of JSON. */
export function renderJson({ name, sentence, verdict, milliseconds }: Outcome, secret: Secret): string {
  const { status, ...facts } = verdict;
  const shown = Object.entries(facts).map(([member, text]) => [
    member === 'lookAt' ? 'look_at' : member,
    text === null ? null : secret.hide(text),
  ]);
  const line = { check: name, sentence, status, ms: Math.round(milliseconds), ...Object.fromEntries(shown) };
  return `${JSON.stringify(line)}\n`;
}

export function renderSummary(outcomes: readonly Outcome[]): string {
  const count = (status: Verdict['status']) =>
    outcomes.filter(({ verdict }) => verdict.status === status).length;
  return `${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped\n`;
}
