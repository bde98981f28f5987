/** A clock that moves only when told to, and runs what is due on the way. Milliseconds. */
export interface VirtualClock {
  nowMs(): number;
  after(delayMs: number, run: () => void): () => void;
  /** Moves to `untilMs`, running everything that falls due, in the order of its time. */
  runUntil(untilMs: number): void;
  /** Leaves out a stretch of time: nothing runs in it, and what is pending keeps its distance. */
  skip(byMs: number): void;
}

interface Entry {
  dueMs: number;
  order: number;
  run: (() => void) | undefined;
}

export function makeClock(startMs = 0): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const heap: Entry[] = [];

  const before = (a: Entry, b: Entry) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

  function push(entry: Entry): void {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  function pop(): Entry {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  return {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const entry: Entry = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run };
      push(entry);
      return () => {
        entry.run = undefined;
      };
    },
    runUntil(untilMs) {
      while (heap.length > 0 && heap[0]!.dueMs <= untilMs) {
        const { dueMs, run } = pop();
        if (run === undefined) continue;
        nowMs = dueMs;
        run();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    skip(byMs) {
      nowMs += byMs;
      for (const entry of heap) entry.dueMs += byMs;
    },
  };
}
