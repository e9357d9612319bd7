export type { ContactsRequest, MpicRequest } from '../contract/api/request-body.ts';
export type {
  AcceptedBody,
  ContactsResponse,
  ExplanationBody,
  HealthBody,
  JobView,
  MpicResponse,
  PerspectivesBody,
  ReadinessBody,
} from '../contract/api/response-schema.ts';
export {
  type Accepted,
  type CallOptions,
  type CheckOptions,
  createMpicClient,
  type Decided,
  type GetOptions,
  type MpicClient,
  type MpicClientOptions,
  type RawAnswer,
  type SubmitOptions,
  type WaitOptions,
} from './client.ts';
export { type FailureKind, MpicClientError, type Problem } from './client-error.ts';
export type { RawRequest } from './exchange.ts';
