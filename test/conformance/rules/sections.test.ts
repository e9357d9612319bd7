import { describe, expect, it } from 'vitest';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { RULEBOOK, type SectionId } from '../../../shared/domain/rules/rulebook.ts';

describe('sections of the rules', () => {
  it.each<{ name: string; sections: readonly [SectionId, string][] }>([
    { name: 'SM-01 CAA', sections: [['caa', 'TLS BR 4.2.2.1']] },
    { name: 'SM-02 CAA at remote perspectives', sections: [['caa-mpic', 'TLS BR 4.2.2.1.1']] },
    { name: 'SM-03 parameters of RFC 8657', sections: [['caa-parameters', 'TLS BR 4.2.2.1.2']] },
    {
      name: 'SM-04 DNSSEC',
      sections: [
        ['dnssec-standards', 'TLS BR 4.2.2.2.1'],
        ['dnssec-primary', 'TLS BR 4.2.2.2.2'],
        ['dnssec-no-local-policy', 'TLS BR 4.2.2.2.4'],
        ['dnssec-errors', 'TLS BR 4.2.2.2.5'],
        ['dnssec-remote', 'TLS BR 4.2.2.2.6'],
      ],
    },
    {
      name: 'SM-05 DNSSEC of the email methods, and its evidence',
      sections: [
        ['dnssec-email', 'TLS BR 4.2.2.2.3'],
        ['dnssec-evidence', 'TLS BR 4.2.2.2.7'],
        ['dcv', 'TLS BR 3.2.2.4'],
      ],
    },
    { name: 'SM-06 the Authorization Domain Name', sections: [['adn', 'TLS BR 3.2.2.4']] },
    { name: 'SM-07 records of validations', sections: [['records-validation', 'TLS BR 5.4.1 (2)(2)']] },
    { name: 'SM-08 corroboration', sections: [['mpic', 'TLS BR 3.2.2.9']] },
    {
      name: 'SM-09 integrity and retention of logs',
      sections: [
        ['log-integrity', 'NCSSR 3.1.2'],
        ['log-retention', 'NCSSR 3.1.2.1'],
      ],
    },
    {
      name: 'SI-05 S/MIME: CAA, its DNSSEC, corroboration, domains',
      sections: [
        ['smime-caa', 'S/MIME BR 4.2.2.1'],
        ['smime-dnssec', 'S/MIME BR 4.2.2.1.1'],
        ['smime-mpic', 'S/MIME BR 4.2.2.2'],
        ['smime-domain', 'S/MIME BR 3.2.2.1'],
      ],
    },
  ])('$name', ({ sections }) => {
    expect(sections.map(([id]) => [id, cite(id)])).toEqual(sections);
  });

  it('SM-08 the quorum table and the distance', () => {
    expect(RULEBOOK.mpic).toEqual({
      quorum: [
        { perspectives: 2, mayFail: 1 },
        { perspectives: 6, mayFail: 2 },
      ],
      distanceKm: 500,
      caaReuseDays: 398,
    });
  });
});
