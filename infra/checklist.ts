import type { Settings } from "./config.ts";

/** What is left to do on the primary, which this program does not touch. */
export function primaryChecklist(settings: Pick<Settings, "channel" | "primaryHost" | "primaryPort">): string[] {
  const { channel } = settings;
  return [
    `Disable the channel "${channel.name}" of this standby in the primary's configuration: each gateway owns its channel, none is shared.`,
    `Let the primary's gateway listen on the tailnet (gateway.bind: tailnet, with auth), so that http://${settings.primaryHost}:${settings.primaryPort}/readyz answers from the standby.`,
    "Start the primary's gateway only after its tailnet address exists (After=tailscaled.service, and a wait for `tailscale ip -4`): before that it listens on loopback only and still says ready.",
    "Push the workspace often: the standby works with what was pushed last.",
  ];
}
