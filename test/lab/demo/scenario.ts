import type { ValidationMethod } from '../../../shared/domain/check/check.ts';

/** Body of a request to `POST /mpic`. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** One request of the demo, and what a reader should make of it. */
export interface Scenario {
  /** What is checked, in a few words. */
  readonly title: string;
  readonly target: string;
  readonly body: RequestBody;
  /** Verdict and quorum, `valid 5/6`; or the status of a request that is refused, `400`. */
  readonly expected: string;
  /** What one sees, and why it is right. */
  readonly lesson: string;
}

export interface ScenarioGroup {
  readonly title: string;
  readonly lesson: string;
  readonly scenarios: readonly Scenario[];
}

type Story = Pick<Scenario, 'expected' | 'lesson'>;

export function caaScenario(
  title: string,
  target: string,
  story: Story,
  parameters?: Readonly<Record<string, unknown>>,
): Scenario {
  const body = { check_type: 'caa', domain_or_ip_target: target };
  return {
    title,
    target,
    body: parameters === undefined ? body : { ...body, caa_check_parameters: parameters },
    ...story,
  };
}

export function dcvScenario(
  method: ValidationMethod,
  target: string,
  parameters: Readonly<Record<string, unknown>>,
  story: Story & { readonly title?: string },
): Scenario {
  return {
    title: method,
    target,
    body: {
      check_type: 'dcv',
      domain_or_ip_target: target,
      dcv_check_parameters: { validation_method: method, ...parameters },
    },
    ...story,
  };
}
