/** What a text holds that has the form of a well-known secret; undefined when nothing has. */
export function findSecret(text: string): string | undefined {
  for (const { name, pattern, quick } of PATTERNS) {
    if (quick && !quick.test(text)) continue;
    for (const [match] of text.matchAll(pattern)) if (!isExample(match)) return name;
  }
  return undefined;
}

/** The text with everything that has the form of a well-known secret taken out. */
export function withoutSecrets(text: string): string {
  return PATTERNS.reduce(
    (rest, { pattern, whole = pattern }) =>
      rest.replace(whole, (match) => (isExample(match) ? match : "***")),
    text,
  );
}

interface SecretPattern {
  readonly name: string;
  readonly pattern: RegExp;
  /** Without it there is no match; a search that begins with rare characters is faster. */
  readonly quick?: RegExp;
  /** All of a secret of which `pattern` knows only the beginning. */
  readonly whole?: RegExp;
}

/** The forms that their issuers document; all of them long enough that nothing else looks like that by chance. */
const PATTERNS: readonly SecretPattern[] = [
  { name: "an AWS access key", pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g },
  {
    name: "an AWS secret key",
    quick: /aws_secret_access_key/i,
    pattern: /\baws_secret_access_key["']?\s*[=:]\s*["']?[A-Za-z0-9/+]{40}\b/gi,
  },
  { name: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b/g },
  { name: "a GitLab token", pattern: /\bglpat-[A-Za-z0-9_-]{20,}/g },
  { name: "a Slack token", pattern: /\bxox[abprs]-[A-Za-z0-9-]{20,}/g },
  { name: "a Stripe key", pattern: /\b[sr]k_live_[A-Za-z0-9]{20,}\b/g },
  { name: "a Google API key", pattern: /\bAIza[0-9A-Za-z_-]{35}/g },
  { name: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: "a PyPI token", pattern: /\bpypi-[A-Za-z0-9_-]{50,}/g },
  { name: "a Docker Hub token", pattern: /\bdckr_pat_[A-Za-z0-9_-]{27}/g },
  { name: "a SendGrid key", pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/g },
  { name: "a Hugging Face token", pattern: /\bhf_[A-Za-z0-9]{34}\b/g },
  {
    name: "a JSON web token",
    pattern: /\beyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,}/g,
  },
  {
    name: "a private key",
    pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/g,
    whole: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.*?(?:-----END (?:[A-Z]+ )?PRIVATE KEY-----|$)/gs,
  },
  {
    // Of a host with a domain: those of one word are the neighbours in a compose file, with their defaults.
    name: "a password in a URL",
    quick: /:\/\/[^\s/:@$"']+:[^\s/:@$"'{<*]{6,}@/,
    pattern: /\b[a-z][a-z0-9+]{0,20}:\/\/[^\s/:@$"']+:[^\s/:@$"'{<*]{6,}@[a-z0-9-]+\.[a-z0-9.-]+/gi,
  },
];

/** Documentation has keys too. */
function isExample(match: string): boolean {
  return (
    /:\/\/([^:]+):\1@/.test(match) ||
    /example|xxxx|\*\*\*|changeme|placeholder|dummy|0{8}|password|localhost|127\.0\.0\.1/i.test(match) ||
    /(.)\1{7}/.test(match)
  );
}
