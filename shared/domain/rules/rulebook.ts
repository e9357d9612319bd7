import type { ValidationMethod } from '../check/check.ts';

/**
 * The rules that this service implements, as data: the only place with document versions, section numbers, effective
 * dates and the rules of each validation method. Code refers to them by id (`shared/domain/rules/rules.ts`,
 * `shared/domain/rules/citation.ts`, `shared/domain/dcv/methods.ts`); a comment that cites a section puts its id beside
 * the number. A new version of the Baseline Requirements changes this file and the rows that test it.
 *
 * Dates are UTC days, `YYYY-MM-DD`, and begin at midnight (TLS BR 1.6.4 [dates]).
 */

export type DocumentId = 'tls-br' | 'smime-br' | 'ncssr';

export interface RuleDocument {
  readonly title: string;
  /** The start of a citation. */
  readonly short: string;
  readonly version: string;
}

const DOCUMENTS = {
  'tls-br': {
    title:
      'Baseline Requirements for the Issuance and Management of Publicly-Trusted TLS Server Certificates',
    short: 'TLS BR',
    version: '2.3.1',
  },
  'smime-br': {
    title: 'Baseline Requirements for the Issuance and Management of Publicly-Trusted S/MIME Certificates',
    short: 'S/MIME BR',
    version: '1.0.16',
  },
  ncssr: {
    title: 'Network and Certificate System Security Requirements',
    short: 'NCSSR',
    version: '2.0.5',
  },
} as const satisfies Record<DocumentId, RuleDocument>;

export interface RuleSection {
  readonly document: DocumentId;
  readonly number: string;
  readonly title: string;
}

function tls<Number extends string>(number: Number, title: string) {
  return { document: 'tls-br', number, title } as const;
}

function smime<Number extends string>(number: Number, title: string) {
  return { document: 'smime-br', number, title } as const;
}

function ncssr<Number extends string>(number: Number, title: string) {
  return { document: 'ncssr', number, title } as const;
}

