import { CA_SIDE_RULES } from './ca-side.ts';
import { CAA_RULES } from './caa.ts';
import { COMPARISON_RULES } from './comparison.ts';
import { DNS_RULES } from './dns.ts';
import { CAUSES, type Cause } from './explanation.ts';
import type { Rule } from './rule.ts';
import { TLS_RULES } from './tls.ts';
import { WEB_RULES } from './web.ts';

const BY_CAUSE: Readonly<Record<Cause, Rule>> = {
  ...COMPARISON_RULES,
  ...CA_SIDE_RULES,
  ...DNS_RULES,
  ...CAA_RULES,
  ...WEB_RULES,
  ...TLS_RULES,
};

/** Every cause with its rule. Of two that explain the same failure, the first is the better explanation. */
export const RULES: readonly (readonly [cause: Cause, rule: Rule])[] = CAUSES.map((cause) => [
  cause,
  BY_CAUSE[cause],
]);
