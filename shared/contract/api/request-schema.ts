import type * as z from 'zod';
import type {
  CertificateType,
  CheckType,
  ContactsParameters,
  DcvParameters,
  Policy,
  ValidationMethod,
} from '../../domain/check/check.ts';
import { VALIDATION_METHODS } from '../../domain/check/check.ts';
import type { AdnStep } from '../../domain/dcv/adn.ts';
import type { ChallengeType } from '../../domain/dcv/challenge-age.ts';
import { comparableName } from '../../domain/dns/dns-name.ts';
import type { RequestEcho } from '../../domain/mpic/lifecycle.ts';
import type { RequestedOrchestration } from '../../domain/mpic/orchestration.ts';
import { escapeUnseen } from '../../domain/net/quote.ts';
import { DCV_SCHEMAS, type DcvWire, settleExactCase, toDcvParameters } from './dcv-schema.ts';
import { describePaths, parseStrictly } from './strict-members.ts';
import {
  choiceIssue,
  cutText,
  type LogicalIssue,
  MAX_ISSUES,
  type RequestModel,
  type StructuralIssue,
  structuralIssue,
  type ValidationIssue,
} from './validation-issue.ts';
import {
  type AdnStepWire,
  CAA_MEMBERS,
  type CaaWire,
  caaRequestSchema,
  contactsRequestSchema,
  dcvRequestSchema,
  ORCHESTRATION_MEMBERS,
  type OrchestrationWire,
  type OrderWire,
} from './wire-schema.ts';

export interface RequestedCaa {
  readonly checkType: 'caa';
  readonly certificateType: CertificateType;
  /** Lower-case; null: the list the service is configured with. Never empty. */
  readonly caaDomains: readonly string[] | null;
  readonly allowLookupFailure: boolean;
  /** Null when the caller gave none; an empty list means that no account is recognised. */
  readonly accountUris: readonly string[] | null;
  readonly validationMethods: readonly string[] | null;
  /**
   * The caller used the names of the reference's version 6.6, which always enforces the limits of RFC 8657: one that the
   * caller gave nothing for is not satisfied.
   */
  readonly enforceLimits: boolean;
  /** The method by which the names of the order are validated; null when the caller did not say. */
  readonly validationMethod: ValidationMethod | null;
}

export interface RequestedDcv {
  readonly checkType: 'dcv';
  readonly dcv: DcvParameters;
  /** Unix milliseconds; null when the caller did not say. */
  readonly challengeCreatedAt: number | null;
  /** What `challenge_value` is; null when the caller did not say. */
  readonly challengeType: ChallengeType | null;
}

export interface RequestedContacts {
  readonly checkType: 'contacts';
  readonly contacts: ContactsParameters;
}

export type RequestedParameters = RequestedCaa | RequestedDcv | RequestedContacts;

/** The validation method of what is asked; undefined for a CAA check. */
export function requestedMethod(parameters: RequestedParameters): ValidationMethod | undefined {
  switch (parameters.checkType) {
    case 'caa':
      return undefined;
    case 'dcv':
      return parameters.dcv.method;
    case 'contacts':
      return parameters.contacts.method;
  }
}

/** What the caller says of the order that the check is for; null where nothing was said. */
export interface RequestedOrder {
  readonly reference: string | null;
  /** As sent: it is read like the target. */
  readonly appliedFor: string | null;
  /** Names in lower case, without a final dot. */
  readonly adnSteps: readonly AdnStep[] | null;
  /** Of a validation; a CAA check has it among its parameters. */
  readonly certificateType: CertificateType | null;
}

/** A request body of the right form. */
export interface ParsedRequest {
  readonly checkType: CheckType;
  /** As sent: what kind of identifier it is, and whether it may be checked, is judged later. */
  readonly target: string;
  readonly traceIdentifier: string | null;
  readonly orchestration: RequestedOrchestration;
  readonly parameters: RequestedParameters;
  /** Paths of members that mean nothing here and were left out; none under `baseline-requirements`, which rejects them. */
  readonly ignoredMembers: readonly string[];
  readonly order: RequestedOrder;
  readonly echo: RequestEcho;
}

type Refused = { readonly ok: false; readonly issues: readonly ValidationIssue[] };
export type ParsedMpicRequest = { readonly ok: true; readonly request: ParsedRequest } | Refused;

type JsonObject = Readonly<Record<string, unknown>>;
type Parsed<Value> =
  | { readonly ok: true; readonly value: Value; readonly ignored: readonly StructuralIssue['loc'][] }
  | Refused;

