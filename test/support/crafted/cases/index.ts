import type { ZoneSpec } from '../zone.ts';
import { ALIAS_ZONES, ALIASES } from './aliases.ts';
import type { CraftedCase } from './case.ts';
import { DATES } from './dates.ts';
import { DENIALS } from './denials.ts';
import { DS_SETS } from './ds.ts';
import { DS_DENIALS } from './ds-denials.ts';
import { KEYS } from './keys.ts';
import { SHAPE_ZONES, SHAPES } from './shapes.ts';

export const CRAFTED_CASES: readonly CraftedCase[] = [
  ...DATES,
  ...KEYS,
  ...DS_SETS,
  ...DS_DENIALS,
  ...DENIALS,
  ...ALIASES,
  ...SHAPES,
];

/** All zones of the cases, without duplicates. */
export const CRAFTED_ZONES: readonly ZoneSpec[] = [
  ...ALIAS_ZONES,
  ...SHAPE_ZONES,
  ...CRAFTED_CASES.flatMap(({ zones }) => zones),
];
