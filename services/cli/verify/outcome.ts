/** What a check amounts to. `note` goes behind the sentence of the check. */
export type Verdict = Pass | Failure | Skip;

export interface Pass {
  readonly status: 'pass';
  readonly note: string | null;
}

export interface Failure {
  readonly status: 'fail';
  /** What came. */
  readonly came: string;
  /** Where whoever deployed the service should look. */
  readonly lookAt: string;
}

export interface Skip {
  readonly status: 'skip';
  readonly why: string;
}

export function pass(note: string | null = null): Pass {
  return { status: 'pass', note };
}

export function fail(came: string, lookAt: string): Failure {
  return { status: 'fail', came, lookAt };
}

export function skip(why: string): Skip {
  return { status: 'skip', why };
}
