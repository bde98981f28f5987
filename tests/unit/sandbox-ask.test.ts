import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { ask } from "../../sandbox/ask.ts";

/** An IRC server of one moment: `onMessage` says what comes back for a direct message of the owner. */
function ircServer(behaviour: {
  nickInUse?: number;
  onMessage(text: string, nick: string): string[];
}): Promise<Server> {
  let refusals = behaviour.nickInUse ?? 0;
  const serve = (socket: Socket) => {
    const send = (line: string) => socket.write(`${line}\r\n`);
    socket.on("error", () => undefined);
    createInterface({ input: socket }).on("line", (line) => {
      const [command = "", target = "", ...words] = line.split(" ");
      if (command === "USER" && refusals-- > 0) send(":irc 433 * owner :Nickname already in use");
      else if (command === "USER") send(":irc 001 owner :Welcome");
      else if (command === "PRIVMSG") behaviour.onMessage(words.join(" ").replace(/^:/, ""), target).forEach(send);
      else if (command === "QUIT") socket.end();
    });
  };
  return new Promise((resolve) => {
    server = createServer(serve).listen(0, "127.0.0.1", () => resolve(server));
  });
}

let server: Server;
afterEach(() => {
  server.close();
});

const irc = () => ({ irc: { host: "127.0.0.1", port: (server.address() as AddressInfo).port, password: "" } });
const noSuchNick = (nick: string) => `:irc 401 owner ${nick} :No such nick or channel name`;
const says = (nick: string, text: string) => `:${nick}!~openclaw@198.51.100.20 PRIVMSG owner :${text}`;

test("the answer is the message that repeats the question, whatever else is said before", async () => {
  await ircServer({ onMessage: (text, nick) => [says(nick, "One moment."), says(nick, `Heard: ${text}`)] });
  const answer = await ask(irc(), "primary", "are you there? 17", 2000);
  expect(answer.text).toBe("Heard: are you there? 17");
});

test("somebody else's words are no answer", async () => {
  await ircServer({ onMessage: (text) => [says("mallory", text)] });
  await expect(ask(irc(), "primary", "hello", 300)).rejects.toThrow('"primary" took the message and said nothing');
});

test("the question is asked again until the gateway has come, and the wait for it is told apart", async () => {
  let asked = 0;
  await ircServer({ onMessage: (text, nick) => [++asked < 3 ? noSuchNick(nick) : says(nick, text)] });
  const answer = await ask(irc(), "standby", "hello", 3000);
  expect(asked).toBe(3);
  expect(answer.takenAfterMs).toBeGreaterThanOrEqual(300);
  expect(answer.answeredAfterMs).toBeGreaterThanOrEqual(answer.takenAfterMs);
});

test("a gateway that never comes is called absent", async () => {
  await ircServer({ onMessage: (_, nick) => [noSuchNick(nick)] });
  await expect(ask(irc(), "standby", "hello", 500)).rejects.toThrow('"standby" was not on IRC');
});

test("the owner waits for the nick of the one who asked before", async () => {
  await ircServer({ nickInUse: 2, onMessage: (text, nick) => [says(nick, text)] });
  expect((await ask(irc(), "primary", "hello", 2000)).text).toBe("hello");
});
