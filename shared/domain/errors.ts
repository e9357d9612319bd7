/** The caller's message for an error code. `docs/errors.md` documents each code. */
interface ErrorEntry {
  /** One sentence for the caller: what is wrong, and what to do. */
  readonly message: string;
}

/** Errors of the HTTP interface. `services/api/problems.ts` has the HTTP status of each. */
export const API_ERRORS = {
  'request-validation-failed': {
    message:
      'The request does not follow the Open MPIC API or the policy of this service; validation_issues says where.',
  },
  'invalid-idempotency-key': { message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.' },
  'invalid-async': {
    message:
      'The query parameter async is true, 1, yes or bare for an asynchronous request, false or 0 for none.',
  },
  'api-key-missing': { message: 'Send your API key in the header x-api-key.' },
  'api-key-invalid': { message: 'The key in x-api-key is not known here; ask the operator for one.' },
  'host-not-allowed': {
    message:
      'This service asks for no key and so answers only requests addressed to localhost or a loopback address; configure API keys to serve other names.',
  },
  'not-found': {
    message: 'Nothing is at this path; GET /openapi.json lists what this service answers to.',
  },
  'method-not-allowed': { message: 'This path does not take this HTTP method.' },
  'request-too-large': { message: 'The request body is longer than 64 KiB; send a smaller one.' },
  'unsupported-media-type': {
    message: 'Send the request body as Content-Type: application/json, without a Content-Encoding.',
  },
  'idempotency-key-reused': {
    message: 'This Idempotency-Key was used with another request body; use a new key for a new request.',
  },
  'idempotency-key-expired': {
    message:
      'The answer under this Idempotency-Key is too old to be acted on; use a new key, and the check is made again.',
  },
  'request-token-used': {
    message:
      'This Request Token has been used, and without challenge_created_at it is for one use; send the time that it carries, or a fresh token.',
  },
  'too-many-requests': {
    message:
      'Your key or this service has had its share of requests for now; try again after Retry-After seconds.',
  },
  'internal-error': {
    message: 'The service failed; the operator finds the reason in the log under this request_id.',
  },
  overloaded: {
    message: 'As many requests are running as this service takes; try again after Retry-After seconds.',
  },
  'service-unavailable': {
    message: 'The service cannot reach its store or queues; try again after Retry-After seconds.',
  },
  'store-failed': {
    message:
      'The database of the service refused a write, so nothing more is taken until it is open again; its operator has to look.',
  },
  'storage-full': {
    message:
      'The disk of the service is nearly full, so nothing more is taken; its operator has to make room.',
  },
  'evidence-behind': {
    message:
      'Verdicts wait for their audit records or events to be written, so no more are given; the operator has to look at the audit trail and the event bus.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** Errors that stop a live process from accepting requests; `GET /readyz` reports all of them. */
export type Obstacle = Extract<ApiErrorCode, 'store-failed' | 'storage-full' | 'evidence-behind'>;

/** Types of the errors inside a perspective's `check_response`. Types from the Open MPIC reference keep their names. */
export const CHECK_ERRORS = {
  'mpic_error:caa_checker:lookup': {
    message: 'The CAA records could not be looked up; nothing is known, so issuance is not permitted.',
  },
  'mpic_error:caa_checker:no_such_tld': {
    message: 'The top-level domain does not exist, so no certificate may hold the name.',
  },
  'mpic_error:dcv_checker:lookup': {
    message: 'The record does not exist, or could not be looked up; check_completed tells which.',
  },
  'mpic_error:dcv_checker:adn': {
    message: 'A record on the way from the name applied for to the target is not as adn_steps says.',
  },
  'mpic_error:dcv_checker:parameter': {
    message: 'The parameters make no check, or none that the policy accepts; nothing was asked.',
  },
  'mpic_error:dcv_checker:method_ended': {
    message: 'The Baseline Requirements no longer accept the method; nothing was asked.',
  },
  'mpic_error:dcv_checker:address_refused': {
    message: 'The host has only addresses that no check may connect to; nothing was sent.',
  },
  'mpic_error:http': { message: 'The final response has a status other than 2xx.' },
  'mpic_error:redirect:invalid': { message: 'The redirect may not be followed; nobody was asked further.' },
  'mpic_error:dcv_checker:tls_alpn:protocol_not_negotiated': {
    message: 'The server did not select acme-tls/1.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:no_certificate': {
    message: 'The handshake brought no certificate.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:malformed': { message: 'The certificate cannot be read.' },
  'mpic_error:dcv_checker:tls_alpn:certificate:not_self_signed': {
    message: 'The certificate is not signed by its own key.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:duplicate_extension': {
    message: 'The certificate has an extension twice.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:extension_missing': {
    message: 'The certificate lacks subjectAltName or acmeIdentifier.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:no_single_san': {
    message: 'The subjectAltName has another number of entries than one.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:san_not_dnsname': {
    message: 'The target is a name, and the subjectAltName holds something else.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:san_type_not_match': {
    message: 'The target is an address, and the subjectAltName holds something else.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:san_not_hostname': {
    message: 'The subjectAltName holds another name or address than the target.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:noncritical_alpn_extension': {
    message: 'The acmeIdentifier is not critical.',
  },
  'mpic_error:dcv_checker:tls_alpn:certificate:malformed_alpn_extension': {
    message: 'The acmeIdentifier is no octet string of 32 octets.',
  },
  'mpic_error:coordinator:remote_check': { message: 'The perspective gave no result before the decision.' },
  'mpic_error:coordinator:unreadable_result': {
    message: 'What the perspective stored is not a result of this check; it counts as a failed check.',
  },
  'mpic_error:perspective:timeout': { message: 'The check did not end within its time.' },
  'mpic_error:perspective:internal': {
    message: 'The check failed for a reason inside the perspective; see its log.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type CheckErrorType = keyof typeof CHECK_ERRORS;
