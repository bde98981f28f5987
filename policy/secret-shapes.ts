/** What secrets look like, those that have a look of their own. */
const shapes: Readonly<Record<string, RegExp>> = {
  "a tailnet key": /\btskey-[a-z]+-[A-Za-z0-9-]+/g,
  "a DigitalOcean token": /\bdo[opr]_v1_[a-f0-9]{64}\b/g,
  "a private key": /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/g,
  "a GitHub token": /\b(?:gh[oprsu]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})/g,
  "a Slack token": /\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/g,
  "a Slack webhook": /hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g,
  "a Discord token": /\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}\b/g,
  "a Discord webhook": /\bdiscord(?:app)?\.com\/api\/webhooks\/\d+\/[A-Za-z0-9_-]+/g,
  "a Telegram token": /\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b/g,
  "an ntfy token": /\btk_[a-z0-9]{29}\b/g,
  "a model's API key": /\bsk-[A-Za-z0-9_-]{20,}/g,
  "a password in a URL": /[a-z]:\/\/[^\s/:@"']+:[^\s/:@"']+@/g,
};

/**
 * The kinds of secret in a text, one entry a find.
 * @param known values that are secret whatever they look like, such as those of the stack's own configuration.
 */
export function secretsIn(text: string, known: readonly string[] = []): string[] {
  return [
    ...Object.entries(shapes).flatMap(([what, shape]) => (text.match(shape) ?? []).map(() => what)),
    ...known.filter((value) => text.includes(value)).map(() => "a secret of this stack's configuration"),
  ];
}
