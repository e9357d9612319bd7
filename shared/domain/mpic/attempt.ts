import type { PerspectiveCode, ResultKey } from '../check/perspective.ts';
import { type AttemptVerdict, perspectivesAsked, type RequestRecord } from './lifecycle.ts';

/** One attempt of a request: the current one, unless `number` selects an earlier one. */
export class Attempt {
  readonly record: RequestRecord;
  /** Starts at 1. */
  readonly number: number;

  constructor(record: RequestRecord, number = record.attempt) {
    this.record = record;
    this.number = number;
  }

  /** Request id and attempt number, for logs and map keys. */
  get name(): string {
    return `${this.record.requestId}/${this.number}`;
  }

  get isUnderWay(): boolean {
    return this.record.status === 'running' && this.record.attempt === this.number;
  }

  /** Null while the attempt is under way. */
  get verdict(): AttemptVerdict | null {
    return this.record.verdicts.find(({ attempt }) => attempt === this.number) ?? null;
  }

  /** All perspectives that received a job: the cohort, then the designated primary if there is one. */
  get asked(): readonly PerspectiveCode[] {
    return perspectivesAsked(this.record, this.number);
  }

  /** The result keys of all perspectives that received a job. */
  get keys(): readonly ResultKey[] {
    return this.asked.map((perspective) => ({ perspective, attempt: this.number }));
  }

  /** The result keys of the perspectives that are not in `heard`. */
  keysOfSilent(heard: Iterable<PerspectiveCode>): readonly ResultKey[] {
    const codes = new Set(heard);
    return this.keys.filter(({ perspective }) => !codes.has(perspective));
  }
}

/** The keys of every result that a request may have, over all attempts. */
export function resultKeys(record: RequestRecord): readonly ResultKey[] {
  return Array.from({ length: record.attempt }, (_, index) => new Attempt(record, index + 1).keys).flat();
}
