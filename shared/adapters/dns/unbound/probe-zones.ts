/**
 * One zone for each algorithm and each DS digest validated here, to measure without a network which of them a daemon
 * verifies on this machine: that depends on its libraries and on the system's crypto policy.
 *
 * The zones are signed in advance, because the same policy may prevent Node from signing at start. Created with
 * dnssec-keygen and dnssec-signzone of BIND 9.18, with the dates below; the private keys were deleted. Each zone has
 * its SOA, its key and their signatures, and an unsigned TXT record. A test verifies them all.
 */
export interface ProbeZone {
  readonly algorithm: number;
  readonly digestType: number;
  readonly keyTag: number;
  /** Digest of the DS record, hexadecimal. */
  readonly digest: string;
  /** Public key and signatures, base64. */
  readonly key: string;
  readonly soaSignature: string;
  readonly keySignature: string;
}

/** Nearly the longest validity that serial number arithmetic permits (RFC 4034 section 3.1.5). */
export const PROBE_DATES = { inception: '20240101000000', expiration: '20900101000000' } as const;

/** Queries below `invalid` never leave the machine (RFC 6761 section 6.4). */
const PROBE_PARENT = 'probe.invalid';

export function probeName({ algorithm, digestType }: ProbeZone): string {
  return `${algorithm}-${digestType}.${PROBE_PARENT}`;
}

/** Render the zone in zone-file format. */
export function renderProbeZone(zone: ProbeZone): string {
  const { algorithm, keyTag, key, soaSignature, keySignature } = zone;
  const name = `${probeName(zone)}.`;
  const signature = (type: string, octets: string) =>
    `${name} 3600 IN RRSIG ${type} ${algorithm} 3 3600 ${PROBE_DATES.expiration} ${PROBE_DATES.inception} ${keyTag} ${name} ${octets}`;
  return [
    `${name} 3600 IN SOA . . 1 1 1 1 1`,
    signature('SOA', soaSignature),
    `${name} 3600 IN DNSKEY 257 3 ${algorithm} ${key}`,
    signature('DNSKEY', keySignature),
    `${name} 3600 IN TXT "not signed"`,
    '',
  ].join('\n');
}

/** Render the zone's DS record as a trust anchor. */
export function renderProbeAnchor(zone: ProbeZone): string {
  const { keyTag, algorithm, digestType, digest } = zone;
  return `${probeName(zone)}. IN DS ${keyTag} ${algorithm} ${digestType} ${digest}`;
}