/** Sections by id. The id is stable: when a section is renumbered, only its row changes. */
const SECTIONS = {
  delegation: tls('1.3.2', 'Registration authorities: what a CA may delegate'),
  definitions: tls('1.6.1', 'Definitions'),
  dates: tls('1.6.4', 'Conventions: dates begin at 00:00 UTC'),

  dcv: tls('3.2.2.4', 'Validation of domain authorization or control'),
  adn: tls('3.2.2.4', 'Choice of the Authorization Domain Name'),
  'dcv-constructed-email': tls('3.2.2.4.4', 'Constructed email to domain contact'),
  'dcv-dns-change': tls('3.2.2.4.7', 'DNS change'),
  'dcv-ip-address': tls('3.2.2.4.8', 'IP address'),
  'dcv-email-caa': tls('3.2.2.4.13', 'Email to DNS CAA contact'),
  'dcv-email-txt': tls('3.2.2.4.14', 'Email to DNS TXT contact'),
  'dcv-phone-txt': tls('3.2.2.4.16', 'Phone contact with DNS TXT record phone contact'),
  'dcv-phone-caa': tls('3.2.2.4.17', 'Phone contact with DNS CAA phone contact'),
  'dcv-website': tls('3.2.2.4.18', 'Agreed-upon change to website v2'),
  'dcv-acme-http': tls('3.2.2.4.19', 'Agreed-upon change to website - ACME'),
  'dcv-tls-alpn': tls('3.2.2.4.20', 'TLS using ALPN'),
  'dcv-dns-account': tls('3.2.2.4.21', 'DNS labeled with account ID - ACME'),
  'dcv-dns-persistent': tls('3.2.2.4.22', 'DNS TXT record with persistent value'),

  ip: tls('3.2.2.5', 'Authentication for an IP address'),
  'ip-website': tls('3.2.2.5.1', 'Agreed-upon change to website'),
  'ip-reverse': tls('3.2.2.5.3', 'Reverse address lookup'),
  'ip-acme-http': tls('3.2.2.5.6', 'ACME "http-01" method for IP addresses'),
  'ip-tls-alpn': tls('3.2.2.5.7', 'ACME "tls-alpn-01" method for IP addresses'),
  'ip-dns-persistent': tls('3.2.2.5.8', 'DNS TXT record with persistent value in the reverse namespace'),

  'wildcard-names': tls('3.2.2.6', 'Wildcard domain validation'),
  mpic: tls('3.2.2.9', 'Multi-Perspective Issuance Corroboration'),

  reuse: tls('4.2.1', 'Performing identification and authentication functions: age of validations'),
  'certificate-names': tls(
    '4.2.2',
    'Approval or rejection: internal names, reserved IP addresses, reverse zones',
  ),
  caa: tls('4.2.2.1', 'Certification Authority Authorization'),
  'caa-mpic': tls('4.2.2.1.1', 'CAA at remote perspectives'),
  'caa-parameters': tls('4.2.2.1.2', 'CAA parameters of RFC 8657'),
  dnssec: tls('4.2.2.2', 'DNSSEC validation'),
  'dnssec-standards': tls('4.2.2.2.1', 'DNSSEC: standards to be met'),
  'dnssec-primary': tls('4.2.2.2.2', 'DNSSEC at the primary perspective'),
  'dnssec-email': tls('4.2.2.2.3', 'DNSSEC and the email methods'),
  'dnssec-no-local-policy': tls('4.2.2.2.4', 'DNSSEC: no local policy disables it'),
  'dnssec-errors': tls('4.2.2.2.5', 'DNSSEC errors are never permission'),
  'dnssec-remote': tls('4.2.2.2.6', 'DNSSEC at remote perspectives'),
  'dnssec-evidence': tls('4.2.2.2.7', 'DNSSEC: information to be kept'),

  records: tls('5.4.1', 'Types of events recorded'),
  'records-validation': tls('5.4.1 (2)(2)', 'Records: what was validated, and how'),
  'records-perspective': tls('5.4.1 (2)(7)', 'Records: each perspective and its result'),
  'records-quorum': tls('5.4.1 (2)(8)', 'Records: the quorum as n/N'),
  'records-security': tls('5.4.1 (3)', 'Records: security events'),
  'records-retention': tls('5.4.3', 'Retention period for audit logs'),
  'records-protection': tls('5.4.4', 'Protection of audit log'),
  archive: tls('5.5.2', 'Retention period for archive'),
  validity: tls('6.3.2', 'Certificate operational periods'),
  'self-audit': tls('8.7', 'Self-audits'),
  'caa-contact': tls('Appendix A.1', 'CAA contact property'),
  'caa-contact-email': tls('Appendix A.1.1', 'CAA contactemail property'),
  'txt-contact-email': tls('Appendix A.2.1', 'DNS TXT record email contact'),
  onion: tls('Appendix B', 'Onion domain names'),

  'smime-domain': smime('3.2.2.1', 'Validating authority over mailbox via domain'),
  'smime-mail-server': smime('3.2.2.3', 'Validating applicant as operator of associated mail server'),
  'smime-reuse': smime('4.2.1', 'Performing identification and authentication functions'),
  'smime-caa': smime('4.2.2.1', 'Certification Authority Authorization'),
  'smime-dnssec': smime('4.2.2.1.1', 'DNSSEC validation of CAA'),
  'smime-mpic': smime('4.2.2.2', 'Multi-Perspective Issuance Corroboration'),

  'log-integrity': ncssr('3.1.2', 'Log integrity'),
  'log-retention': ncssr('3.1.2.1', 'Log retention'),
} as const satisfies Record<string, RuleSection>;

export type SectionId = keyof typeof SECTIONS;

/** The date-dependent rules of one day. */
export interface DayRules {
  /** Fewest remote perspectives that an attempt may use; the primary never counts. */
  readonly minimumPerspectives: number;
  /** Fewest RIR service regions that the corroborating perspectives must span. */
  readonly minimumRirs: number;
  /** The primary perspective validates DNSSEC for CAA and domain validation. */
  readonly primaryDnssecRequired: boolean;
  /** CAA parameters of RFC 8657 also restrict a caller who gave no account or method. */
  readonly rfc8657Required: boolean;
  /** Days for which a domain or IP validation may be used by a certificate issued on this day. */
  readonly validationReuseDays: number;
  /** Days of validity of a certificate issued on this day. */
  readonly certificateValidityDays: number;
}

