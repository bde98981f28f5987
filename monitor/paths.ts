/** Where things are on the standby machine. systemd sets the directories; the rest is agreed with the program. */
export const paths = {
  config: "/etc/openclaw-standby/monitor.json",
  /** Gone at every boot, kept over restarts of the monitor. */
  runtimeDir: process.env.RUNTIME_DIRECTORY ?? "/run/openclaw-standby",
  /** Kept for good. */
  stateDir: process.env.STATE_DIRECTORY ?? "/var/lib/openclaw-standby",
};
