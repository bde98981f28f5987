import { execFile } from "node:child_process";

/**
 * Tells systemd how we are. The notification socket is a datagram socket, which Node cannot write to, so the small
 * `systemd-notify` does it, a few milliseconds twice a minute. Without systemd around us nothing happens.
 */
export function notify(...assignments: string[]): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  execFile("/usr/bin/systemd-notify", assignments, { timeout: 5_000 }, (error) => {
    if (error !== null) process.stdout.write(`<4>systemd-notify: ${error.message.trim()}\n`);
  });
}

/** How often systemd wants to hear from us, with room to spare; undefined if it does not ask. */
export function watchdogPeriodMs(): number | undefined {
  const askedUs = Number(process.env.WATCHDOG_USEC);
  return Number.isFinite(askedUs) && askedUs > 0 ? askedUs / 1000 / 3 : undefined;
}
