/** Names that files with secrets have. Those whose content says better whether they hold one are left to the patterns. */
const SECRET_NAMES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/, what: "a private key of SSH" },
  { pattern: /^etc\/ssh\/ssh_host_[a-z0-9]+_key$/, what: "a host's private key of SSH" },
  { pattern: /\.(?:p12|pfx)$/i, what: "a key store" },
  { pattern: /\.(?:kdb|kdbx)$/i, what: "a store of passwords" },
  {
    pattern: /(?:^|\/)\.gnupg\/(?:private-keys-v1\.d\/[^/]+\.key|secring\.gpg)$/,
    what: "a private key of GnuPG",
  },
  {
    pattern: /(?:^|\/)\.env(?:\.(?:local|prod|production|staging))?$/,
    what: "a file of environment variables",
  },
  { pattern: /(?:^|\/)\.netrc$/, what: "passwords of servers" },
  { pattern: /(?:^|\/)\.git-credentials$/, what: "passwords of git servers" },
  { pattern: /(?:^|\/)\.pgpass$/, what: "passwords of PostgreSQL" },
  { pattern: /(?:^|\/)\.my\.cnf$/, what: "passwords of MySQL" },
  { pattern: /(?:^|\/)\.htpasswd$/, what: "passwords of a web server" },
  { pattern: /(?:^|\/)\.aws\/credentials$/, what: "credentials of AWS" },
  { pattern: /(?:^|\/)\.azure\/(?:accessTokens|azureProfile)\.json$/, what: "credentials of Azure" },
  {
    pattern: /(?:^|\/)\.config\/gcloud\/(?:credentials\.db|application_default_credentials\.json)$/,
    what: "credentials of Google Cloud",
  },
  { pattern: /(?:^|\/)\.kube\/config$/, what: "credentials of a Kubernetes cluster" },
  {
    pattern: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson|containers\/auth\.json)$/,
    what: "credentials of registries",
  },
  { pattern: /(?:^|\/)\.vault-token$/, what: "a token of Vault" },
  { pattern: /(?:^|\/)\.pypirc$/, what: "credentials of PyPI" },
  { pattern: /\.tfstate$/, what: "a state of Terraform, which has its secrets" },
  { pattern: /(?:^|\/)\.(?:bash|zsh|ash|python|mysql|psql)_history$/, what: "what somebody has typed" },
];

/** What a file of that name holds mostly; undefined when the name says nothing. */
export function secretName(path: string): string | undefined {
  return SECRET_NAMES.find(({ pattern }) => pattern.test(path))?.what;
}
