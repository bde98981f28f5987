/** SSH keys of the account. */
import { createHash } from "node:crypto";
import type { Request, Response, Route } from "../http.ts";
import type { CloudState, SshKey } from "../state.ts";
import { get, gone, invalid, notFound, ok, page, post, put, remove, text } from "./answers.ts";
import type { Cloud } from "./cloud.ts";

/** A key by its id or its fingerprint. */
export const findKey = (state: CloudState, id: string | undefined): SshKey | undefined =>
  state.sshKeys.find((k) => String(k.id) === id || k.fingerprint === id);

export function keyRoutes(cloud: Cloud): Route[] {
  const { state, save } = cloud;
  const one =
    (handle: (key: SshKey, request: Request) => Response) =>
    (request: Request): Response => {
      const found = findKey(state, request.path.id);
      return found ? handle(found, request) : notFound;
    };
  return [
    get(/^\/account\/keys$/, (r) => page(r, "ssh_keys", state.sshKeys.map(keyJson))),
    post(/^\/account\/keys$/, (r) => create(cloud, r)),
    get(
      /^\/account\/keys\/(?<id>[^/]+)$/,
      one((found) => ok({ ssh_key: keyJson(found) })),
    ),
    put(
      /^\/account\/keys\/(?<id>[^/]+)$/,
      one((found, { body }) => {
        if (!text(body.name)) return invalid("Name can't be blank");
        found.name = text(body.name);
        save();
        return ok({ ssh_key: keyJson(found) });
      }),
    ),
    remove(
      /^\/account\/keys\/(?<id>[^/]+)$/,
      one((found) => {
        state.sshKeys = state.sshKeys.filter((k) => k !== found);
        save();
        return gone;
      }),
    ),
  ];
}

function create({ state, save, nextId }: Cloud, { body }: Request): Response {
  const publicKey = text(body.public_key).trim();
  const blob = /^(?:ssh-(?:ed25519|rsa)|ecdsa-\S+) (AAAA[A-Za-z0-9+/]+=*)/.exec(publicKey)?.[1];
  if (!text(body.name)) return invalid("Name can't be blank");
  if (!blob) return invalid("Key invalid, key should be of the format `ssh-rsa [KEY]`");
  const digest = createHash("md5").update(Buffer.from(blob, "base64")).digest("hex");
  const fingerprint = (digest.match(/../g) ?? []).join(":");
  if (findKey(state, fingerprint)) return invalid("SSH Key is already in use on your account");
  const made = { id: nextId(), name: text(body.name), publicKey, fingerprint };
  state.sshKeys.push(made);
  save();
  return ok({ ssh_key: keyJson(made) }, 201);
}

const keyJson = (k: SshKey) => ({ id: k.id, fingerprint: k.fingerprint, public_key: k.publicKey, name: k.name });
