import type { CertificateType, CheckType, DcvParameters } from '../mpic/check.ts';
import { VALIDATION_METHODS } from '../mpic/check.ts';
import type { RequestEcho } from '../mpic/lifecycle.ts';
import { escapeUnseen } from '../net/quote.ts';
import { DCV_SCHEMAS, type DcvWire, settleExactCase, toDcvParameters } from './dcv-schema.ts';
import {
  choiceIssue,
  cutText,
  type LogicalIssue,
  MAX_ISSUES,
  type RequestModel,
  type StructuralIssue,
  structuralIssue,
  toStructuralIssues,
  type ValidationIssue,
} from './validation-issue.ts';
import { type CaaWire, caaRequestSchema, dcvRequestSchema, type OrchestrationWire } from './wire-schema.ts';

/** What the caller wants of the orchestration; null: the service chooses. Whether it can be had is checked later. */
export interface RequestedOrchestration {
  readonly perspectiveCount: number | null;
  readonly quorumCount: number | null;
  readonly maxAttempts: number | null;
  readonly cohortForSingleAttempt: number | null;
}

export interface RequestedCaa {
  readonly checkType: 'caa';
  readonly certificateType: CertificateType;
  /** Lower-case; null: the list the service is configured with. Never empty. */
  readonly caaDomains: readonly string[] | null;
  readonly allowLookupFailure: boolean;
  /** Null when the caller gave none; an empty list means that no account is recognised. */
  readonly accountUris: readonly string[] | null;
  readonly validationMethods: readonly string[] | null;
}

export interface RequestedDcv {
  readonly checkType: 'dcv';
  readonly dcv: DcvParameters;
  /** Unix milliseconds; null when the caller did not say. */
  readonly challengeCreatedAt: number | null;
}

export type RequestedParameters = RequestedCaa | RequestedDcv;

/** A request body of the right form. */
export interface ParsedRequest {
  readonly checkType: CheckType;
  /** As sent: what kind of identifier it is, and whether it may be checked, is judged later. */
  readonly target: string;
  readonly traceIdentifier: string | null;
  readonly orchestration: RequestedOrchestration;
  readonly parameters: RequestedParameters;
  readonly echo: RequestEcho;
}

type Refused = { readonly ok: false; readonly issues: readonly ValidationIssue[] };
export type ParsedMpicRequest = { readonly ok: true; readonly request: ParsedRequest } | Refused;

type JsonObject = Readonly<Record<string, unknown>>;
type Parsed<Value> = { readonly ok: true; readonly value: Value } | Refused;

const MODELS: Readonly<Record<CheckType, RequestModel>> = { caa: 'MpicCaaRequest', dcv: 'MpicDcvRequest' };

/**
 * Read the body of `POST /mpic`, already parsed as JSON.
 *
 * Members that the Open MPIC API does not know are ignored. Numbers and booleans have to be JSON numbers and booleans;
 * the reference also takes their textual forms, which no known client sends.
 */
export function parseMpicRequest(body: unknown): ParsedMpicRequest {
  if (!isJsonObject(body)) {
    return refuse(
      Object.values(MODELS).map((model) =>
        structuralIssue('model_type', [model], 'Input should be an object', body),
      ),
    );
  }
  const checkType = Object.hasOwn(body, 'check_type') ? body.check_type : guessCheckType(body);
  if (checkType === 'caa') return parseCaaRequest(body);
  if (checkType === 'dcv') return parseDcvRequest(body);
  return refuse([
    choiceIssue([MODELS.caa, 'check_type'], ['caa'], checkType),
    choiceIssue([MODELS.dcv, 'check_type'], ['dcv'], checkType),
  ]);
}

/**
 * The reference takes a request without `check_type` for a DCV request when its DCV parameters are valid. Our rules on
 * values are stricter in places; parameters that break nothing else still mean DCV, so that a mistake in one of them is
 * answered with 400 and never with the verdict of a CAA check nobody asked for.
 */
function guessCheckType(body: JsonObject): CheckType {
  const parsed = parseDcvParameters(body);
  if (parsed.ok) return 'dcv';
  const isOfRightForm = parsed.issues.every((issue) => 'issue_type' in issue || issue.type === 'value_error');
  return isOfRightForm ? 'dcv' : 'caa';
}

function parseCaaRequest(body: JsonObject): ParsedMpicRequest {
  const result = caaRequestSchema.safeParse(body, { reportInput: true });
  if (!result.success) {
    return refuse(toStructuralIssues(result.error.issues, body, [MODELS.caa]));
  }
  const { caa_check_parameters: wire, ...common } = result.data;
  return accept(common, toRequestedCaa(wire), wire);
}

function parseDcvRequest(body: JsonObject): ParsedMpicRequest {
  const common = dcvRequestSchema.safeParse(body, { reportInput: true });
  const parameters = parseDcvParameters(body);
  if (!common.success) {
    const issues = toStructuralIssues(common.error.issues, body, [MODELS.dcv]);
    return refuse(parameters.ok ? issues : [...issues, ...parameters.issues].slice(0, MAX_ISSUES));
  }
  if (!parameters.ok) return parameters;
  const wire = settleExactCase(parameters.value);
  const challengeCreatedAt =
    'challenge_created_at' in wire && wire.challenge_created_at !== undefined
      ? Date.parse(wire.challenge_created_at)
      : null;
  return accept(common.data, { checkType: 'dcv', dcv: toDcvParameters(wire), challengeCreatedAt }, wire);
}

