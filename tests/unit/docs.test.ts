import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkSettings, secretKeys } from "../../infra/config.ts";
import { defaults as monitorDefaults } from "../../monitor/settings.ts";
import { aPrivateKey } from "./infra/keys.ts";

const repo = fileURLToPath(new URL("../..", import.meta.url));
const text = (path: string) => readFileSync(join(repo, path), "utf8");
const pages = ["README.md", ...readdirSync(join(repo, "docs")).map((page) => `docs/${page}`)].filter((page) =>
  page.endsWith(".md"),
);
const outsideFences = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, "");
const fences = (markdown: string, language: string) =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((fence) => fence[1]!);
/** Rows of tables whose first cell is code: that code, and the other cells. */
const rows = (markdown: string) =>
  [...markdown.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map((row) => [row[1]!, ...row[2]!.split(" | ")] as const);

describe("docs/configuration.md", () => {
  const page = text("docs/configuration.md");
  const { config } = parse(text("Pulumi.yaml")) as {
    config: Record<string, { type: string; default: unknown; description: string; items?: { type: string } }>;
  };
  const documented = new Map(rows(page).map(([key, ...cells]) => [key, cells]));

  describe.each(Object.entries(config))("tells of %s", (key, declared) => {
    const [type = "", byDefault = "", purpose = ""] = documented.get(key) ?? [];

    it("as Pulumi.yaml declares it", () => {
      expect(documented.has(key), `a row of ${key}`).toBe(true);
      const declaredType = declared.items ? `array of ${declared.items.type}s` : declared.type;
      const isSecret = (secretKeys as readonly string[]).includes(key);
      expect(type).toBe(isSecret ? `${declaredType}, secret` : declaredType);
      expect(purpose.length).toBeGreaterThan(10);
    });

    it("with its default", () => {
      if (byDefault === "needed" || byDefault === "not set") {
        expect(declared.default === "" || JSON.stringify(declared.default) === "{}").toBe(true);
        expect(byDefault === "needed").toBe(declared.description.startsWith("Needed"));
      } else expect(parse(byDefault.replace(/^`(.*)`$/, "$1"))).toEqual(declared.default);
    });
  });

  it("tells of no key that there is not", () => {
    const types = ["string", "integer", "boolean", "object", "array of strings"];
    const told = rows(page).filter(([, type = ""]) => types.includes(type.replace(", secret", "")));
    expect(told.map(([key]) => key).sort()).toEqual(Object.keys(config).sort());
  });

  it("tells of the monitor's own numbers as they are", () => {
    const told = rows(page).filter(([key]) => key.startsWith("probe."));
    expect(told.length).toBeGreaterThan(0);
    for (const [key, number] of told)
      expect(`${key} ${number}`).toBe(`${key} ${monitorDefaults.probe[key.slice(6) as "intervalMs"]}`);
  });

  it.each(fences(page, "yaml"))("has examples that are accepted: %s", (example) => {
    const json = (values: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(values).map(([key, v]) => [key, typeof v === "object" ? JSON.stringify(v) : String(v)]),
      );
    const prefix = "openclaw-standby:";
    const given = Object.fromEntries(
      Object.entries(parse(example) as Record<string, unknown>).map(([key, value]) => {
        expect(key.startsWith(prefix), key).toBe(true);
        return [key.slice(prefix.length), value];
      }),
    );
    const declared = Object.fromEntries(Object.entries(config).map(([key, { default: value }]) => [key, value]));
    const needed = {
      primaryHost: "100.64.0.1",
      workspaceRepository: "git@github.com:owner/workspace.git",
      workspaceDeployKey: aPrivateKey,
      channel: { name: "discord" },
      channelToken: "token",
      modelKey: "key",
    };
    expect(() => checkSettings(json({ ...declared, ...needed, ...given }), () => true)).not.toThrow();
  });
});

describe.each(pages)("%s", (page) => {
  const markdown = text(page);
  const prose = outsideFences(markdown);

  it("links to nothing that is not there", () => {
    const links = [...prose.matchAll(/\]\(([^)#]+?)(?:#[^)]*)?\)/g)].map((link) => link[1]!);
    const dead = links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(repo, dirname(page), link)));
    expect(dead).toEqual([]);
  });

  it("names no file of this repository that is not there", () => {
    const tops = ["assets", "cloud-init", "docs", "infra", "monitor", "policy", "sandbox", "tests"].join("|");
    const named = [...prose.matchAll(new RegExp(`\`((?:${tops})/[\\w./-]+)\``, "g"))].map((path) => path[1]!);
    expect(named.filter((path) => !existsSync(join(repo, path)))).toEqual([]);
  });

  it("names no script of package.json that is not there", () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    const named = [...markdown.matchAll(/npm run ([\w-]+)/g)].map((run) => run[1]!);
    if (/\bnpm test\b/.test(markdown)) named.push("test");
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  });

  it("quotes the journal as the scenarios have it", () => {
    const told = readdirSync(join(repo, "tests/scenarios")).flatMap((file) =>
      text(`tests/scenarios/${file}`).split("\n"),
    );
    const quoted = fences(markdown, "journal").flatMap((fence) => fence.trim().split("\n"));
    // "…" stands for words that differ from night to night.
    const isTold = (line: string) => told.some((one) => matches(one.replace(/^\d\d:\d\d\.\d /, ""), line.split("…")));
    expect(quoted.filter((line) => !isTold(line))).toEqual([]);
  });
});

/** Whether a text is made of these parts, in order, with anything between them. */
function matches(text: string, parts: string[]): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at + last.length <= text.length;
}
