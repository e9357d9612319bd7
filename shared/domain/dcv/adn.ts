import * as z from 'zod';
import type { NameLookup, Target, ValidationMethod } from '../check/check.ts';
import { reverseName } from '../net/ip-address.ts';
import { quoteInput } from '../net/quote.ts';
import { cite } from '../rules/citation.ts';
import { citeMethod, METHOD_RULES } from './methods.ts';

/**
 * One step from the applied-for name or address to the Authorization Domain Name, with its result. Names are
 * lower-case, without a final dot.
 *
 * - `strip`: remove the `*.` of a wildcard name.
 * - `cname`: replace the name by the target of its CNAME record.
 * - `prune`: remove one or more labels from the left.
 * - `ptr`: replace an address by the name in its PTR record (TLS BR 3.2.2.5.3 [ip-reverse]).
 */
export const adnStepSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('strip') }),
  z.object({ step: z.literal('cname'), from: z.string().optional(), to: z.string() }),
  z.object({ step: z.literal('prune'), to: z.string() }),
  z.object({ step: z.literal('ptr'), to: z.string() }),
]);
export type AdnStep = Readonly<z.infer<typeof adnStepSchema>>;

/** What an applicant may apply for: a name or an address, never a name in a reverse zone. */
export type AppliedFor = Exclude<Target, { readonly kind: 'reverse-name' }>;

export interface AdnChoice {
  readonly appliedFor: AppliedFor;
  /** What the perspectives check: the Authorization Domain Name or the address. */
  readonly target: Target;
  readonly method: ValidationMethod;
  readonly steps: readonly AdnStep[];
  /** Returns the Base Domain Name of a name; null for a public suffix. */
  readonly baseDomainName: (name: string) => string | null;
}

export type AdnReplay =
  | {
      readonly ok: true;
      /** The records that must exist in the DNS if the steps are true, in the order of the steps. */
      readonly lookups: readonly NameLookup[];
    }
  | {
      readonly ok: false;
      /** Index of the forbidden step; null if the start or the end is wrong. */
      readonly at: number | null;
      /** The reason, with the rule; without a final dot. */
      readonly message: string;
    };

/** Current position of the replay: a wildcard name, a name, or (if `name` is null) the applied-for address. */
interface Position {
  readonly name: string | null;
  readonly wildcard: boolean;
  /** A label was pruned; no CNAME step may follow. */
  readonly pruned: boolean;
  /** The name comes from a reverse lookup; no step may follow. */
  readonly fixed: boolean;
}

/**
 * Replay the caller's steps from the applied-for name or address to the target, as the table of TLS BR 3.2.2.4 [adn]
 * allows them for the method. A plain name allows CNAME steps, then pruning; a wildcard name is stripped of its first
 * label, then pruned, and allows no CNAME step. Pruning never goes above the Base Domain Name.
 */
export function replayAdn(choice: AdnChoice): AdnReplay {
  const { appliedFor, target, method, steps } = choice;
  const lookups: NameLookup[] = [];
  let position = startOf(appliedFor);
  if (position.wildcard && !METHOD_RULES[method].wildcard)
    return refuse(null, `${method} cannot validate the wildcard name ${describeTarget(appliedFor)}`, choice);
  for (const [at, step] of steps.entries()) {
    const taken = takeStep(position, step, choice);
    if (typeof taken === 'string') return refuse(at, taken, choice);
    if (taken.lookup !== null) lookups.push(taken.lookup);
    position = taken.position;
  }
  if (!endsAt(position, appliedFor, target)) {
    const reached = steps.length === 0 ? 'applied_for is' : 'the steps end at';
    return refuse(
      null,
      `${reached} ${describeEnd(position, appliedFor)}, and the target is ${describeTarget(target)}`,
      choice,
    );
  }
  return { ok: true, lookups };
}

function startOf(appliedFor: AppliedFor): Position {
  const isName = appliedFor.kind === 'domain';
  return {
    name: isName ? appliedFor.name : null,
    wildcard: isName && appliedFor.wildcard,
    pruned: false,
    fixed: false,
  };
}

