import type { SimulatedPeer } from "./peer.ts";
import type { SimulatedStandby } from "./standby.ts";

/**
 * Where an unchanging world must lead; undefined where it promises nothing. `isPauseOver`: the time that a pause was
 * ordered for has passed. `isHeldDown`: since a demotion was ordered nobody before us has been healthy.
 */
export function fateOf(
  standby: SimulatedStandby,
  { isPauseOver, isHeldDown }: { isPauseOver: boolean; isHeldDown: boolean },
): "active" | "standby" | undefined {
  const { peers, units } = standby;
  if (!units.isObedient() || !standby.isWatching()) return undefined;
  const { standing } = standby.state().durable;
  if (standing?.kind === "paused" && !isPauseOver) return undefined;
  if (standing?.kind === "promoted") return units.temper() === "works" ? "active" : undefined;
  if (isHeldDown) return "standby";
  if (standby.network() !== "up") return undefined;
  if (peers.some((peer) => peer.behaviour().kind === "healthy")) return "standby";
  // Somebody was healthy, and perhaps for long enough to end the order.
  if (standing?.kind === "demoted") return undefined;
  if (units.temper() !== "works" || !peers.every(isDead)) return undefined;
  // Where nobody vouches for us, at least one of the dead must have refused us itself.
  return standby.doWitnessesAnswer() || peers.some(answersForItself) ? "active" : undefined;
}

/** Not serving, in whatever way, and everything here would be able to. */
export function isAiling(standby: SimulatedStandby): boolean {
  const { peers, units } = standby;
  const able = units.isObedient() && units.temper() === "works" && standby.isWatching();
  if (!able || standby.network() !== "up" || !standby.doWitnessesAnswer()) return false;
  if (standby.state().durable.standing !== undefined) return false;
  return peers.every((peer, rank) => (rank === 0 ? peer.behaviour().kind !== "healthy" : isDead(peer)));
}

function isDead(peer: SimulatedPeer): boolean {
  return ["crashed", "hung", "cut", "html", "unable"].includes(peer.behaviour().kind);
}

function answersForItself(peer: SimulatedPeer): boolean {
  return ["crashed", "html", "unable"].includes(peer.behaviour().kind);
}
