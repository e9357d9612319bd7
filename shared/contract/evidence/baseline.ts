import { baselineReportSchema, primaryStateSchema } from '../../domain/mpic/decision.ts';
import { contactVerdictSchema } from '../../domain/mpic/lifecycle.ts';
import { rulebookIdentitySchema } from '../../domain/rules/citation.ts';
import { snakeCase } from './snake-case.ts';

const NAMES = { code: 'perspective_code' } as const;

/** How a verdict stands to the Baseline Requirements, and the parts of that, as answers, events and records have them. */
export const baselineCodec = snakeCase(baselineReportSchema, NAMES);
export const primaryCodec = snakeCase(primaryStateSchema, NAMES);
export const contactCodec = snakeCase(contactVerdictSchema, {});
export const rulebookCodec = snakeCase(rulebookIdentitySchema, {});
