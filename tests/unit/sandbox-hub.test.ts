import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { debSource } from "../../sandbox/guest/apt-source.ts";
import { fileFor, serveFolders } from "../../sandbox/guest/folder-server.ts";
import { createAuthority } from "../../sandbox/hub/authority.ts";
import { patienceMs, questionOf, serveModel } from "../../sandbox/hub/guest/model.ts";

const context = 'Conversation info: ⟦openclaw:ctx⟧\n```json\n{"sender":{"name":"owner"}}\n```\n\n';

describe("the model", () => {
  test.each([
    ["plain", "are you there?", "are you there?"],
    [
      "in OpenClaw's wrapping",
      `[Tue 02:26 UTC] ${context}are you there?\n\nRuntime: agent=main | host=vm`,
      "are you there?",
    ],
    ["of two lines", `[Tue 02:26 UTC] ${context}one\ntwo`, "one\ntwo"],
  ])("finds the question %s", (_, content, question) => {
    expect(questionOf([{ role: "user", content }])).toBe(question);
  });

  test("takes the last thing said, not the context that OpenClaw adds behind it", () => {
    const added = {
      type: "text",
      text: "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nnone\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>",
    };
    const messages = [
      { role: "user", content: "before" },
      { role: "assistant", content: "Heard" },
      { role: "user", content: [{ type: "text", text: "now" }] },
      { role: "user", content: [added] },
    ];
    expect(questionOf(messages)).toBe("now");
  });

  test("keeps one waiting who asks for it, but not for ever", () => {
    expect(patienceMs("hello")).toBe(0);
    expect(patienceMs("wait 12 s and say hello")).toBe(12_000);
    expect(patienceMs("wait 999 s")).toBe(600_000);
  });

  test("answers as a stream and as one piece", async () => {
    const server = await serveModel(0, "127.0.0.1");
    try {
      const ask = (stream: boolean) =>
        fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`, {
          method: "POST",
          body: JSON.stringify({ model: "echo", stream, messages: [{ role: "user", content: "hello" }] }),
        });
      const whole = (await (await ask(false)).json()) as { choices: { message: { content: string } }[] };
      expect(whole.choices[0]?.message.content).toBe("Heard from 127.0.0.1: hello");
      const events = (await (await ask(true)).text()).trim().split("\n\n");
      expect(events[0]).toContain('"delta":{"role":"assistant","content":"Heard from 127.0.0.1: hello"}');
      expect(events.at(-1)).toBe("data: [DONE]");
    } finally {
      server.close();
    }
  });
});

test("the hub's certificate is for its address, by an authority that a machine can trust", async () => {
  const { caPem, certificatePem } = await createAuthority("198.51.100.10");
  const [authority, certificate] = [new X509Certificate(caPem), new X509Certificate(certificatePem)];
  expect(authority.ca).toBe(true);
  expect(certificate.checkIP("198.51.100.10")).toBe("198.51.100.10");
  expect(certificate.verify(authority.publicKey)).toBe(true);
});

test("a deb822 source carries its key, indented, with a dot for each empty line", () => {
  expect(debSource("http://198.51.100.10", "node", "-----BEGIN-----\n\nabc\n-----END-----\n")).toBe(
    "Types: deb\nURIs: http://198.51.100.10/node\nSuites: nodistro\nComponents: main\n" +
      "Signed-By:\n -----BEGIN-----\n .\n abc\n -----END-----\n",
  );
});

describe("the folders that a machine may read while it is made", () => {
  const folders = { packages: "/cache/apt" };

  test.each([
    ["/packages/a/b.deb", "/cache/apt/a/b.deb"],
    ["/packages/../../etc/passwd", undefined],
    ["/packages/%2e%2e/%2e%2e/etc/passwd", undefined],
    ["/other/file", undefined],
    ["/packages", undefined],
  ])("%s means %s", (url, file) => {
    expect(fileFor(folders, url)).toBe(file);
  });

  test("are served whole; what is not there is 404", async () => {
    const dir = await mkdtemp(join(tmpdir(), "folders-"));
    await writeFile(join(dir, "file"), "content");
    const server = await serveFolders({ here: dir }, "127.0.0.1");
    try {
      expect(await (await fetch(`${server.url}/here/file`)).text()).toBe("content");
      expect((await fetch(`${server.url}/here/none`)).status).toBe(404);
    } finally {
      await server.close();
      await rm(dir, { recursive: true });
    }
  });
});
