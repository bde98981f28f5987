/** DigitalOcean's way of answering: errors have an id and a message, lists come in pages. */
import type { Request, Response, Route } from "../http.ts";

export const ok = (json: unknown, status = 200): Response => ({ status, json });
export const gone: Response = { status: 204 };
export const notFound = ok({ id: "not_found", message: "The resource you were accessing could not be found." }, 404);
export const malformed = ok({ id: "bad_request", message: "error parsing request body" }, 400);
export const unauthorized = ok({ id: "Unauthorized", message: "Unable to authenticate you" }, 401);
export const invalid = (message: string): Response => ok({ id: "unprocessable_entity", message }, 422);

export const get = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "GET", pattern, handle });
export const post = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "POST", pattern, handle });
export const put = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "PUT", pattern, handle });
export const remove = (pattern: RegExp, handle: Route["handle"]): Route => ({ method: "DELETE", pattern, handle });

/** A body's field as text; "" when it is not there or not a text. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const texts = (value: unknown): string[] => list(value).map(String);

/** The page that the request asks for: 20 entries unless it says `per_page`, 200 at most. */
export function page({ url }: Request, name: string, all: readonly unknown[]): Response {
  const asked = (key: string, otherwise: number) =>
    Math.max(Math.trunc(Number(url.searchParams.get(key))) || otherwise, 1);
  const size = Math.min(asked("per_page", 20), 200);
  const number = asked("page", 1);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const link = (n: number) => {
    const to = new URL(url);
    to.searchParams.set("page", String(n));
    to.searchParams.set("per_page", String(size));
    return to.href;
  };
  const pages = {
    ...(number > 1 && { first: link(1), prev: link(number - 1) }),
    ...(number < last && { next: link(number + 1), last: link(last) }),
  };
  return ok({
    [name]: all.slice((number - 1) * size, number * size),
    links: Object.keys(pages).length > 0 ? { pages } : {},
    meta: { total: all.length },
  });
}
