import type { Note } from "../../monitor/notes.ts";
import type { Action } from "../../monitor/observation.ts";
import type { Settings } from "../../monitor/settings.ts";
import { isHolding, peersOf, type State } from "../../monitor/state.ts";
import type { VirtualClock } from "./clock.ts";
import { maxRoleChangesPerHour, stableAfterMs } from "./damping.ts";
import { fateOf, isAiling } from "./fate.ts";
import type { SimulatedPeer } from "./peer.ts";
import type { SimulatedStandby } from "./standby.ts";
import type { Turn } from "./worlds.ts";

/** How long the standby may take, in milliseconds of an unchanging world. */
interface Bounds {
  /** From the primary's death to a connected channel here, whatever went before. */
  activeMs: number;
  /** The same, where the standby was watching a healthy primary in peace. */
  activeFromCalmMs: number;
  /** From the primary's last healthy moment to a role other than standby, whatever it is or says meanwhile. */
  ailingMs: number;
  /** From the primary's return to a closed channel here, where the recovery has to last no longer than usual. */
  standbyMs: number;
  /** From the primary's return to the last takeover that may come of its absence. */
  servedMs: number;
  /** From the moment that this machine is cut off to the last takeover that may come of what was seen before. */
  blindMs: number;
}

/** Of the simulated gateway: pull, start, channel, the looks that see it. */
const connectedMs = 500 + 8_000 + 500 + 500 + 200;
const witnessMs = 3_000;
const hourMs = 3_600_000;

function boundsOf({ before, probe, promotion }: Settings): Bounds {
  const { intervalMs, quickIntervalMs, timeoutMs, failThreshold } = probe;
  // The first question is asked within an interval, the second a suspicious second later, the others quickly.
  const detectMs = intervalMs + 1_000 + failThreshold * quickIntervalMs + timeoutMs + witnessMs + quickIntervalMs;
  // What may still be under way: a grace period, an attempt that runs into its time limit, the longest wait.
  const graceMs = Math.max(probe.startupGraceMs, probe.restartGraceMs) + promotion.timeoutMs + promotion.retryMaxMs;
  const provenMs = Math.max(probe.minimumStableMs, probe.recoverThreshold * intervalMs);
  return {
    activeFromCalmMs: detectMs + connectedMs,
    // Isolation that ends has everything counted once more.
    activeMs: 2 * detectMs + connectedMs + graceMs + timeoutMs + 60_000,
    // Every excuse once, and after each of them the time that a restart may take.
    ailingMs:
      probe.drainGraceMs + probe.startGraceMs + probe.degradedGraceMs + 3 * probe.restartGraceMs + detectMs + 60_000,
    // A look at the units is up to 30 s away, and a request that was refused is made again after the longest wait at
    // worst; a drill, or a gateway that is made warm, may run into its time limit first.
    standbyMs:
      2 * intervalMs +
      timeoutMs +
      provenMs +
      promotion.retryMaxMs +
      promotion.timeoutMs +
      connectedMs +
      30_000 +
      10_000,
    // What is known of a dead one, while it is left to another one to take over, is an interval old.
    servedMs: (before.length > 0 ? intervalMs : 0) + 2 * timeoutMs + 2 * quickIntervalMs + witnessMs + 2_000,
    blindMs: 2 * timeoutMs + 2 * quickIntervalMs + witnessMs + 2_000,
  };
}

export interface BoundsWatch {
  acted(action: Action): void;
  looked(): void;
  told(notes: Note[], state: State): void;
  /** The world has changed, by this turn: clocks start anew. */
  changed(standby: SimulatedStandby, what: Turn["what"]): void;
  /** Throws if a bound is broken now. */
  check(standby: SimulatedStandby): void;
}

