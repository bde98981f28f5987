/** Tags: names that bind droplets to firewalls. */
import type { Request, Response, Route } from "../http.ts";
import type { CloudState, Droplet } from "../state.ts";
import { get, gone, invalid, list, notFound, ok, page, post, remove, text } from "./answers.ts";
import type { Cloud } from "./cloud.ts";

export const isTag = (name: string): boolean => /^[A-Za-z0-9:_-]{1,255}$/.test(name);

/** Makes those that are not there yet. */
export function addTags(state: CloudState, names: readonly string[]): void {
  for (const name of names) if (!state.tags.includes(name)) state.tags.push(name);
}

export function tagRoutes({ state, save, enforce }: Cloud): Route[] {
  const one =
    (handle: (name: string, request: Request) => Response | Promise<Response>) =>
    (request: Request): Response | Promise<Response> => {
      const name = request.path.name!;
      return state.tags.includes(name) ? handle(name, request) : notFound;
    };
  return [
    get(/^\/tags$/, (r) =>
      page(
        r,
        "tags",
        state.tags.map((t) => tagJson(state, t)),
      ),
    ),
    post(/^\/tags$/, ({ body }) => {
      const name = text(body.name);
      if (!isTag(name)) return invalid("Tag name is invalid.");
      addTags(state, [name]);
      save();
      return ok({ tag: tagJson(state, name) }, 201);
    }),
    get(
      /^\/tags\/(?<name>[^/]+)$/,
      one((name) => ok({ tag: tagJson(state, name) })),
    ),
    remove(
      /^\/tags\/(?<name>[^/]+)$/,
      one(async (name) => {
        state.tags = state.tags.filter((t) => t !== name);
        for (const tagged of [...state.droplets, ...state.firewalls]) untag(tagged, name);
        await enforce();
        return gone;
      }),
    ),
    post(
      /^\/tags\/(?<name>[^/]+)\/resources$/,
      one(async (name, { body }) => {
        const droplets = named(state, body.resources);
        if (!droplets) return notADroplet;
        for (const d of droplets) if (!d.tags.includes(name)) d.tags.push(name);
        await enforce();
        return gone;
      }),
    ),
    remove(
      /^\/tags\/(?<name>[^/]+)\/resources$/,
      one(async (name, { body }) => {
        const droplets = named(state, body.resources);
        if (!droplets) return notADroplet;
        for (const d of droplets) untag(d, name);
        await enforce();
        return gone;
      }),
    ),
  ];
}

const notADroplet = invalid("One or more resources are not Droplets of your account.");

/** The droplets that `resources` of a body names; undefined when one of them is none. */
function named(state: CloudState, resources: unknown): Droplet[] | undefined {
  const asked = list(resources) as { resource_id?: unknown; resource_type?: unknown }[];
  const found = asked.map((r) =>
    state.droplets.find((d) => r?.resource_type === "droplet" && String(d.id) === String(r.resource_id)),
  );
  return found.length > 0 && found.every((d) => d !== undefined) ? found : undefined;
}

function untag(tagged: { tags: string[] }, name: string): void {
  tagged.tags = tagged.tags.filter((t) => t !== name);
}

function tagJson(state: CloudState, name: string) {
  const tagged = state.droplets.filter((d) => d.tags.includes(name));
  const last = tagged.at(-1);
  const droplets = {
    count: tagged.length,
    ...(last && { last_tagged_uri: `https://api.digitalocean.com/v2/droplets/${last.id}` }),
  };
  const none = { count: 0 };
  const others = { images: none, volumes: none, volume_snapshots: none, databases: none };
  return { name, resources: { ...droplets, droplets, ...others } };
}
