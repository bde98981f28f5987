import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The project's configuration, as Pulumi.yaml declares it. */
export const project = parse(readFileSync(new URL("../../../Pulumi.yaml", import.meta.url), "utf8")) as {
  config: Record<string, { type: string; default: unknown; description: string }>;
};

/** Its defaults, as the engine hands them to the program. */
export const defaults: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(project.config).map(([key, { default: d }]) => [
    key,
    typeof d === "object" ? JSON.stringify(d) : String(d),
  ]),
);
