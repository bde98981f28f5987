import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { askChannel, startChannel } from "./channel-state.ts";
import { notify } from "./systemd.ts";

/** How often the channel is looked at while it opens, and once it is open. */
const openingEveryMs = 500;
const openEveryMs = 5_000;
/** The gateway is told again, and in another way, to open a channel that has not begun to open for this long. */
const insistEveryMs = 5_000;
/** systemd is asked what became of a gateway that does not answer. */
const systemdEveryMs = 3_000;
/** A channel may be away for this long: it reconnects by itself. After that this ends, and the monitor sees it. */
const lostLimitMs = 60_000;

/** Puts the configuration in place that has the channel open. The same script closes it again. */
const door = "/usr/lib/openclaw-standby/channel-door";

/** What the unit's environment file says. */
export interface ChannelEnvironment {
  /** OpenClaw's name of the channel. */
  readonly CHANNEL?: string;
  /** JSON file with the gateway's token as `gatewayToken`. */
  readonly SECRETS_FILE?: string;
  readonly GATEWAY_PORT?: string;
}

/**
 * `openclaw-channel.service`: opens the standby's channel and stays for as long as it is open. It says READY to systemd
 * when the gateway says that the channel is connected, so that "active" means reachable, and not just started; and it
 * ends with 1 when the channel is lost for a minute. Run as openclaw's user, who may read the gateway's token.
 */
export async function keepChannelOpen(environment: ChannelEnvironment): Promise<never> {
  const { CHANNEL: channel = "", SECRETS_FILE = "", GATEWAY_PORT } = environment;
  const { gatewayToken } = JSON.parse(readFileSync(SECRETS_FILE, "utf8")) as { gatewayToken: string };
  const port = Number(GATEWAY_PORT);
  let goodMs: number | undefined;
  let insistedMs = performance.now();
  let said = "";
  const say = (text: string) => {
    if (text !== said) console.log(text);
    said = text;
    notify(`STATUS=${text}`);
  };
  openTheDoor();
  for (;;) {
    const state = await askChannel(port, gatewayToken, channel);
    const nowMs = performance.now();
    if (state.kind === "ready") {
      if (goodMs === undefined) notify("READY=1");
      goodMs = nowMs;
      say(`The channel "${channel}" is connected.`);
    } else {
      say(`The channel "${channel}" is not connected: ${state.detail}.`);
      if (goodMs !== undefined && nowMs - goodMs > lostLimitMs) {
        console.log(`<3>The channel "${channel}" has been lost for ${lostLimitMs / 1000} s: giving up.`);
        process.exit(1);
      }
      if (state.kind === "noGateway" && (await gatewayIsGone(nowMs))) {
        console.log("<3>openclaw.service has ended: there is no gateway to open a channel on.");
        process.exit(1);
      }
      if ((state.kind === "closed" || state.kind === "stopped") && nowMs - insistedMs > insistEveryMs) {
        insistedMs = nowMs;
        // A change of the configuration that fell into the gateway's own start is not always seen by it.
        if (state.kind === "closed") openTheDoor();
        else await startChannel(port, gatewayToken, channel).catch((error: Error) => say(`${error.message}.`));
      }
    }
    await wait(goodMs === undefined ? openingEveryMs : openEveryMs);
  }
}

let askedSystemdMs = performance.now();

/** Whether systemd has given up on the gateway, or somebody has stopped it. Asked every few seconds at most. */
function gatewayIsGone(nowMs: number): Promise<boolean> {
  if (nowMs - askedSystemdMs < systemdEveryMs) return Promise.resolve(false);
  askedSystemdMs = nowMs;
  return new Promise((resolve) => {
    execFile("/usr/bin/systemctl", ["is-active", "openclaw.service"], { timeout: 5_000 }, (_error, out) =>
      resolve(["failed", "inactive"].includes(out.trim())),
    );
  });
}

function openTheDoor(): void {
  execFile(door, ["open"], { timeout: 5_000 }, (error) => {
    if (error !== null) console.log(`<3>${door} open: ${error.message.trim()}`);
  });
}
