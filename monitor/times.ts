import { seconds } from "./words.ts";

/** 45 -> "0.0 s", 90_000 -> "1 min 30 s", 5_400_000 -> "1 h 30 min", 200_000_000 -> "2 d 7 h". */
export function span(ms: number): string {
  if (ms < 3_600_000) return seconds(ms);
  const minutes = Math.floor(ms / 60_000);
  const [big, small, units] = minutes < 1_440 ? [60, 1, ["h", "min"]] : [1_440, 60, ["d", "h"]];
  const rest = Math.floor((minutes % big) / small);
  return `${Math.floor(minutes / big)} ${units[0]}${rest === 0 ? "" : ` ${rest} ${units[1]}`}`;
}

/** "2026-11-24T03:12:05.123Z" -> "2026-11-24 03:12:05". All times of the monitor are UTC: it does not know where its reader is. */
export function utc(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}