const MODELS = {
  caa: 'MpicCaaRequest',
  dcv: 'MpicDcvRequest',
} as const satisfies Partial<Record<CheckType, RequestModel>>;
const CONTACTS_MODEL: RequestModel = 'MpicContactsRequest';

/** Where a member belongs that is at a place where the schema does not know it. */
const HOMES: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.values(DCV_SCHEMAS).flatMap(({ shape }) =>
    Object.keys(shape).map((name) => [name, 'dcv_check_parameters, for other validation methods']),
  ),
  ...ORCHESTRATION_MEMBERS.map((name) => [name, 'orchestration_parameters']),
  ...CAA_MEMBERS.map((name) => [name, 'caa_check_parameters']),
  ...Object.keys(caaRequestSchema.shape).map((name) => [name, 'the request itself']),
  ['contacts_check_parameters', 'the body of POST /mpic/contacts'],
]);

type Path = StructuralIssue['loc'];

/**
 * Read the body of `POST /mpic`, already parsed as JSON.
 *
 * Members that the Open MPIC API does not know are rejected under `baseline-requirements`, and left out and named under
 * `open-mpic`. Numbers and booleans have to be JSON numbers and booleans; the reference also takes their textual forms,
 * which no known client sends.
 */
export function parseMpicRequest(body: unknown, policy: Policy): ParsedMpicRequest {
  if (!isJsonObject(body)) {
    return refuse(
      Object.values(MODELS).map((model) =>
        structuralIssue('model_type', [model], 'Input should be an object', body),
      ),
    );
  }
  const checkType = Object.hasOwn(body, 'check_type') ? body.check_type : guessCheckType(body);
  if (checkType === 'caa') return parseCaaRequest(body, policy);
  if (checkType === 'dcv') return parseDcvRequest(body, policy);
  return refuse([
    choiceIssue([MODELS.caa, 'check_type'], ['caa'], checkType),
    choiceIssue([MODELS.dcv, 'check_type'], ['dcv'], checkType),
  ]);
}

/**
 * The reference takes a request without `check_type` for a DCV request only when its DCV parameters are valid. Here they mean
 * DCV whatever is in them, so that a mistake in one is answered with 400 and never with the verdict of a CAA check that the
 * caller did not ask for.
 */
function guessCheckType(body: JsonObject): keyof typeof MODELS {
  return hasValue(body, 'dcv_check_parameters') ? 'dcv' : 'caa';
}

/** Read the body of `POST /mpic/contacts`, already parsed as JSON, by the same rules as {@link parseMpicRequest}. */
export function parseContactsRequest(body: unknown, policy: Policy): ParsedMpicRequest {
  const loc = [CONTACTS_MODEL];
  if (!isJsonObject(body))
    return refuse([structuralIssue('model_type', loc, 'Input should be an object', body)]);
  const parsed = parseStrictly(contactsRequestSchema, body, { loc, policy, elsewhere: HOMES });
  if (!parsed.ok) return parsed;
  const { contacts_check_parameters: wire, ...members } = parsed.value;
  const contacts = { method: wire.validation_method };
  return accept(members, { checkType: 'contacts', contacts }, wire, parsed.ignored);
}

function hasValue(body: JsonObject, member: string): boolean {
  return Object.hasOwn(body, member) && body[member] !== null;
}

function parseCaaRequest(body: JsonObject, policy: Policy): ParsedMpicRequest {
  const common = parseStrictly(caaRequestSchema, body, { loc: [MODELS.caa], policy, elsewhere: HOMES });
  const stray = findStray(body, 'dcv_check_parameters', MODELS.caa, policy);
  if (!common.ok) return refuse([...common.issues, ...stray.issues].slice(0, MAX_ISSUES));
  if (stray.issues.length > 0) return refuse(stray.issues);
  const { caa_check_parameters: wire, ...members } = common.value;
  return accept(members, toRequestedCaa(wire), wire, [...common.ignored, ...stray.ignored]);
}

