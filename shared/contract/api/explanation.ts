import { explanationSchema } from '../../domain/explain/rules/explanation.ts';
import { snakeCase } from '../evidence/snake-case.ts';

/** Why a check did not corroborate, as `GET /mpic/<id>?explain=true` has it. */
export const explanationCodec = snakeCase(explanationSchema, { perspective: 'perspective_code' });
