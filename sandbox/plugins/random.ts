/** Stand-in for the random plugin: passwords. */
import { randomInt } from "node:crypto";
import { type ResourceType, serve } from "./plugin.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";

const randomPassword: ResourceType = {
  inputs: ["length", "special", "upper", "lower", "numeric", "keepers", "overrideSpecial"],
  required: ["length"],
  secret: ["result"],
  create: async (inputs) => {
    const classes = [
      inputs.lower !== false && letters,
      inputs.upper !== false && letters.toUpperCase(),
      inputs.numeric !== false && "0123456789",
      inputs.special !== false && String(inputs.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?"),
    ];
    const alphabet = classes.filter(Boolean).join("");
    const result = Array.from({ length: Number(inputs.length) }, () => alphabet[randomInt(alphabet.length)]).join("");
    return { id: "none", outputs: { result } };
  },
};

export const types = { "random:index/randomPassword:RandomPassword": randomPassword };

if (import.meta.main) await serve("random", types);
