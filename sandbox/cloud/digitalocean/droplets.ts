/** Droplets: made and changed by actions, so that each answer comes before the work is done. */
import type { Request, Response, Route } from "../http.ts";
import type { Droplet } from "../state.ts";
import { actionJson, begin, isLocked, locked } from "./actions.ts";
import { get, gone, invalid, list, notFound, ok, page, post, remove, text, texts } from "./answers.ts";
import { imageJson, imageSlug, isSize, regionJson, regions, sizeJson, sizes } from "./catalog.ts";
import type { Cloud, DigitalOceanConfig } from "./cloud.ts";
import { findKey } from "./keys.ts";
import { addTags, isTag } from "./tags.ts";

const isHostname = (name: string) => /^[A-Za-z0-9.-]+$/.test(name);
const badHostname = invalid("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)");

export function dropletRoutes(cloud: Cloud): Route[] {
  const { state } = cloud;
  const one =
    (handle: (droplet: Droplet, request: Request) => Response | Promise<Response>) =>
    (request: Request): Response | Promise<Response> => {
      const found = state.droplets.find((d) => String(d.id) === request.path.id);
      return found ? handle(found, request) : notFound;
    };
  return [
    get(/^\/droplets$/, (r) => {
      const [tag, name] = [r.query.get("tag_name"), r.query.get("name")];
      const asked = state.droplets.filter((d) => (!tag || d.tags.includes(tag)) && (!name || d.name === name));
      return page(
        r,
        "droplets",
        asked.map((d) => dropletJson(cloud, d)),
      );
    }),
    post(/^\/droplets$/, (r) => create(cloud, r)),
    get(
      /^\/droplets\/(?<id>\d+)$/,
      one((found) => ok({ droplet: dropletJson(cloud, found) })),
    ),
    remove(
      /^\/droplets\/(?<id>\d+)$/,
      one((found) => destroy(cloud, found)),
    ),
    post(
      /^\/droplets\/(?<id>\d+)\/actions$/,
      one((found, r) => act(cloud, found, r)),
    ),
  ];
}

function create(cloud: Cloud, { body }: Request): Response {
  const { config, state, hypervisor } = cloud;
  const [name, region, size, userData] = [text(body.name), text(body.region), text(body.size), text(body.user_data)];
  const image = imageSlug(config.images, body.image);
  const keys = list(body.ssh_keys).map((k) => findKey(state, String(k)));
  const tags = texts(body.tags);
  const ipv4 = freeAddress(config.addresses, state.droplets);
  if (!isHostname(name)) return badHostname;
  if (!regions.includes(region)) return invalid("You specified an invalid region for Droplet creation.");
  if (!isSize(size)) return invalid("You specified an invalid size for Droplet creation.");
  if (!image) return invalid("You specified an invalid image for Droplet creation.");
  if (Buffer.byteLength(userData) > 64 * 1024) return invalid("User data must be no larger than 64KB.");
  if (keys.some((k) => !k)) return invalid("One or more ssh_keys are invalid.");
  if (!tags.every(isTag)) return invalid("One or more tags are invalid.");
  if (!ipv4) return invalid("You have no address left for another Droplet.");
  const id = cloud.nextId();
  const made: Droplet = {
    id,
    name,
    machine: `d${id}`,
    ipv4,
    region,
    size,
    image,
    status: "new",
    tags,
    monitoring: body.monitoring === true,
    createdAt: new Date().toISOString(),
    userData,
  };
  addTags(state, tags);
  state.droplets.push(made);
  const publicKeys = keys.map((k) => k!.publicKey);
  const action = begin(cloud, "create", made, async () => {
    await hypervisor.create(made, publicKeys);
    await cloud.enforce(); // before its first second
    await hypervisor.start(made.machine);
    made.status = "active";
  });
  const links = { actions: [{ id: action.id, rel: "create", href: `/v2/actions/${action.id}` }] };
  return ok({ droplet: dropletJson(cloud, made), links }, 202);
}

async function destroy(cloud: Cloud, droplet: Droplet): Promise<Response> {
  const { state } = cloud;
  if (isLocked(state, droplet)) return locked;
  await cloud.hypervisor.destroy(droplet.machine);
  state.droplets = state.droplets.filter((d) => d !== droplet);
  for (const f of state.firewalls) f.dropletIds = f.dropletIds.filter((id) => id !== droplet.id);
  await cloud.enforce();
  return gone;
}

function act(cloud: Cloud, droplet: Droplet, { body }: Request): Response {
  const { hypervisor } = cloud;
  const off = async () => {
    await hypervisor.powerOff(droplet.machine);
    droplet.status = "off";
  };
  const on = async () => {
    await hypervisor.start(droplet.machine);
    droplet.status = "active";
  };
  const rename = async () => {
    droplet.name = text(body.name);
  };
  const resize = async () => {
    droplet.size = text(body.size);
  };
  const reboot = () => hypervisor.reboot(droplet.machine);
  const known: Record<string, () => Promise<void>> = {
    power_off: off,
    shutdown: off,
    power_on: on,
    reboot,
    rename,
    resize,
  };
  const type = text(body.type);
  const work = Object.hasOwn(known, type) && known[type];
  if (!work) return invalid("You specified an invalid action type.");
  if (type === "rename" && !isHostname(text(body.name))) return badHostname;
  if (type === "resize" && !isSize(text(body.size))) return invalid("You specified an invalid size.");
  if (isLocked(cloud.state, droplet)) return locked;
  if (type === "resize" && droplet.status !== "off") return invalid("Droplet must be powered off to be resized.");
  return ok({ action: actionJson(begin(cloud, type, droplet, work)) }, 201);
}

function freeAddress(
  { first, count }: DigitalOceanConfig["addresses"],
  droplets: readonly Droplet[],
): string | undefined {
  const [a, b, c, d] = first.split(".").map(Number);
  return Array.from({ length: count }, (_, i) => `${a}.${b}.${c}.${d! + i}`).find(
    (ip) => !droplets.some((x) => x.ipv4 === ip),
  );
}

function dropletJson({ state, config }: Cloud, d: Droplet) {
  const { memory, vcpus, disk } = sizes[d.size]!;
  const address = { ip_address: d.ipv4, netmask: "255.255.255.0", gateway: "198.51.100.1", type: "public" };
  return {
    id: d.id,
    name: d.name,
    memory,
    vcpus,
    disk,
    locked: isLocked(state, d),
    status: d.status,
    kernel: null,
    created_at: d.createdAt,
    features: ["droplet_agent", ...(d.monitoring ? ["monitoring"] : [])],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    volume_ids: [],
    vpc_uuid: "",
    image: imageJson(config.images, d.image),
    size: sizeJson(d.size),
    size_slug: d.size,
    region: regionJson(d.region),
    tags: d.tags,
    networks: { v4: d.status === "new" ? [] : [address], v6: [] },
  };
}
