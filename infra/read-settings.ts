import * as pulumi from "@pulumi/pulumi";
import { checkSettings, type Settings } from "./config.ts";

/**
 * This stack's configuration, checked.
 * @throws ConfigurationError with every mistake at once.
 */
export function readSettings(): Settings {
  const prefix = `${pulumi.getProject()}:`;
  const all = Object.entries(pulumi.runtime.allConfig());
  return checkSettings(
    Object.fromEntries(
      all.filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]),
    ),
  );
}