function parseDcvRequest(body: JsonObject, policy: Policy): ParsedMpicRequest {
  const common = parseStrictly(dcvRequestSchema, body, { loc: [MODELS.dcv], policy, elsewhere: HOMES });
  const parameters = parseDcvParameters(body, policy);
  const stray = findStray(body, 'caa_check_parameters', MODELS.dcv, policy);
  if (!common.ok || !parameters.ok || stray.issues.length > 0) {
    const found = [common, parameters].flatMap((part) => (part.ok ? [] : part.issues));
    return refuse([...found, ...stray.issues].slice(0, MAX_ISSUES));
  }
  const wire = settleExactCase(parameters.value);
  const inner = parameters.ignored.map((path) => ['dcv_check_parameters', ...path]);
  return accept(common.value, toRequestedDcv(wire), wire, [...common.ignored, ...inner, ...stray.ignored]);
}

function toRequestedDcv(wire: DcvWire): RequestedDcv {
  const createdAt = 'challenge_created_at' in wire ? wire.challenge_created_at : undefined;
  const challengeType = 'challenge_type' in wire ? wire.challenge_type : undefined;
  return {
    checkType: 'dcv',
    dcv: toDcvParameters(wire),
    challengeCreatedAt: createdAt === undefined ? null : Date.parse(createdAt),
    challengeType: challengeType ?? null,
  };
}

/** Parameters of the other kind of check: the caller may believe that both were made. */
function findStray(body: JsonObject, member: string, model: RequestModel, policy: Policy) {
  if (!hasValue(body, member)) return { issues: [], ignored: [] };
  if (policy === 'open-mpic') return { issues: [], ignored: [[member]] };
  const checkType = model === MODELS.caa ? 'caa' : 'dcv';
  const message = `Extra inputs are not permitted; a request with check_type '${checkType}' makes no other check: send a second request`;
  return {
    issues: [structuralIssue('extra_forbidden', [model, member], message, body[member])],
    ignored: [],
  };
}

function parseDcvParameters(body: JsonObject, policy: Policy): Parsed<DcvWire> {
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

  const schema: z.ZodType<DcvWire> = DCV_SCHEMAS[method];
  const result = parseStrictly(schema, parameters, { loc: [...loc, method], policy, elsewhere: HOMES });
  if (!result.ok) return result;
  const empty = findEmptyChallenge(result.value);
  return empty === null ? result : refuse([empty]);
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

interface CommonWire extends OrderWire {
  readonly domain_or_ip_target: string;
  readonly orchestration_parameters: OrchestrationWire | null;
  readonly trace_identifier: string | null;
}

function accept(
  common: CommonWire,
  parameters: RequestedParameters,
  wire: RequestEcho['checkParameters'],
  ignored: readonly Path[],
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
      ignoredMembers: describePaths(ignored),
      order: {
        reference: common.order_reference ?? null,
        appliedFor: common.applied_for ?? null,
        adnSteps: common.adn_steps?.map(toAdnStep) ?? null,
        certificateType: common.certificate_type ?? null,
      },
      echo: {
        domainOrIpTarget: common.domain_or_ip_target,
        orchestrationParameters: orchestration,
        checkParameters: wire,
        order: echoOfOrder(common),
      },
    },
  };
}

/** The schema lets a step go without `to` only where there is nothing to lead to. */
function toAdnStep({ step, from, to = '' }: AdnStepWire): AdnStep {
  switch (step) {
    case 'strip':
      return { step };
    case 'cname':
      return { step, ...(from === undefined ? {} : { from: comparableName(from) }), to: comparableName(to) };
    default:
      return { step, to: comparableName(to) };
  }
}

/** The members that were sent, as they were sent. */
function echoOfOrder({ order_reference, applied_for, adn_steps, certificate_type }: OrderWire): OrderWire {
  return {
    ...(order_reference === undefined ? {} : { order_reference }),
    ...(applied_for === undefined ? {} : { applied_for }),
    ...(adn_steps === undefined ? {} : { adn_steps }),
    ...(certificate_type === undefined ? {} : { certificate_type }),
  };
}

function toRequestedCaa(wire: CaaWire | null): RequestedCaa {
  const domains = wire?.caa_domains ?? [];
  return {
    checkType: 'caa',
    certificateType: wire?.certificate_type ?? 'tls-server',
    caaDomains: domains.length === 0 ? null : domains.map(foldAsciiCase),
    allowLookupFailure: wire?.allow_lookup_failure ?? false,
    accountUris: wire?.expected_account_uris ?? wire?.accounturi_values ?? null,
    validationMethods: wire?.expected_validation_methods ?? wire?.validation_methods ?? null,
    validationMethod: wire?.validation_method ?? null,
    enforceLimits:
      wire?.expected_account_uris !== undefined || wire?.expected_validation_methods !== undefined,
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