export interface DatedRule {
  /** First UTC day on which the rule applies. */
  readonly from: string;
  readonly section: SectionId;
  /** What changes, as text for operators. */
  readonly text: string;
  readonly set: Partial<DayRules>;
}

const BEFORE_ALL: DayRules = {
  minimumPerspectives: 0,
  minimumRirs: 1,
  primaryDnssecRequired: false,
  rfc8657Required: false,
  validationReuseDays: 398,
  certificateValidityDays: 398,
};

/**
 * In the order of their dates. The end dates of validation methods are with the methods. A row that sets nothing is a
 * rule for the CA, or one that this service applies on every day; it is listed so that it can be looked up.
 */
const DATED: readonly DatedRule[] = [
  {
    from: '2025-03-15',
    section: 'mpic',
    text: 'at least 2 remote perspectives',
    set: { minimumPerspectives: 2 },
  },
  {
    from: '2025-03-15',
    section: 'smime-caa',
    text: 'CAA is checked for mailbox addresses (RFC 9495)',
    set: {},
  },
  {
    from: '2025-05-15',
    section: 'smime-mpic',
    text: 'S/MIME certificates need corroboration as TLS certificates do',
    set: {},
  },
  {
    from: '2025-09-15',
    section: 'mpic',
    text: 'a quorum that is not met forbids issuance',
    set: {},
  },
  {
    from: '2026-03-15',
    section: 'mpic',
    text: 'at least 3 remote perspectives, and corroboration from 2 RIR service regions',
    set: { minimumPerspectives: 3, minimumRirs: 2 },
  },
  {
    from: '2026-03-15',
    section: 'dnssec-primary',
    text: 'the primary perspective validates DNSSEC',
    set: { primaryDnssecRequired: true },
  },
  {
    from: '2026-03-15',
    section: 'smime-dnssec',
    text: 'the primary perspective validates DNSSEC for the CAA of mailbox addresses',
    set: {},
  },
  {
    from: '2026-03-15',
    section: 'certificate-names',
    text: 'no names in the reverse zones',
    set: {},
  },
  {
    from: '2026-03-15',
    section: 'delegation',
    text: 'CAA checks are not delegated, as validations are not',
    set: {},
  },
  {
    from: '2026-03-15',
    section: 'reuse',
    text: 'validations are used for at most 200 days, certificates are valid for at most 200',
    set: { validationReuseDays: 200, certificateValidityDays: 200 },
  },
  {
    from: '2026-06-15',
    section: 'mpic',
    text: 'at least 4 remote perspectives',
    set: { minimumPerspectives: 4 },
  },
  {
    from: '2026-06-16',
    section: 'caa-parameters',
    text: 'CAA parameters of RFC 8657 should be processed',
    set: {},
  },
  {
    from: '2026-07-15',
    section: 'records-validation',
    text: 'records hold the validated item, the Authorization Domain Name where it differs, and the method',
    set: {},
  },
  {
    from: '2026-09-07',
    section: 'dnssec-evidence',
    text: 'what shows that DNSSEC is validated is kept',
    set: {},
  },
  {
    from: '2026-11-15',
    section: 'adn',
    text: 'the Authorization Domain Name is chosen by the steps of the section only',
    set: {},
  },
  {
    from: '2026-11-15',
    section: 'ip-reverse',
    text: 'the name that a reverse lookup gave is the Authorization Domain Name itself',
    set: {},
  },
  {
    from: '2026-12-15',
    section: 'mpic',
    text: 'at least 5 remote perspectives',
    set: { minimumPerspectives: 5 },
  },
  {
    from: '2027-03-15',
    section: 'caa-parameters',
    text: 'CAA parameters of RFC 8657 are processed',
    set: { rfc8657Required: true },
  },
  {
    from: '2027-03-15',
    section: 'reuse',
    text: 'validations are used for at most 100 days, certificates are valid for at most 100',
    set: { validationReuseDays: 100, certificateValidityDays: 100 },
  },
  {
    from: '2029-03-15',
    section: 'reuse',
    text: 'validations are used for at most 10 days, certificates are valid for at most 47',
    set: { validationReuseDays: 10, certificateValidityDays: 47 },
  },
];

