import type { Check } from '../world.ts';
import { ANSWER_CHECKS } from './answers.ts';
import { AUDIT_CHECKS } from './audit-trail.ts';
import { EVENT_CHECKS } from './completion-event.ts';
import { FUNCTION_EVENT_CHECKS } from './function-events.ts';
import { PRIVILEGE_CHECKS } from './privileges.ts';
import { SILENCE_CHECKS } from './silence.ts';

/** What is checked of a service that was deployed, each by itself. */
export const CHECKS: readonly Check[] = [
  ...ANSWER_CHECKS,
  ...FUNCTION_EVENT_CHECKS,
  ...PRIVILEGE_CHECKS,
  ...EVENT_CHECKS,
  ...AUDIT_CHECKS,
  ...SILENCE_CHECKS,
];