/** Looks over the standby's shoulder and throws, with the time, at the first broken promise. */
export function watchBounds(settings: Settings, clock: VirtualClock): BoundsWatch {
  const bounds = boundsOf(settings);
  const changesLimit = maxRoleChangesPerHour(settings);
  let expectation: { role: "active" | "standby"; fromMs: number; withinMs: number } | undefined;
  let ailingSinceMs: number | undefined;
  let blindSinceMs: number | undefined;
  let blindAfterMs = 0;
  let disturbedMs = Number.NEGATIVE_INFINITY;
  let observedSinceAction = true;
  let wasHolding = false;
  let heldDown = false;
  let paused = false;
  let goneSinceMs: number | undefined;
  /** Since when each peer has been healthy, whether or not it could be reached from here. */
  let healthySinceMs: (number | undefined)[] = [];
  /** Nothing here keeps a promotion from succeeding. */
  let works = true;
  /** The last thing that happened to this machine. */
  let startedMs = 0;
  let pauseOverMs: number | undefined;
  const changesMs: number[] = [];
  const takeoversMs: number[] = [];

  function broken(what: string): never {
    throw new Error(`at ${clock.nowMs()} ms: ${what}`);
  }

  /** How much longer than usual a recovery has to last at present. */
  function dampingMs(): number {
    const flaps = takeoversMs.filter((atMs) => clock.nowMs() - atMs < settings.flap.windowMs).length;
    return stableAfterMs(settings, flaps) - settings.probe.minimumStableMs;
  }

  function dueMs({ role, fromMs, withinMs }: NonNullable<typeof expectation>): number {
    return fromMs + withinMs + (role === "standby" ? dampingMs() : 0);
  }

  /** A takeover has just been decided; by hand any is right. */
  function tookOver({ durable }: State): void {
    takeoversMs.push(clock.nowMs());
    if (durable.standing?.kind === "promoted") return;
    if (heldDown) broken("promoted although a demotion by hand holds, and nobody was healthy since");
    if (blindSinceMs !== undefined && clock.nowMs() - blindSinceMs > blindAfterMs) {
      broken("promoted although this machine is cut off");
    }
    if (healthySinceMs.some((sinceMs) => sinceMs !== undefined && clock.nowMs() - sinceMs > bounds.servedMs)) {
      broken("promoted although somebody before us has been healthy for long");
    }
  }

  function changedRole(notes: Note[]): void {
    if (clock.nowMs() - disturbedMs < hourMs) return;
    changesMs.push(clock.nowMs());
    while (clock.nowMs() - changesMs[0]! >= hourMs) changesMs.shift();
    if (changesMs.length > changesLimit) {
      broken(`change of role ${changesMs.length} within an hour, of ${changesLimit}: ${notes.map(({ kind }) => kind)}`);
    }
  }

  const watch: BoundsWatch = {
    acted(action) {
      if (!observedSinceAction) broken(`"${action}" was issued without an observation since the action before`);
      observedSinceAction = false;
      if (paused) broken(`"${action}" was issued although a pause holds`);
    },
    looked() {
      observedSinceAction = true;
    },
    told(notes, state) {
      for (const note of notes) {
        if (note.kind === "ordered") paused = note.order === "pause";
        if (note.kind === "orderOver") paused = false;
        if (note.kind === "promotionFailed" && works && clock.nowMs() - startedMs > bounds.activeMs) {
          broken(`a promotion failed although everything here works: ${note.why}`);
        }
        if (note.kind === "promoting" && note.attempt === 1 && !wasHolding) tookOver(state);
        if (note.kind === "drillBecameReal") takeoversMs.push(clock.nowMs());
      }
      const holding = isHolding(state.role);
      if (holding !== wasHolding && state.role.kind !== "unknown") changedRole(notes);
      if (state.role.kind !== "unknown") wasHolding = holding;
    },
    changed(standby, what) {
      if (!["peer", "network", "witnesses", "monitorRestart", "nothing"].includes(what.kind)) {
        disturbedMs = clock.nowMs();
        changesMs.length = 0;
      }
      if (what.kind === "order") {
        // A primary that was healthy a moment before, or seems to be still, may end the order at once.
        const longGone = goneSinceMs !== undefined && clock.nowMs() - goneSinceMs > bounds.blindMs;
        const noticed = peersOf(standby.state()).every(({ kind }) => kind !== "healthy");
        heldDown = what.order.kind === "demote" && standby.isWatching() && longGone && noticed;
      }
      if (!["peer", "witnesses", "nothing"].includes(what.kind)) startedMs = clock.nowMs();
      works = standby.units.temper() === "works" && standby.units.isObedient();
      const served = standby.peers.some(isHealthy);
      if (served) heldDown = false;
      if (served) goneSinceMs = undefined;
      else goneSinceMs ??= clock.nowMs();

      if (what.kind === "network" && what.network === "cutOff" && blindSinceMs === undefined) {
        // Where all was well before, nothing that was seen then can lead to a takeover.
        const known = peersOf(standby.state());
        const calm = standby.peers.some((peer, rank) => isHealthy(peer) && known[rank]?.kind === "healthy");
        blindAfterMs = calm ? 0 : bounds.blindMs;
        blindSinceMs = clock.nowMs();
      }
      if (standby.network() !== "cutOff") blindSinceMs = undefined;
      healthySinceMs = standby.peers.map((peer, rank) =>
        !isHealthy(peer) ? undefined : (healthySinceMs[rank] ?? clock.nowMs()),
      );

      if (!isAiling(standby)) ailingSinceMs = undefined;
      else if (what.kind !== "peer" || ailingSinceMs === undefined) ailingSinceMs = clock.nowMs();

      if (what.kind === "order") pauseOverMs = undefined;
      const standing = standby.state().durable.standing;
      if (standing?.kind === "paused" && standing.untilMs !== undefined && ["order", "reboot"].includes(what.kind)) {
        // After a reboot the time of day decides, which may have been set back: then it lasts as long once more.
        pauseOverMs = clock.nowMs() + standing.untilMs - standing.sinceMs;
      }
      const fate = fateOf(standby, {
        isPauseOver: pauseOverMs !== undefined && clock.nowMs() >= pauseOverMs,
        isHeldDown: heldDown,
      });
      const calm = expectation?.role === "standby" && clock.nowMs() >= dueMs(expectation);
      if (fate === undefined) {
        expectation = undefined;
        return;
      }
      const withinMs = fate === "standby" ? bounds.standbyMs : calm ? bounds.activeFromCalmMs : bounds.activeMs;
      const mine = { role: fate, fromMs: clock.nowMs(), withinMs };
      expectation = mine;
      const wake = () => {
        if (expectation !== mine) return;
        if (clock.nowMs() >= dueMs(mine)) watch.check(standby);
        else clock.after(dueMs(mine) - clock.nowMs(), wake);
      };
      clock.after(withinMs, wake);
    },
    check(standby) {
      if (ailingSinceMs !== undefined && clock.nowMs() - ailingSinceMs > bounds.ailingMs) {
        if (standby.state().role.kind === "standby")
          broken("the primary has not served for long, and nobody else does");
      }
      if (expectation === undefined || clock.nowMs() < dueMs(expectation)) return;
      const view = standby.units.view(true);
      const { role, durable } = standby.state();
      if (view.kind !== "seen") return;
      const is = `the units are ${JSON.stringify(view)}, the role ${role.kind}, by hand ${durable.standing?.kind}`;
      if (expectation.role === "active" && !(view.channel.kind === "running" && role.kind === "active")) {
        broken(`nobody else serves and we do not: ${is}`);
      }
      if (expectation.role === "active") return;
      if (!(isDown(view.channel.kind) && role.kind === "standby")) {
        broken(`somebody before us is healthy and we do not stand back: ${is}`);
      }
      const warm = settings.promotion.mode === "warm";
      if (warm && standby.units.temper() === "works" && view.gateway.kind !== "running") {
        broken(`the gateway here is to be kept warm: ${is}`);
      }
      if (!warm && !isDown(view.gateway.kind)) broken(`the gateway here runs for nothing: ${is}`);
    },
  };
  return watch;
}

function isHealthy(peer: SimulatedPeer): boolean {
  return peer.behaviour().kind === "healthy";
}

function isDown(kind: string): boolean {
  return kind === "stopped" || kind === "failed";
}
