import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import irc, { type Client, type PrivateMessage, type ServerError } from "irc-framework";
import type { Hub } from "./hub/hub.ts";

/**
 * The owner's mask on the hub's IRC server when seen from the sandbox's host: what a gateway's
 * `channels.irc.allowFrom` has to name. The tilde is there because no ident server vouches for the user name.
 */
export const ownerMask = "owner!~owner@198.51.100.1";

/** What a gateway said, and how long the owner waited for it. */
export interface Answer {
  text: string;
  /** From the question to the moment the gateway was in the channel and took it. */
  takenAfterMs: number;
  /** From the question to the answer. */
  answeredAfterMs: number;
}

/** The owner, connected to IRC. One at a time: the nick is one. */
export interface Owner {
  /**
   * Sends `text` to `nick` as a direct message, again and again while nobody has that nick, and waits for the answer
   * that repeats it. @throws after `timeoutMs`, saying whether the gateway was absent or silent.
   */
  ask(nick: string, text: string, timeoutMs: number): Promise<Answer>;
  /** Is somebody there under that nick? */
  isThere(nick: string): Promise<boolean>;
  leave(): Promise<void>;
}

/** Asks one question as the owner and leaves again. See `Owner.ask`. */
export async function ask(hub: Pick<Hub, "irc">, nick: string, text: string, timeoutMs: number): Promise<Answer> {
  const owner = await joinAsOwner(hub);
  try {
    return await owner.ask(nick, text, timeoutMs);
  } finally {
    await owner.leave();
  }
}

/** Connects to the hub's IRC server as "owner". @throws when the server does not take the owner within 10 s. */
export async function joinAsOwner(hub: Pick<Hub, "irc">): Promise<Owner> {
  const client = await connect(hub);
  return {
    ask: (nick, text, timeoutMs) => askOn(client, nick, text, timeoutMs),
    isThere: (nick) => new Promise((resolve) => client.whois(nick, ({ error }) => resolve(error === undefined))),
    async leave() {
      const closed = once(client, "close", { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
      client.quit();
      await closed;
    },
  };
}

async function connect(hub: Pick<Hub, "irc">): Promise<Client> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const client = new irc.Client();
    const { signal, ...outcome } = outcomeOf(client);
    client.connect({ ...hub.irc, nick: "owner", username: "owner", gecos: "The owner", auto_reconnect: false });
    const result = await Promise.race([outcome.result, sleep(5000, "no answer" as const, { signal }).catch(() => "")]);
    if (result === "registered") return client;
    client.quit();
    // The one who asked before may still be on his way out.
    if (Date.now() > deadline)
      throw new Error(`IRC at ${hub.irc.host}:${hub.irc.port} did not take "owner": ${result}.`);
    await sleep(200);
  }
}

function outcomeOf(client: Client): { result: Promise<string>; signal: AbortSignal } {
  const settled = new AbortController();
  const result = new Promise<string>((resolve) => {
    const end = (text: string) => {
      resolve(text);
      settled.abort();
    };
    client.once("registered", () => end("registered"));
    client.once("nick in use", () => end("the nick is in use"));
    client.once("close", () => end("the connection was closed"));
  });
  return { result, signal: settled.signal };
}

async function askOn(client: Client, nick: string, text: string, timeoutMs: number): Promise<Answer> {
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  const heard: string[] = [];
  let absentAtMs: number | undefined;
  let answer: { text: string; afterMs: number } | undefined;
  const onMessage = (message: PrivateMessage) => {
    if (message.nick !== nick) return;
    heard.push(message.message);
    if (message.message.includes(text)) answer ??= { text: message.message, afterMs: elapsedMs() };
  };
  const onError = (error: ServerError) => {
    if (error.error === "no_such_nick" && error.nick === nick) absentAtMs = elapsedMs();
  };
  client.on("privmsg", onMessage).on("irc error", onError);
  try {
    let sentAtMs = elapsedMs();
    client.say(nick, text);
    while (!answer) {
      const absent = absentAtMs !== undefined && absentAtMs >= sentAtMs;
      if (elapsedMs() > timeoutMs) throw new Error(silence(nick, timeoutMs, absent, heard));
      await sleep(200);
      if (absent) {
        sentAtMs = elapsedMs();
        client.say(nick, text);
      }
    }
    return { text: answer.text, takenAfterMs: sentAtMs, answeredAfterMs: answer.afterMs };
  } finally {
    client.off("privmsg", onMessage).off("irc error", onError);
  }
}

function silence(nick: string, timeoutMs: number, absent: boolean, heard: string[]): string {
  const waited = `${timeoutMs / 1000} s`;
  if (absent) return `"${nick}" was not on IRC for ${waited}.`;
  if (heard.length === 0) return `"${nick}" took the message and said nothing for ${waited}.`;
  return `"${nick}" did not answer the question within ${waited}. It said: ${heard.join(" | ")}`;
}
