import * as pulumi from "@pulumi/pulumi";
import { checkSettings, type Settings } from "./config.ts";

/**
 * This stack's configuration, checked.
 * @throws ConfigurationError with every mistake at once.
 */
export function readSettings(): Settings {
  const prefix = `${pulumi.getProject()}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  // Which keys are encrypted is known to the SDK, but left out of its types.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return checkSettings(Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value])), (key) =>
    isConfigSecret(prefix + key),
  );
}
