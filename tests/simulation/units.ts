import type { Action, UnitsView, UnitView } from "../../monitor/observation.ts";
import type { Settings } from "../../monitor/settings.ts";
import { commandOf } from "../../monitor/unit.ts";
import type { VirtualClock } from "./clock.ts";

/** How the standby's own gateway takes a start. */
export type Temper =
  | "works"
  /** Its process ends a second after it started. */
  | "dies"
  /** Its process runs, and never says ready. */
  | "neverReady"
  /** It gets ready, and its channel does not connect. */
  | "neverConnects";

export type Unit = "gateway" | "channel";

/** systemd, and the two units of a simulated standby. */
export interface SimulatedUnits {
  view(asksReadiness: boolean): UnitsView;
  /** What `systemctl --no-block` answers: an error, or nothing. */
  act(action: Action): string | undefined;
  /** A person with root does it: nobody refuses. */
  byHand(verb: "start" | "stop", unit: Unit): void;
  temper(): Temper;
  setTemper(temper: Temper): void;
  isObedient(): boolean;
  /** With polkit's rule missing, every request is refused. */
  setObedient(obedient: boolean): void;
  /** The gateway's process dies, and systemd does not start it again. */
  crash(): void;
  /** The channel stays lost for so long that its unit gives up. */
  loseChannel(): void;
  /** Power off: nothing runs any more. */
  halt(): void;
}

type Phase = UnitView["kind"];

const pullMs = 500;
const readyAfterMs = 8_000;
/** A channel that opens in a gateway that is ready already; one that the gateway starts with is there sooner. */
const openMs = 2_500;
const openAtStartMs = 500;
const closeMs = 800;
const stopMs = 600;
const diesAfterMs = 1_000;
const channelStartTimeoutMs = 90_000;
/** A channel whose gateway is gone is given up after this. */
const givesUpMs = 10_000;

export function makeUnits(settings: Settings, clock: VirtualClock): SimulatedUnits {
  let temper: Temper = "works";
  let obedient = true;
  const gateway = makePhase(clock);
  const channel = makePhase(clock);
  let readyAtMs = Number.POSITIVE_INFINITY;
  let openSinceMs = 0;
  let startsAgain = false;

  const isDown = (phase: Phase) => phase === "stopped" || phase === "failed";
  const isReady = () => gateway.phase() === "running" && clock.nowMs() >= readyAtMs;

  function startGateway(): void {
    // systemd lets it stop first, and then starts it.
    startsAgain = gateway.phase() === "stopping";
    if (!isDown(gateway.phase())) return;
    gateway.enter("queued");
    gateway.afterwards(pullMs, () => {
      gateway.enter("running");
      const getsReady = temper === "works" || temper === "neverConnects";
      readyAtMs = getsReady ? clock.nowMs() + readyAfterMs : Number.POSITIVE_INFINITY;
      if (temper === "dies") gateway.afterwards(diesAfterMs, () => gateway.enter("failed"));
    });
  }

  function stopGateway(waitMs: number, then: () => void): void {
    if (isDown(gateway.phase())) {
      gateway.enter("stopped");
      gateway.afterwards(waitMs, then);
      return;
    }
    gateway.enter("stopping");
    startsAgain = false;
    gateway.afterwards(waitMs + stopMs, () => {
      gateway.enter("stopped");
      if (startsAgain) startGateway();
      else then();
    });
  }

  function startChannel(): void {
    if (!isDown(channel.phase())) return;
    startGateway();
    channel.enter("starting");
    openSinceMs = clock.nowMs();
    channel.afterwards(100, watchChannel);
  }

  /** What the channel's unit does all its life: opens, watches, gives up. */
  function watchChannel(): void {
    const nowMs = clock.nowMs();
    if (channel.phase() === "starting") {
      if (nowMs - openSinceMs >= channelStartTimeoutMs) {
        channel.enter("failed");
        return;
      }
      const connects = isReady() && temper !== "neverConnects";
      if (connects && nowMs >= Math.max(openSinceMs + openMs, readyAtMs + openAtStartMs)) channel.enter("running");
    }
    if (channel.phase() === "running" && !isReady()) {
      channel.afterwards(givesUpMs, () => (isReady() ? watchChannel() : channel.enter("failed")));
      return;
    }
    // While all is well nothing needs to be looked at: who breaks it says so.
    if (channel.phase() === "starting") channel.afterwards(100, watchChannel);
  }

  function stopChannel(then: () => void): void {
    const idle = isDown(channel.phase());
    channel.enter(idle ? "stopped" : "stopping");
    channel.afterwards(idle ? 0 : closeMs, () => {
      channel.enter("stopped");
      then();
    });
  }

  function gatewayBroke(): void {
    if (channel.phase() === "running") channel.afterwards(0, watchChannel);
  }

  function restartBoth(): void {
    if (isDown(channel.phase())) channel.enter("queued");
    else stopChannel(() => channel.enter("queued"));
    stopGateway(closeMs, () => {
      channel.enter("stopped");
      startChannel();
    });
  }

  /** systemctl's words, and what they do. */
  const jobs: Record<string, () => void> = {
    "start gateway": startGateway,
    "start channel": startChannel,
    "stop channel": () => stopChannel(() => {}),
    "stop gateway": () => {
      stopGateway(0, () => {});
      gatewayBroke();
    },
    "stop channel gateway": () => {
      stopGateway(isDown(channel.phase()) ? 0 : closeMs, () => {});
      stopChannel(() => {});
    },
    "restart gateway": () => stopGateway(0, startGateway),
    "restart gateway channel": restartBoth,
  };

  function perform(verb: string, ...units: Unit[]): void {
    const command = [verb, ...units].join(" ");
    const job = jobs[command];
    if (job === undefined) throw new Error(`nobody should ask systemd to ${command}`);
    job();
  }

  const see = (phase: Phase): UnitView =>
    phase === "failed" ? { kind: "failed", result: "exit-code" } : { kind: phase };

  return {
    view: (asksReadiness) => ({
      kind: "seen",
      gateway: see(gateway.phase()),
      ready: asksReadiness && isReady(),
      channel: see(channel.phase()),
    }),
    act(action) {
      const [verb = "", ...units] = commandOf(settings, action);
      if (!obedient) return `systemctl ${[verb, ...units].join(" ")}: Interactive authentication required`;
      perform(verb, ...units.map((unit): Unit => (unit === settings.channelUnit ? "channel" : "gateway")));
      return undefined;
    },
    byHand: (verb, unit) => perform(verb, unit),
    temper: () => temper,
    setTemper(next) {
      temper = next;
    },
    isObedient: () => obedient,
    setObedient(next) {
      obedient = next;
    },
    crash() {
      if (gateway.phase() !== "running") return;
      gateway.enter("failed");
      gatewayBroke();
    },
    loseChannel() {
      if (channel.phase() === "running") channel.enter("failed");
    },
    halt() {
      gateway.enter("stopped");
      channel.enter("stopped");
    },
  };
}

interface PhaseHolder {
  phase(): Phase;
  /** Enters a phase; what was to come after the one before does not come any more. */
  enter(next: Phase): void;
  afterwards(delayMs: number, run: () => void): void;
}

function makePhase(clock: VirtualClock): PhaseHolder {
  let current: Phase = "stopped";
  let cancel = () => {};
  return {
    phase: () => current,
    enter(next) {
      cancel();
      current = next;
    },
    afterwards(delayMs, run) {
      cancel();
      cancel = clock.after(delayMs, run);
    },
  };
}