/**
 * The steps by which a CA may derive the Authorization Domain Name from the applied-for name (TLS BR 3.2.2.4 [adn]).
 * For a plain name the steps come in this order; a wildcard name is stripped of its first label and never replaced by
 * an alias target, for any method.
 */
export interface AdnSteps {
  /** First, repeatedly: replace the name by its CNAME target. */
  readonly replaceByCname: boolean;
  /** Then: remove leftmost labels, down to the Base Domain Name at most. */
  readonly prune: boolean;
}

/** The rules of one validation method. */
export interface MethodRule {
  /** Null if the method does not exist for that kind of identifier. */
  readonly sections: { readonly domain: SectionId | null; readonly ip: SectionId | null };
  /** Kinds of target that the method can validate. */
  readonly identifiers: readonly ('domain' | 'ip' | 'reverse-name')[];
  /** Whether the method may validate a wildcard name. */
  readonly wildcard: boolean;
  readonly adn: AdnSteps;
  /** First UTC day on which a CA should no longer use the method; null if there is none. */
  readonly discouragedFrom: string | null;
  /** First UTC day on which neither the method nor its earlier validations may be used; null if no end is set. */
  readonly endsOn: string | null;
  /**
   * Labels of the CAA parameter `validationmethods` that denote the method; any one of them permits it: the ACME name
   * if it has one, and `ca-tbr-` with the number of its section (TLS BR 4.2.2.1.2 [caa-parameters], RFC 8657 section
   * 4).
   */
  readonly caaLabels: readonly string[];
  /** Days for which the Random Value, Request Token or ACME token may be used; null if the method has none. */
  readonly challengeDays: number | null;
  /** Days for which a validation may be used if fewer than `validationReuseDays`; null if not fewer. */
  readonly reuseDays: number | null;
  /** For methods over HTTP: whether redirects may be followed, by kind of identifier. */
  readonly redirects: { readonly domain: boolean; readonly ip: boolean };
}

const NEITHER: AdnSteps = { replaceByCname: false, prune: false };
const PRUNE_ONLY: AdnSteps = { replaceByCname: false, prune: true };
const BOTH: AdnSteps = { replaceByCname: true, prune: true };
const NO_REDIRECTS = { domain: false, ip: false };

/** Ballot SC-090: from this day a CA should not use certain methods. */
const DISCOURAGED = '2026-03-15';

