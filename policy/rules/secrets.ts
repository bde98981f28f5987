import { isObject, type Resource } from "../resource.ts";
import { secretsIn } from "../secret-shapes.ts";

/** Every text in a value, with the path to it; `skip` leaves out what lies below. */
function* texts(value: unknown, path: string, skip: (value: unknown) => boolean): Generator<[string, string]> {
  if (skip(value)) return;
  if (typeof value === "string") yield [path, value];
  else if (Array.isArray(value)) for (const [i, part] of value.entries()) yield* texts(part, `${path}[${i}]`, skip);
  else if (isObject(value))
    for (const [key, part] of Object.entries(value)) yield* texts(part, path ? `${path}.${key}` : key, skip);
}

/**
 * Secrets that the state would hold in plain text.
 * @param marked the resource's inputs with the marks still on them.
 * @param isMarked whether a value is one that the engine encrypts.
 * @param known values that are secret whatever they look like.
 */
export function plainSecrets(
  marked: Readonly<Record<string, unknown>>,
  isMarked: (value: unknown) => boolean,
  known: readonly string[] = [],
): string[] {
  return [...texts(marked, "", isMarked)].flatMap(([path, text]) =>
    secretsIn(text, known).map((what) => `${path} has ${what} in plain text; wrap it in pulumi.secret()`),
  );
}

/** What may be where, by type and path: whoever can read it there is root on the machine, or the engine. */
const places: readonly {
  readonly type: RegExp;
  readonly path: RegExp;
  readonly most: Readonly<Record<string, number>>;
}[] = [
  {
    // Worth nothing a minute after boot: the key has been used, and the host key replaced.
    type: /^digitalocean:index\/droplet:Droplet$/,
    path: /^userData$/,
    most: { "a tailnet key": 1, "a private key": 1 },
  },
  { type: /^command:remote:Command$/, path: /^connection\.(proxy\.)?privateKey$/, most: { "a private key": 1 } },
];
/** Where anything secret may be: it goes over SSH into a file, by no command line and no environment. */
const anySecret = { type: /^command:remote:Command$/, path: /^stdin$/ };
/** A provider's own credentials, which the engine keeps. */
const notOurs = /^pulumi:providers:/;

/**
 * Secrets where others can read them, encrypted in the state or not: on command lines, in environments, in names and
 * triggers, and in user data all but the two that it may hold.
 */
export function misplacedSecrets({ type, props }: Resource, known: readonly string[] = []): string[] {
  if (notOurs.test(type)) return [];
  return [...texts(props, "", () => false)].flatMap(([path, text]) => {
    if (anySecret.type.test(type) && anySecret.path.test(path)) return [];
    const most = places.find((place) => place.type.test(type) && place.path.test(path))?.most ?? {};
    return [...Map.groupBy(secretsIn(text, known), (what) => what)]
      .filter(([what, finds]) => finds.length > (most[what] ?? 0))
      .map(([what, finds]) => {
        const count = finds.length > 1 ? ` (${finds.length} times)` : "";
        return `${path} has ${what}${count}, which others on the machine or in the account can read there; hand it over on a remote command's stdin`;
      });
  });
}
