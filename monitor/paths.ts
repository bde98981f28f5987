/** Gone at every boot, kept over restarts of the monitor. systemd sets the directories. */
const runtimeDir = process.env.RUNTIME_DIRECTORY ?? "/run/openclaw-standby";
/** Kept for good. */
const stateDir = process.env.STATE_DIRECTORY ?? "/var/lib/openclaw-standby";

/** Where things are on the standby machine, as agreed with the program. */
export const paths = {
  config: "/etc/openclaw-standby/monitor.json",
  runtimeDir,
  stateDir,
  /** `memory.ts`: until the next boot. */
  memory: `${runtimeDir}/memory.json`,
  /** `durable.ts`: for good. */
  durable: `${stateDir}/orders.json`,
  /** `control.ts`: where orders are taken. */
  controlSocket: `${runtimeDir}/control.sock`,
};