type Taken = { readonly position: Position; readonly lookup: NameLookup | null };

/** The position after a step, or the reason why the step is forbidden. */
function takeStep(position: Position, step: AdnStep, choice: AdnChoice): Taken | string {
  if (position.fixed) return `the name that a reverse lookup gave is the Authorization Domain Name itself`;
  switch (step.step) {
    case 'strip':
      return position.wildcard
        ? { position: { ...position, wildcard: false }, lookup: null }
        : 'only a wildcard name has a first label to strip';
    case 'cname':
      return followAlias(position, step, choice);
    case 'prune':
      return prune(position, step.to, choice);
    case 'ptr':
      return followReverse(position, step.to, choice);
  }
}

function followAlias(
  { name, wildcard, pruned }: Position,
  { from, to }: Extract<AdnStep, { step: 'cname' }>,
  { method, appliedFor }: AdnChoice,
): Taken | string {
  if (name === null) return 'an address has no CNAME record';
  if (wildcard || (appliedFor.kind === 'domain' && appliedFor.wildcard))
    return 'a wildcard name is never replaced by a CNAME target';
  if (!METHOD_RULES[method].adn.replaceByCname)
    return `${method} does not replace a name by its CNAME target`;
  if (pruned) return 'CNAME steps come before labels are pruned';
  if (from !== undefined && from !== name)
    return `the step starts at ${quoteInput(from)}, and the name is ${quoteInput(name)}`;
  if (to === name) return `${quoteInput(to)} is an alias of itself`;
  return {
    position: { name: to, wildcard: false, pruned: false, fixed: false },
    lookup: { type: 'CNAME', name, expected: to },
  };
}

function prune(position: Position, to: string, { method, baseDomainName }: AdnChoice): Taken | string {
  const { name } = position;
  if (name === null) return 'an address has no labels to prune';
  if (position.wildcard) return 'strip the wildcard label first';
  if (!METHOD_RULES[method].adn.prune) return `${method} validates the name itself and prunes no labels`;
  if (!name.endsWith(`.${to}`))
    return `${quoteInput(to)} is not what is left of ${quoteInput(name)} without its first labels`;
  const base = baseDomainName(name);
  if (base === null || !(to === base || to.endsWith(`.${base}`)))
    return `${quoteInput(to)} is above the Base Domain Name ${quoteInput(base ?? name)}`;
  return { position: { ...position, name: to, pruned: true }, lookup: null };
}

function followReverse({ name }: Position, to: string, { appliedFor }: AdnChoice): Taken | string {
  if (name !== null || appliedFor.kind === 'domain') return 'only an address has a reverse lookup';
  return {
    position: { name: to, wildcard: false, pruned: false, fixed: true },
    lookup: { type: 'PTR', name: reverseName(appliedFor.address), expected: to },
  };
}

/**
 * Whether the replay ends at the target. A wildcard target equals its name, whether or not the steps include `strip`.
 */
function endsAt({ name, wildcard, fixed }: Position, appliedFor: AppliedFor, target: Target): boolean {
  if (target.kind !== 'domain')
    return name === null && appliedFor.kind !== 'domain' && appliedFor.address === target.address;
  if (name !== target.name) return false;
  if (!target.wildcard) return !wildcard;
  return !fixed && appliedFor.kind === 'domain' && appliedFor.wildcard && appliedFor.name === target.name;
}

function describeEnd({ name, wildcard }: Position, appliedFor: AppliedFor): string {
  return name === null ? describeTarget(appliedFor) : quoteInput(wildcard ? `*.${name}` : name);
}

function describeTarget(target: Target): string {
  if (target.kind === 'domain') return quoteInput(target.wildcard ? `*.${target.name}` : target.name);
  return quoteInput(target.address);
}

function refuse(at: number | null, why: string, { appliedFor, method, target }: AdnChoice): AdnReplay {
  const rule =
    appliedFor.kind === 'domain' ? `${cite('adn')}; ${citeMethod(method, target)}` : cite('ip', 'ip-reverse');
  return { ok: false, at, message: `${why} (${rule})` };
}
