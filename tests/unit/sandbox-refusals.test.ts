import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { ensureHostPackages } from "../../sandbox/machines/host.ts";

afterEach(() => vi.restoreAllMocks());

it("the sandbox says what it needs root for, before it does anything", async () => {
  vi.spyOn(process as { getuid: () => number }, "getuid").mockReturnValue(1000);
  await expect(ensureHostPackages(() => {})).rejects.toThrow(/needs root.*sudo npm run sandbox/s);
});

it("a cloud whose port is taken names the port, and how to find who has it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const dir = mkdtempSync(join(tmpdir(), "cloud-"));
  try {
    const config = {
      listen: { address: "127.0.0.1", port },
      stateFile: join(dir, "state.json"),
      logFile: join(dir, "log"),
      digitalOcean: { token: "t", images: {}, addresses: { first: "198.51.100.100", count: 1 } },
      tailscale: {
        apiKey: "k",
        oauth: {},
        headscale: { url: "https://127.0.0.1:1", apiKey: "", caPem: "" },
        domain: "d",
      },
    };
    writeFileSync(join(dir, "cloud.json"), JSON.stringify(config));
    const daemon = spawn(process.execPath, ["sandbox/cloud/daemon.ts", join(dir, "cloud.json")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    daemon.stderr.setEncoding("utf8").on("data", (part) => {
      said += part;
    });
    const code = await new Promise((resolve) => daemon.once("close", resolve));
    expect([code, said]).toEqual([1, expect.stringContaining(`Port ${port} on 127.0.0.1 is taken`)]);
    expect(said).toContain(`ss -ltnp 'sport = :${port}'`);
  } finally {
    other.close();
    rmSync(dir, { recursive: true });
  }
});
