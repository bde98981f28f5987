/** `npm run sandbox [-- VERB]`: a cloud on your own machine. Without a verb, the whole story. */
import { parseArgs } from "node:util";
import { UsageError, verbs } from "./verbs.ts";

const { positionals, values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  strict: false,
  options: { help: { type: "boolean", short: "h" } },
});
const [name = "story", ...rest] = positionals;
// `exec` and `pulumi` hand everything after them on, options too.
const raw = process.argv.slice(2);
const after = raw.slice(raw.indexOf(name) + 1).filter((arg, i) => !(i === 0 && arg === "--"));
const verb = verbs[name];

try {
  if ((values.help && name !== "pulumi") || name === "help") console.log(help());
  else if (!verb) throw new UsageError(`There is no verb "${name}". There are: ${Object.keys(verbs).join(", ")}.`);
  else process.exitCode = await verb.run(verb.passesOn ? after : rest);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof UsageError) console.error("\n`npm run sandbox -- --help` tells them all.");
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function help(): string {
  const width = Math.max(...Object.values(verbs).map((v) => v.usage.length));
  return [
    "npm run sandbox                the whole story: up, failover, failback, destroy, with figures",
    "npm run sandbox -- VERB ...    look around by hand:",
    "",
    ...Object.values(verbs).map((v) => `  ${v.usage.padEnd(width)}  ${v.help}`),
    "",
    "Machines: hub (control server, packages, git, IRC, model), primary, and standby once it is up.",
  ].join("\n");
}