function parseDcvParameters(body: JsonObject): Parsed<DcvWire> {
  const loc = [MODELS.dcv, 'dcv_check_parameters'];
  if (!Object.hasOwn(body, 'dcv_check_parameters')) {
    return refuse([structuralIssue('missing', loc, 'Field required', body)]);
  }
  const parameters = body.dcv_check_parameters;
  if (!isJsonObject(parameters)) {
    return refuse([structuralIssue('model_type', loc, 'Input should be an object', parameters)]);
  }
  if (!Object.hasOwn(parameters, 'validation_method')) return refuse([methodNotFound(loc, parameters)]);

  const method = VALIDATION_METHODS.find((known) => known === parameters.validation_method);
  if (method === undefined) return refuse([methodUnknown(loc, parameters)]);

  const result = DCV_SCHEMAS[method].safeParse(parameters, { reportInput: true });
  if (!result.success) {
    const at = [...loc, method];
    return refuse(toStructuralIssues(result.error.issues, parameters, at));
  }
  const empty = findEmptyChallenge(result.data);
  return empty === null ? { ok: true, value: result.data } : refuse([empty]);
}

/**
 * An empty value is found in every record and on every page, so comparing with it proves nothing. The one use of it is
 * website-change with a pattern, which then decides alone.
 */
function findEmptyChallenge(wire: DcvWire): LogicalIssue | null {
  if (!('challenge_value' in wire) || wire.challenge_value !== '') return null;
  const hasPattern = wire.validation_method === 'website-change' && (wire.match_regex ?? '') !== '';
  if (hasPattern) return null;
  const remedy =
    wire.validation_method === 'website-change'
      ? 'Send a challenge_value or a match_regex.'
      : 'Send the expected value.';
  return {
    issue_type: 'empty-challenge-value',
    message: `challenge_value of ${wire.validation_method} is empty. ${remedy}`,
  };
}

function methodNotFound(loc: StructuralIssue['loc'], parameters: JsonObject): StructuralIssue {
  const discriminator = "'validation_method'";
  const message = `Unable to extract tag using discriminator ${discriminator}`;
  return structuralIssue('union_tag_not_found', loc, message, parameters, { discriminator });
}

/** A tag is told twice, and escaped besides. */
const MAX_TAG_CHARACTERS = 100;

function methodUnknown(loc: StructuralIssue['loc'], parameters: JsonObject): StructuralIssue {
  const discriminator = "'validation_method'";
  const method = parameters.validation_method;
  const tag =
    typeof method === 'string'
      ? cutText(method, MAX_TAG_CHARACTERS)
      : `a ${method === null ? 'null' : typeof method}`;
  const expected = VALIDATION_METHODS.map((known) => `'${known}'`).join(', ');
  const message = `Input tag '${escapeUnseen(tag)}' found using ${discriminator} does not match any of the expected tags: ${expected}`;
  return structuralIssue('union_tag_invalid', loc, message, parameters, {
    discriminator,
    tag,
    expected_tags: expected,
  });
}

interface CommonWire {
  readonly domain_or_ip_target: string;
  readonly orchestration_parameters: OrchestrationWire | null;
  readonly trace_identifier: string | null;
}

function accept(
  common: CommonWire,
  parameters: RequestedParameters,
  wire: RequestEcho['checkParameters'],
): ParsedMpicRequest {
  const orchestration = common.orchestration_parameters;
  return {
    ok: true,
    request: {
      checkType: parameters.checkType,
      target: common.domain_or_ip_target,
      traceIdentifier: common.trace_identifier,
      orchestration: {
        perspectiveCount: orchestration?.perspective_count ?? null,
        quorumCount: orchestration?.quorum_count ?? null,
        maxAttempts: orchestration?.max_attempts ?? null,
        cohortForSingleAttempt: orchestration?.cohort_for_single_attempt ?? null,
      },
      parameters,
      echo: {
        domainOrIpTarget: common.domain_or_ip_target,
        orchestrationParameters: orchestration,
        checkParameters: wire,
      },
    },
  };
}

function toRequestedCaa(wire: CaaWire | null): RequestedCaa {
  const domains = wire?.caa_domains ?? [];
  return {
    checkType: 'caa',
    certificateType: wire?.certificate_type ?? 'tls-server',
    caaDomains: domains.length === 0 ? null : domains.map(foldAsciiCase),
    allowLookupFailure: wire?.allow_lookup_failure ?? false,
    accountUris: wire?.accounturi_values ?? null,
    validationMethods: wire?.validation_methods ?? null,
  };
}

/** ASCII letters only: the Kelvin sign, for one, is no k in the DNS (RFC 4343 section 3). */
function foldAsciiCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(issues: readonly ValidationIssue[]): Refused {
  return { ok: false, issues };
}
