import type { PerspectiveCode, ResultKey } from '../check/perspective.ts';
import { type AttemptVerdict, perspectivesAsked, type RequestRecord } from './lifecycle.ts';

/** One attempt of a request: the one under way, unless an earlier one is named. */
export class Attempt {
  readonly record: RequestRecord;
  /** Starts at 1. */
  readonly number: number;

  constructor(record: RequestRecord, number = record.attempt) {
    this.record = record;
    this.number = number;
  }

  /** For logs and maps: request id and number. */
  get name(): string {
    return `${this.record.requestId}/${this.number}`;
  }

  get isUnderWay(): boolean {
    return this.record.status === 'running' && this.record.attempt === this.number;
  }

  /** Null while it is under way. */
  get verdict(): AttemptVerdict | null {
    return this.record.verdicts.find(({ attempt }) => attempt === this.number) ?? null;
  }

  /** Everybody who was asked: the cohort, then the designated primary if there is one. */
  get asked(): readonly PerspectiveCode[] {
    return perspectivesAsked(this.record, this.number);
  }

  /** The keys under which everybody who was asked stores. */
  get keys(): readonly ResultKey[] {
    return this.asked.map((perspective) => ({ perspective, attempt: this.number }));
  }

  /** The keys of those who are not among `heard`. */
  keysOfSilent(heard: Iterable<PerspectiveCode>): readonly ResultKey[] {
    const codes = new Set(heard);
    return this.keys.filter(({ perspective }) => !codes.has(perspective));
  }
}

/** The keys of every result that a request may have, attempts before the last included. */
export function resultKeys(record: RequestRecord): readonly ResultKey[] {
  return Array.from({ length: record.attempt }, (_, index) => new Attempt(record, index + 1).keys).flat();
}
