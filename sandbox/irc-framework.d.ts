/** The part of irc-framework (which carries no types) that the sandbox uses. */
declare module "irc-framework" {
  import type { EventEmitter } from "node:events";

  export interface PrivateMessage {
    nick: string;
    target: string;
    message: string;
  }

  export interface ServerError {
    /** irc-framework's name of the numeric, such as "no_such_nick" or "nickname_in_use". */
    error: string;
    nick?: string;
    reason?: string;
  }

  export class Client extends EventEmitter {
    connect(options: {
      host: string;
      port: number;
      password: string;
      nick: string;
      username: string;
      gecos: string;
      auto_reconnect: boolean;
    }): void;
    /** The answer has `error` "not_found" when nobody has that nick. */
    whois(nick: string, callback: (answer: { error?: string }) => void): void;
    say(target: string, message: string): void;
    quit(message?: string): void;
  }

  const irc: { Client: typeof Client };
  export default irc;
}
