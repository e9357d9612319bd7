import type { AbstractLevel } from 'abstract-level';

/** The database of the embedded backend: `classic-level` on disk, `memory-level` for `:memory:`. */
export type Level = AbstractLevel<string | Buffer | Uint8Array, string, string>;

export type LevelWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export interface KeyRange {
  readonly gt: string;
  readonly lt: string;
  readonly limit?: number;
}

/** Reads of one database. */
export interface DatabaseReader {
  get(key: string): Promise<string | undefined>;
  has(key: string): Promise<boolean>;
  keys(range: KeyRange): Promise<readonly string[]>;
  entries(range: KeyRange): Promise<readonly (readonly [key: string, value: string])[]>;
}
