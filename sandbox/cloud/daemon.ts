/**
 * The cloud on your own machine: `node daemon.ts CONFIG.json`. DigitalOcean's API at /v2, Tailscale's at /api/v2,
 * droplets that are machines of the hypervisor. It prints "ready" when it answers.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { createMachine, destroyMachine, powerOff, rebootMachine, startMachine } from "../machines/machine.ts";
import { sizes } from "./digitalocean/catalog.ts";
import type { DigitalOceanConfig, Hypervisor } from "./digitalocean/cloud.ts";
import { digitalOcean } from "./digitalocean.ts";
import { enforce } from "./firewall.ts";
import { serve } from "./http.ts";
import { openState } from "./state.ts";
import { type TailscaleConfig, tailscale } from "./tailscale.ts";

export interface CloudConfig {
  readonly listen: { readonly address: string; readonly port: number };
  readonly stateFile: string;
  readonly logFile: string;
  readonly digitalOcean: DigitalOceanConfig;
  readonly tailscale: TailscaleConfig;
}

const config = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as CloudConfig;
const { state, save } = openState(config.stateFile);
const hypervisor: Hypervisor = {
  create: (droplet, publicKeys) =>
    createMachine({
      name: droplet.machine,
      hostname: droplet.name,
      ipv4: droplet.ipv4,
      layers: config.digitalOcean.images[droplet.image]!,
      memoryMiB: sizes[droplet.size]!.memory,
      userData: droplet.userData,
      publicKeys,
      metadata: { instanceId: String(droplet.id) },
    }),
  start: startMachine,
  powerOff: (machine) => powerOff(machine),
  reboot: rebootMachine,
  destroy: destroyMachine,
  enforce,
};
const log = (line: string) => appendFileSync(config.logFile, `${new Date().toISOString()} ${line}\n`);
const { address, port } = config.listen;
const server = serve(
  [digitalOcean(config.digitalOcean, state, save, hypervisor), tailscale(config.tailscale, state, save)],
  log,
);
server.on("error", (error: NodeJS.ErrnoException) => {
  console.error(
    error.code === "EADDRINUSE"
      ? `Port ${port} on ${address} is taken by another program: \`ss -ltnp 'sport = :${port}'\` names it. End it, then run this again.`
      : `The cloud cannot listen on ${address}:${port}: ${error.message}`,
  );
  process.exit(1);
});
server.listen(port, address, () => console.log("ready"));
