/**
 * The pack as an engine runs it: Pulumi's own launcher starts it in a process of its own, and the program's resources are
 * put before it over the protocol that `pulumi preview --policy-pack policy` speaks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MockRun, planted, type Registered, runProgram } from "../infra/mock-run.ts";

const require = createRequire(import.meta.url);
/** What the protocol's generated code looks like; it comes without types that fit. */
interface Message {
  [method: string]: (...values: unknown[]) => unknown;
}
type Call = (request: Message, done: (error: Error | null, answer: Message) => void) => void;
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: unknown): unknown };
};
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js") as Record<string, new () => Message>;
const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js") as {
  AnalyzerClient: new (address: string, credentials: unknown) => Record<string, Call> & { close(): void };
};
const { credentials } = require("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };

let pack: ChildProcess;
let client: InstanceType<typeof AnalyzerClient>;
let run: MockRun;

beforeAll(async () => {
  const config = Object.entries(planted).map(([key, value]) => [`openclaw-standby:${key}`, value]);
  pack = spawn(
    process.execPath,
    [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), "127.0.0.1:0", "."], // it never calls the engine back
    {
      cwd: fileURLToPath(new URL("../../../policy", import.meta.url)),
      env: { ...process.env, PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)) },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [[port]] = (await Promise.all([
    once(createInterface(pack.stdout!), "line"),
    runProgram().then((r) => (run = r)),
  ])) as [[string], MockRun];
  client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
}, 30_000);

afterAll(() => {
  client?.close();
  pack?.kill();
});

const ask = (method: string, request: Message) =>
  new Promise<Message>((resolve, reject) =>
    client[method]!(request, (error, answer) => (error ? reject(error) : resolve(answer))),
  );

function described(kind: string, { type, name, marked }: Registered): Message {
  const message = new messages[kind]!();
  message.setType!(type);
  message.setName!(name);
  message.setUrn!(`urn:pulumi:test::openclaw-standby::${type}::${name}`);
  message.setProperties!(Struct.fromJavaScript(JSON.parse(JSON.stringify(marked))));
  message.setOptions!(new messages.AnalyzerResourceOptions!());
  return message;
}

const found = (answer: Message) => (answer.getDiagnosticsList!() as Message[]).map((d) => String(d.getPolicyname!()));
const analyze = async (resource: Registered) => found(await ask("analyze", described("AnalyzeRequest", resource)));
const remediate = (resource: Registered) => ask("remediate", described("AnalyzeRequest", resource));
const analyzeStack = async (resources: readonly Registered[]) => {
  const request = new messages.AnalyzeStackRequest!();
  request.setResourcesList!(resources.map((resource) => described("AnalyzerResource", resource)));
  return found(await ask("analyzeStack", request));
};
const the = (name: string) => run.registered.find((r) => r.name === name)!;
const with_ = (name: string, more: Record<string, unknown>): Registered => ({
  ...the(name),
  marked: { ...the(name).marked, ...more },
});

it("lets this program's stack pass", async () => {
  for (const resource of run.registered) {
    expect(await analyze(resource), resource.name).toEqual([]);
    await remediate(resource);
  }
  expect(await analyzeStack(run.registered)).toEqual([]);
});

it("stops what breaks its rules, each under the rule's name", async () => {
  const open = [{ protocol: "tcp", portRange: "22", sourceAddresses: ["0.0.0.0/0"] }];
  expect(await analyze(with_("standby-firewall", { inboundRules: open }))).toEqual(["open-to-the-world"]);
  expect(await analyze(with_("standby-key", { reusable: true }))).toEqual(["tailnet-key"]);
  expect(await analyze(with_("standby-gateway", { connection: { host: "h" } }))).toEqual(["host-key-pinned"]);
  expect(await analyze(with_("standby-gateway", { create: `echo ${planted.modelKey}` }))).toEqual(["secrets-in-place"]);
  expect(await analyzeStack([the("standby-droplet")])).toEqual(["behind-firewall"]);
});

it("sees whether a secret is marked, and stops one that is not", async () => {
  const plain = with_("standby-gateway", { stdin: the("standby-gateway").inputs.stdin });
  await expect(remediate(plain)).rejects.toThrow(
    /standby-gateway: stdin has a secret of this stack's configuration in plain/,
  );
});

it("does not take offence at what a preview does not know yet", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"; // the engine's word for a text that it does not know yet
  expect(await analyze(with_("standby-gateway", { connection: { host: unknown, hostKey: unknown } }))).toEqual([]);
  expect(await analyze(with_("standby-droplet", { userData: unknown }))).toEqual([]);
  await remediate(with_("standby-droplet", { userData: unknown }));
});