export const PROBE_ZONES: readonly ProbeZone[] = [
  {
    algorithm: 5,
    digestType: 2,
    keyTag: 57568,
    digest: '66921FD52B831AF17B483F9E5A50CC2942E275C3F941866D5F9BFCE81A7787B3',
    key: 'AwEAAajYM8w0q7kOURuuQA7NjLx3WEqzN7AC34QYkCddckNXEVlcSXK8VCLv7tsttVkxwv/OcGexvO/p2eGtqrL/TJONh04pLf/HdobgGDdC3KuP6apbY+SVSVxZsgEZXsKlCqaSwIRivMMBTvcg2t7nawkKr9h8lry+BOsBdt01wMZp8toXtN4odxZPV1XNt2Ez5OkvmdiudPgv9xBa5lrZud35mr47bBOi9jXWFbJgsrO1HGtIMCUMaeh+QJeYMA6QBCgryxvvqgxJ+zJ/ASY+n/egRp1KHRNL8fMf1gByVgWT7v9pIfvNNqvWnWBfMreShZfOZfyeEgkXOTsS12OH0t0=',
    soaSignature:
      'dKGg9uL7Z2NcYhXNbZBJTqQqA/PW7zP25wlejSu6QUUNy2OGvzxh1uGT6EH1MkQfka4jEb7Lw+S2/BcEK5IDNtPbHzeTfqFuHErGjVZdg/VlURR19+4VC4bdOP9+wWNgqiBRcP/msa3van5Q30K8SbdyE3OfDCM2uflAM3CwIkzR69v0qo2Du+HvioSL83RqNq91cE456fZ4+U30izwVOT5JAvf3oIFCRoou7V5HW/Es14ucuWjv7R5Xo9yxxkWpxToDWyBfoDT2+7bNwmaDWyZEznkdj1HANnmMMdh/7LneVtxnMyIjP3AUcjlUI3o7QVxHPtVCJB7gK5MOcu0l8g==',
    keySignature:
      'IMdoq0FgXRRSX5fsMHYkTj+8qlmKPzPu9AMTw8KOkFpzsPrWHEvn+SM6vWqBvfOkQzp42IO0Lj3XZFFZuA+zY5aA6dPPHRrjviHBHByF2BoHbsejZFlPPHlrYDjQkFEm2wdM1gmMsf2V6PxmNQViKHgNh4fFBDwFCX5c7506rGh4WgVh2SVDUWA6fAo7ZGfctsMrlWockiFs402Eo2Ep2/oYd23kghd57rQ9Tc5qDrqYlxqBd5Q0f91Mz5SA7SR4M9aifPSsqCup0OjPh6eEaf1MKo7apTZSUqIRgO2MGaHbq9ce7Iu8yklRLop5vzRBmac1qa+8EHxKB3D/rkvo1g==',
  },
  {
    algorithm: 7,
    digestType: 2,
    keyTag: 43521,
    digest: 'EB417CB206C144DAB03335DF16C94E6D361068C7F1534B81A7510E0303732120',
    key: 'AwEAAaVnR2Z+HikGioIOcBWeF9fgmmKE9yo0NuW+vyABwkbry//+wClf2IRvlONaTYJ/pNIelKNLeLRjW/APciFIcxVHlxLUtmqY3rBJdllApSjzUGvxBOU9DVmt7yaXCifu6IkXzJr26Qit2G2dCiOLw3Rl3MlDT5GSukG+1Qe369Zm59UPGgh2cSV7JGXhgcvc032OFEalQOdcC0v3yfP0VYFVjMrP/VyZkug6gieSXhN8VVWvv8OOwZEq8IwKJIAGN1MrkmMEeljoL99qM/ujw9Un43QyjZPgDF18Nfo2nW9ukdXa0tgdNjay4FE58EOSMggHjYR7COwfHIazGKKiVss=',
    soaSignature:
      'A58z/D0ZY5i38eWNlMK2IlBH2cVgfG9FwfCly0JIVV54on30wSjERlNT2tyV0FZcfFlJ6GdgklhX4fUdHuooXLWgP0jYBOWo57VubUcrU2NK7iacQiKAgbWJ/NPR86UApofxFxcWPK9o+epnGQRS2XBTlaLPt/qrenbzvgTMQcRTESpKDsAPe1EyX0mbBmpmpOV+yqp9+vbRKhtNF3IPtf0He2973LHaOH9FDTv8dfgLFvHw0NznTarO8h7iw/NBERJYLQsqGQqHeUMZUZiaIfpjM7FLVieiiJ+rONwVbnCTzM7wBEjw33sY/BuKuA/cnZLBmJxcyCcxk38YQmYDXg==',
    keySignature:
      'BjvwozaUFTXkfn8WmX6pqVkNzYQMbPE6WnzF2LtPfLyvNXZ/AakgpyWz4fOSTS7Z1ee4DtcJYPY7tUkerUuaQDxFV1pJNwOscE4+Bd4dawcAEhl5RwyCD7t3dQAr7L1jrfIoPKoNYJfkS5nQoS7ESvjRBSGCLUwZEeMe1ST311eQjB0pVoMfH6t+3lMem0/F8PES0qUjlO0orYbWdnbXR2Ly+bcFBHFrltXkTR3d8yzrbpVKxwcv1gHv4w2OmTVhpRaccxvI8Waygy7/++qrfkudlzkLuIJ4GFDj319GmM4C3quMk4TslSE/xtlS3mbXY4bp8MpG7REqMU+AwzaVEg==',
  },
  {
    algorithm: 8,
    digestType: 2,
    keyTag: 54052,
    digest: '81101B98C1298A2A73CA41A2190997D74C563830276EBB60B4057064D0A49D36',
    key: 'AwEAAedYtkN6/fiIIXlTfd185tO/T9/rwq6Gl8bNGoevIfei3Nq11xg/HGWtM+45lt4l+l2IUyAjOUAdRVg00ZYtkAoyUszaHQSu5+EZUoapqeav6wfMg0KB8AYWhcT+8kSW1Mu/iX1oG7Szq9GB1v6HbPYLiLXwUPShKy2MHJOemkiJnvWaqvwa2msKropry9FpynMJixr8K74lZ3RC1IOFuDyFiowVP9+2+lqTU8xxbjeAy8yqaO85sIBgI2TW7gLU887g5obiA7AzM/292SwFor+QFtB0ZslwPI7ArIGKUyfbwh5gjK+VHrmyPYxTcsjSMWtMayHYGkWi9l/grv+qi5U=',
    soaSignature:
      'w1jkQNJzFDspeE4K7Mz/mIgv/NBnbQJJYaXoDuesQAFXgeQXHyYmgPycYSUIu2V63DBML0hb4prDoVyhRuXUMM7VMl3vG0scYwq+y4MctF7sKBX+YTeOd3Oi4Zte9SbG9diSog1eV4ZtQ73o1ZePsx+JLfgXFk71au2SdBfSbHtmfuJ/57pRM0FrjEatmBXohvAea+Uk5fd5+1xD04gHuH6pJ9cV2uZsIIVe5OV/06o8e87GSjQw8KZAAhiQys0aeIUmTZIcOK2lMzgNhwrud0pgyzSivKqwcxQdSw/QJxlIoIy8jXufaSMRfPUlIEqPezMgQkGLfQytjEcPg6f69w==',
    keySignature:
      'DctJvEVSRYYr1VKJbW16ONYie8MXIIYot381HAG5TeXSp00UD4vFlzVR0cr8rMzFsdEskcUMys+OeXwwTrblMcrK1CCxPpfgCxfgqcC63QpQxW/RgbWMB832vjFfZbY281fO1oe4c/FfN51InHyCMd9MMoMsbU6NTZ5T6iqHRX5UIgFSDCZZh9ol1zZgcn06oUWfqwqlb/qdDrmfdSMH1OQh5tlS2m1ygO8PluUtNp15Jdhgok9ZBXaY8U7wUvSSwQr7shTrhpQkPjS0ek5oomNcly1Bk9I8BL7e2ymHfnUOh07Q4yonnEOraLGIkYHpakSV+0uoLmFK8agUMz94hw==',
  },
  {
    algorithm: 10,
    digestType: 2,
    keyTag: 57274,
    digest: '32E334831602234165849FD90F1780F5D4C590205FD77C4FC8CB78C0874A13B0',
    key: 'AwEAAcWQENSHB5B9vLzst6WtT9wpcTtoux7p1QVaDIS1oeNHLnVnDKjmSbwPq5J0r/wdMN4BeSaHeaM2d5aIP0VKhraX+DLpvHmYy+wCsqVTxEeb5K0ozg5tIxptqh8fo0Stg28PCq8nQCOx6/yIJFnZbH0iyyqXz6IrMwTz6ZqXvzp/1JdM0nMeanLIvLkqulA/lv7UNVRMP8o4G+/rqPFP/oFm0T/k5lasXD40WUcPAk2Oc4aer+yUdkWVi++6OQdakFa5eW09/kxuww7LjWYSW/BrYEvtO+HMwOQxcRIdiP9oYvJdXHoPVzxVheiZXgBThOjMgBokJ3EKKckuvlt5SjU=',
    soaSignature:
      'AJBg40goxjS7hLj6o8dFbs8qMA020siVcXebl9gMG7ewN/jI2LNv/6zBP8IC5tgWOpLqWE0PBfxKBrsfwLGizsEPKrNulsf9UxD3dDavFf/vjSwoA/mE5Ufy5X4HnrewhsHGeAnDjyISRYGFACNmYfaHe4IRq/fO4OOCtGGDiiqEBOoLP492yZy2EiwC7PUCCwo8EBaTLk8hr9LjVJNywM3kjpzL7NfQynb+H9PIzRCyWa6/0UX+4g5XlKT1rUBOpGw63nspUzeF7NAdZhN4wxxBXCX/8EWib/EYu5kdXlEAWq0LSPa+eskcANdZgEUzJV1gkkU6stXlUmMhsPkHOg==',
    keySignature:
      'CXQBv5s7rBGDNlHFqD5Jk9glWDpGiH/25Z1+GNqRC2dnkQ00/VUHpxPm/RTQuS95YrEjocSd3X+oAYUKAO/QMQrvOUwjJtc2AmwhNaW246ZivRLGPbgztR5tNIvOie2S5IolO8ziqKKHHnqRAB1sKtlDssfNbL9r38DQO1iBhaASOVnY0U9BE9KY4UsuKuGxVf2KBs3apU8fkWGkTe2/lYJKXBOvA4F3MQ+/IVRm8cQ6FgFN2OWGPO8B41uSJ31W1yD8tNDb3eUek58Tk6dDeRFs4yw1yR+MypB+QgXpd/BakU0LyIdp6BT5bQFrA0H8kR7DaO9kFFR6KAZHzoV5RA==',
  },
  {
    algorithm: 13,
    digestType: 2,
    keyTag: 8215,
    digest: '50F16CE12FC2A98E0F1E32DB0447E35E7D0EDFA6FF88A856E09707035CFF1F07',
    key: 'cL7eoIKozQQ45FCclvAcDKRCr5wa8e6WHNOTwkk05RJ+ndWOv/aRSM9uGyLz0YDLs7C+AUaH1/a0NVJgpLHEKA==',
    soaSignature: 'jgGl9nAWtpQ/lrV1Ko8uqhSHZNoa70ALZjw7yNVuhuQAfiCCypiYT2tt/dy6onT9WOsr48TAxtadfwBqEMrP9Q==',
    keySignature: 'z6OEwDKLiAvvRvBc5CJaLWL2RXtagQ1ieDjLJkSAjWZoeoZSmC7Q+AjcK9lNlHtBW7hEXdvuzA36yOh/+1q6KA==',
  },
  {
    algorithm: 14,
    digestType: 2,
    keyTag: 63439,
    digest: '3D1FA1F3EA3F175C7FCFC052D8DEED8D8F5B5AEF2BAE50A03E8B0443280B52C2',
    key: 'nVg1U32ylOyQbN2wab/ElXaBarqnZgFx+tYqXoQ3oSMFZvpJCb8Gsq3h3/uHiDOby3/8KRwcDR61RKQmjYorvTHRiHJAqvkHiZ9XxBPaJ/nFPbbT/LKSNArHBh/ZSDpR',
    soaSignature:
      'C4Jx/jnDPfHSGEykj6SC/l2zsjAcPyvjeuJJtIUHOHAJ4/QjskPH6zz7K7BUq9zJN2t3xDwBkXek5nnNlogOjJvwlgPTAZclXkVlYJzZDcFgyAG4CsmXVKCbZKQbEAMV',
    keySignature:
      '4ODSRM7Peo52QaUcPyxxJkNWpe5ak5kMzluivcOsM4zD9a8SufMChF7Y1AViAWwIMxDcP47oN/CzhF0Vrg+nVP1tCVbEXXT4TdUwMoSV/qR8YgbEfFvsIvzkixfKqsI1',
  },
  {
    algorithm: 15,
    digestType: 2,
    keyTag: 2767,
    digest: '082A8D4A94EACA235A3355D48469D9103F911EFD8BF0AF8EC712291299163A0A',
    key: '+f6BtaNS6lxJfBtz4u8B2DQDvnKCsTH6aP2FxRoCA70=',
    soaSignature: 'Xw/GIlX8v4lY9AcES8vHsia8FEIGTz5uKd9/D4N1XLwMosJjJq5gtyykhO3pWRpmv6zUgvIT9XnxhWA7l6fOAg==',
    keySignature: '75MyU3KI/veU5zn7YD6A3Ho9QC/1HKJJ5W8gG2x6DZRizP3q47rlMFtK99S+lKPQ/hYsSQwz/QYw1o1MrmNkAg==',
  },
  {
    algorithm: 16,
    digestType: 2,
    keyTag: 57890,
    digest: '1C6DDE3C766490E7ADA51E471904163D0FB609B87EFE794B9AE5C53D6C5AD5A2',
    key: 'hzF9mm03ePRJFLt/xfUJlbjUxow8/LDo9pZB+3/oZIpIH+zCfsAFXjCVfvN8VEVZk77TavfwC14A',
    soaSignature:
      'C9XNX04C3llZLCZ7LcdABqSqj0mWH8HQPcwU13aXe3FKO5ROFf+QzTxnG4X+HOCiLI53dVMFLK+AmQ9o9/nWhmrpY/Dy54OYPC4f9Lj2QWUcCu+XHjNzz9flHbdWn4fn9agUQpmO9IvXaU1NZ0YiAT8A',
    keySignature:
      'gD8Z6TQvVSH+Z2ieoLE2+46Le409t04fcW//1RzYBTyC/4FRZO+3FOBxt3DSUpqfJ1YQAJP0jDKALeo5i1c/DySrWubsBTXOnMf/aEDKlZKw7uW83wKXNPpfJ5Irn9zdrEfxyu3WVJR/fhUH/bsheBgA',
  },
  {
    algorithm: 13,
    digestType: 1,
    keyTag: 26269,
    digest: '702273FD4E69FC6E06FF2129335908773E0039E1',
    key: 'n9eZczMFwGERx4XDHd50SVjRVGKKP1UdVT5JDJcDZOhjjJwS/1j+6E3VNAjNy2g5fYr/B2JiIGaRTR+onlHg/Q==',
    soaSignature: 'sh6EIyxn1ch2o+LR2bq9ZU6ap6do0RuMtrKmPhsNhlknyTG3VibaRnNIJrfvqnJ6xBlJqka3JlAbeJZ7Y7oeQQ==',
    keySignature: 'YuhhdR6Us6eLatT0yQxlBZF38YEwBoh9lanWhH2eEVM1VddSx7XlmehbU90uaRuz2a51c3twn5zjnSEtUMkDzQ==',
  },
  {
    algorithm: 13,
    digestType: 4,
    keyTag: 41978,
    digest:
      'F7DFA214F7E2B807A6B04666A6908297D9F4B0A025F798E8D4A12ADF1DB826F33ED238F05D9288CF89C6731C8A82143F',
    key: 'AiZ/mP68qex6gZkgcp1jA859tmuMEihEIwK0iCjSGbZC98+lKh4DWVPXBGb1HKLjn9sEJnpaw2mgZDfmx+iGog==',
    soaSignature: 'lgyYD91EgWUNSUYFZihBNCp42z2v1ZQK3VB02wmJJw1Biai193a/7JzOsDMTkGW0SC2scyEWFurVOkc4eyIPKA==',
    keySignature: 'LHM20RtOSjtQ6XNBwza62KkeMEtft0sYfgpoTmm5bA4BBIZFyeo2AAf/XsHg5Ld1mhCjJWAmUVFN3PmdIiKUAw==',
  },
];
