/** What is for sale: sizes, regions, images; and the account that buys. */
import type { Route } from "../http.ts";
import { get, ok, page } from "./answers.ts";
import type { Cloud, DigitalOceanConfig } from "./cloud.ts";

interface Size {
  readonly memory: number;
  readonly vcpus: number;
  readonly disk: number;
  readonly price: number;
}

/** Sizes as DigitalOcean sells them: MiB, cores, GB, US dollars a month. */
export const sizes: Readonly<Record<string, Size>> = {
  "s-1vcpu-1gb": { memory: 1024, vcpus: 1, disk: 25, price: 6 },
  "s-1vcpu-2gb": { memory: 2048, vcpus: 1, disk: 50, price: 12 },
  "s-2vcpu-2gb": { memory: 2048, vcpus: 2, disk: 60, price: 18 },
  "s-2vcpu-4gb": { memory: 4096, vcpus: 2, disk: 80, price: 24 },
};

export const isSize = (slug: string): boolean => Object.hasOwn(sizes, slug);

export const regions = ["nyc1", "nyc3", "ams3", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1"];

/** The slug of an image that is named by its slug or its id; undefined when there is none. */
export const imageSlug = (images: DigitalOceanConfig["images"], given: unknown): string | undefined =>
  Object.keys(images).find((slug, index) => given === slug || given === index + 1);

export const catalogRoutes = ({ config: { images } }: Cloud): Route[] => [
  get(/^\/account$/, () =>
    ok({
      account: {
        uuid: "sandbox",
        email: "owner@sandbox.invalid",
        email_verified: true,
        status: "active",
        status_message: "",
        droplet_limit: 10,
        floating_ip_limit: 0,
      },
    }),
  ),
  get(/^\/regions$/, (r) => page(r, "regions", regions.map(regionJson))),
  get(/^\/sizes$/, (r) => page(r, "sizes", Object.keys(sizes).map(sizeJson))),
  get(/^\/images$/, (r) =>
    page(
      r,
      "images",
      Object.keys(images).map((slug) => imageJson(images, slug)),
    ),
  ),
];

export const regionJson = (slug: string) => ({
  slug,
  name: slug,
  available: true,
  features: ["metadata", "monitoring"],
  sizes: Object.keys(sizes),
});

export const sizeJson = (slug: string) => {
  const { memory, vcpus, disk, price } = sizes[slug]!;
  return {
    slug,
    memory,
    vcpus,
    disk,
    transfer: 1,
    price_monthly: price,
    price_hourly: Number((price / 672).toFixed(5)),
    regions,
    available: true,
    description: "Basic",
  };
};

export const imageJson = (images: DigitalOceanConfig["images"], slug: string) => ({
  id: Object.keys(images).indexOf(slug) + 1,
  name: slug,
  slug,
  distribution: slug.split("-")[0],
  public: true,
  regions,
  type: "base",
  min_disk_size: 7,
  status: "available",
});
