/**
 * What the stand-ins for Pulumi's provider plugins share. The engine takes such a program as the plugin of the genuine
 * SDK of the same name and version. This layer takes off the marks of unknown and secret values and puts them back, so
 * that a provider below sees plain values, and what went in secret stays encrypted in the state.
 */
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { type CheckFailure, main, type Provider } from "@pulumi/pulumi/provider/index.js";

export type Values = Record<string, unknown>;
export type Config = Readonly<Record<string, string>>;

/** One type of resource: what it may be told, and what is done about it. */
export interface ResourceType {
  /** Every input that there is; others are refused, so that a typo is an error and not a silence. */
  readonly inputs: readonly string[];
  /** The same for what is inside an input that is an object, or a list of them. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  readonly required?: readonly string[];
  /** Inputs whose change makes another resource. */
  readonly replaceOn?: readonly string[];
  /** Outputs that are secret whatever went in. */
  readonly secret?: readonly string[];
  readonly create: (inputs: Values, config: Config) => Promise<{ id: string; outputs: Values }>;
  /** Looks again; undefined when it is gone. Without it, what is known is kept. */
  readonly read?: (id: string, known: Values, config: Config) => Promise<Values | undefined>;
  readonly update?: (id: string, olds: Values, news: Values, config: Config) => Promise<Values>;
  readonly delete?: (id: string, known: Values, config: Config) => Promise<void>;
}

export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretMark = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const isObject = (v: unknown): v is Values => typeof v === "object" && v !== null && !Array.isArray(v);

/** The value without marks of secrecy, at any depth. */
export function plain(value: unknown): unknown {
  if (isObject(value)) {
    if (value[secretMark] === secretSignature) return plain(value.value);
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

/** Whether something in the value is secret. */
export function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isObject(value) && (value[secretMark] === secretSignature || Object.values(value).some(holdsSecret));
}

const markSecret = (value: unknown) => ({ [secretMark]: secretSignature, value });

/** Outputs with the marks put back: what was secret in the inputs, and what is secret by its nature. */
export function markOutputs(outputs: Values, inputs: Values, secret: readonly string[] = []): Values {
  const defined = Object.entries(outputs).filter(([, v]) => v !== undefined);
  return Object.fromEntries(
    defined.map(([k, v]) => [k, secret.includes(k) || holdsSecret(inputs[k]) ? markSecret(v) : v]),
  );
}

/** Inputs that differ. What is not known yet counts as different. */
export const changed = (type: ResourceType, olds: Values, news: Values): string[] =>
  type.inputs.filter((key) => !isDeepStrictEqual(olds[key], news[key]));

/** Keys that the program gave, without the engine's own. */
const told = (values: Values): string[] => Object.keys(values).filter((k) => !k.startsWith("__"));

/** Keys of an object, or of those in a list, that are not among the known. What is not known yet has none. */
const strangers = (value: unknown, known: readonly string[]): string[] =>
  [value].flat().flatMap((item) => (isObject(item) ? told(item).filter((k) => !known.includes(k)) : []));

/** The type of a resource, from its URN: the last part of the third field. */
const typeOf = (urn: string): string => urn.split("::")[2]!.split("$").at(-1)!;

/** A provider out of its types, keyed by token. `config` is asked at each call: it comes after the start. */
export function provider(types: Readonly<Record<string, ResourceType>>, config: () => Config): Provider {
  const find = (urn: string): ResourceType => {
    const type = types[typeOf(urn)];
    if (!type)
      throw new Error(`the sandbox has no stand-in for ${typeOf(urn)}; it has ${Object.keys(types).join(", ")}`);
    return type;
  };
  const clean = (values: unknown) => plain(values ?? {}) as Values;
  return {
    check: async (urn, _olds, news: Values) => {
      const type = find(urn);
      const failures: CheckFailure[] = [
        ...told(news)
          .filter((k) => !type.inputs.includes(k))
          .map((k) => ({ property: k, reason: `${typeOf(urn)} has no property "${k}"` })),
        ...Object.entries(type.fields ?? {}).flatMap(([k, fields]) =>
          strangers(plain(news[k]), fields).map((f) => ({
            property: `${k}.${f}`,
            reason: `"${k}" of ${typeOf(urn)} has no property "${f}"`,
          })),
        ),
        ...(type.required ?? [])
          .filter((k) => news[k] === undefined)
          .map((k) => ({ property: k, reason: `"${k}" is needed` })),
      ];
      return { inputs: Object.fromEntries(told(news).map((k) => [k, news[k]])), failures };
    },
    diff: async (_id, urn, olds, news) => {
      const type = find(urn);
      const keys = changed(type, clean(olds), clean(news));
      return { changes: keys.length > 0, replaces: keys.filter((k) => type.replaceOn?.includes(k) || !type.update) };
    },
    create: async (urn, inputs: Values) => {
      const type = find(urn);
      const { id, outputs } = await type.create(clean(inputs), config());
      return { id, outs: markOutputs({ ...clean(inputs), ...outputs }, inputs, type.secret) };
    },
    read: async (id, urn, props: Values = {}) => {
      const type = find(urn);
      if (!type.read) return { id, props, inputs: pick(props, type.inputs) };
      const outputs = await type.read(id, clean(props), config());
      if (!outputs) return { id: "", props: {} };
      const marked = markOutputs({ ...clean(props), ...outputs }, props, type.secret);
      return {
        id,
        props: marked,
        inputs: pick(
          marked,
          type.inputs.filter((k) => props[k] !== undefined),
        ),
      };
    },
    update: async (id, urn, olds: Values, news: Values) => {
      const type = find(urn);
      const outputs = (await type.update?.(id, clean(olds), clean(news), config())) ?? {};
      const kept = Object.fromEntries(Object.entries(clean(olds)).filter(([k]) => !type.inputs.includes(k)));
      return { outs: markOutputs({ ...kept, ...clean(news), ...outputs }, { ...olds, ...news }, type.secret) };
    },
    delete: async (id, urn, props) => {
      await find(urn).delete?.(id, clean(props), config());
    },
  };
}

const pick = (values: Values, keys: readonly string[]): Values =>
  Object.fromEntries(keys.filter((k) => values[k] !== undefined).map((k) => [k, values[k]]));

/**
 * Serves a provider to the engine. The SDK's server drops the provider's configuration, so it is taken from the call
 * before the server sees it.
 */
export function serve(name: string, types: Readonly<Record<string, ResourceType>>): Promise<void> {
  const require = createRequire(import.meta.url);
  const grpc = require("@grpc/grpc-js") as {
    Server: { prototype: { addService: (service: unknown, implementation: Server) => void } };
  };
  interface Server {
    configure: (
      call: { request: { getVariablesMap(): { entries(): Iterable<[string, string]> } } },
      done: unknown,
    ) => void;
  }
  let config: Config = {};
  const addService = grpc.Server.prototype.addService;
  grpc.Server.prototype.addService = function (this: unknown, service, implementation) {
    const accept = implementation.configure.bind(implementation);
    implementation.configure = (call, done) => {
      config = Object.fromEntries(
        [...call.request.getVariablesMap().entries()].map(([k, v]) => [k.replace(/^.*:/, ""), v]),
      );
      accept(call, done);
    };
    addService.call(this as never, service, implementation);
  };
  const { version } = require(`@pulumi/${name}/package.json`) as { version: string };
  return main({ version, ...provider(types, () => config) }, process.argv.slice(2));
}