const METHODS: { readonly [Method in ValidationMethod]: MethodRule } = {
  'website-change': {
    sections: { domain: 'dcv-website', ip: 'ip-website' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['ca-tbr-18'],
    challengeDays: 30,
    reuseDays: null,
    // The section for addresses does not mention redirects, and the file is on the address itself: we chose none.
    redirects: { domain: true, ip: false },
  },
  'acme-http-01': {
    sections: { domain: 'dcv-acme-http', ip: 'ip-acme-http' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['http-01', 'ca-tbr-19'],
    challengeDays: 30,
    reuseDays: null,
    // RFC 8738 section 4 does not change RFC 8555 section 8.3, which says that redirects should be followed.
    redirects: { domain: true, ip: true },
  },
  'acme-dns-01': {
    sections: { domain: 'dcv-dns-change', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['dns-01', 'ca-tbr-7'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'acme-tls-alpn-01': {
    sections: { domain: 'dcv-tls-alpn', ip: 'ip-tls-alpn' },
    identifiers: ['domain', 'ip'],
    wildcard: false,
    adn: NEITHER,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['tls-alpn-01', 'ca-tbr-20'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'dns-change': {
    sections: { domain: 'dcv-dns-change', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['ca-tbr-7'],
    // The section allows the reuse period if the applicant sent the request: we chose the shorter period.
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'dns-account-01': {
    sections: { domain: 'dcv-dns-account', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: PRUNE_ONLY,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['dns-account-01', 'ca-tbr-21'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'dns-persistent': {
    sections: { domain: 'dcv-dns-persistent', ip: 'ip-dns-persistent' },
    identifiers: ['domain', 'ip'],
    wildcard: true,
    adn: PRUNE_ONLY,
    discouragedFrom: null,
    endsOn: null,
    caaLabels: ['dns-persist-01', 'ca-tbr-22'],
    challengeDays: null,
    reuseDays: 10,
    redirects: NO_REDIRECTS,
  },
  'contact-email-txt': {
    sections: { domain: 'dcv-email-txt', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: DISCOURAGED,
    endsOn: '2028-03-15',
    caaLabels: ['ca-tbr-14'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'contact-phone-txt': {
    sections: { domain: 'dcv-phone-txt', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: DISCOURAGED,
    endsOn: '2027-03-15',
    caaLabels: ['ca-tbr-16'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'contact-email-caa': {
    sections: { domain: 'dcv-email-caa', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: DISCOURAGED,
    endsOn: '2028-03-15',
    caaLabels: ['ca-tbr-13'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'contact-phone-caa': {
    sections: { domain: 'dcv-phone-caa', ip: null },
    identifiers: ['domain'],
    wildcard: true,
    adn: BOTH,
    discouragedFrom: DISCOURAGED,
    endsOn: '2027-03-15',
    caaLabels: ['ca-tbr-17'],
    challengeDays: 30,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'ip-address': {
    sections: { domain: 'dcv-ip-address', ip: null },
    identifiers: ['domain'],
    wildcard: false,
    adn: NEITHER,
    discouragedFrom: null,
    endsOn: '2026-03-15',
    caaLabels: [],
    challengeDays: null,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
  'reverse-address-lookup': {
    sections: { domain: null, ip: 'ip-reverse' },
    identifiers: ['ip', 'reverse-name'],
    wildcard: false,
    adn: NEITHER,
    discouragedFrom: null,
    endsOn: '2027-03-15',
    caaLabels: [],
    challengeDays: null,
    reuseDays: null,
    redirects: NO_REDIRECTS,
  },
};

export const RULEBOOK = {
  documents: DOCUMENTS,
  sections: SECTIONS,
  mpic: {
    /**
     * The quorum table: of at least `perspectives` remote perspectives, `mayFail` may fail to corroborate. Fewer than
     * in the first row can never satisfy the rules (TLS BR 3.2.2.9 [mpic]).
     */
    quorum: [
      { perspectives: 2, mayFail: 1 },
      { perspectives: 6, mayFail: 2 },
    ],
    /** Two perspectives closer than this in a straight line are not distinct, kilometres. */
    distanceKm: 500,
    /** Days for which a corroboration of CAA may be reused for further certificates of the same applicant. */
    caaReuseDays: 398,
  },
  caa: {
    /** A CAA check may be used for its TTL or this many hours, whichever is longer. */
    useHours: 8,
  },
  smime: {
    /** Days for which the validation of a domain or a mail server may be used (S/MIME BR 4.2.1 [smime-reuse]). */
    domainReuseDays: 398,
    /** Longest validity of a certificate, days. */
    certificateValidityDays: 825,
  },
  records: {
    /** Days for which records are kept after the certificate expires: two years (TLS BR 5.4.3 [records-retention]). */
    daysAfterExpiry: 731,
  },
  challenge: {
    /** Entropy of a Random Value, bits (TLS BR 1.6.1 [definitions]). */
    randomValueBits: 112,
  },
  http: {
    /** Statuses whose Location may be followed. */
    redirectStatuses: [301, 302, 307, 308],
    /** Of the Authorized Ports 80, 443, 25 and 22 we chose those for HTTP. */
    ports: [80, 443],
  },
  dated: { before: BEFORE_ALL, changes: DATED },
  methods: METHODS,
} as const;
