/** headscale's REST API, as far as the Tailscale adapter needs it. Field names as in headscale v0.26's protobuf JSON. */
import { request } from "node:https";

export interface HeadscaleConfig {
  readonly url: string;
  readonly apiKey: string;
  /** PEM of the authority that its certificate is from. */
  readonly caPem: string;
  /** Id of the user that tagged keys are made for. */
  readonly ownerId: string;
}

export interface Node {
  readonly id: string;
  readonly machineKey: string;
  readonly nodeKey: string;
  readonly ipAddresses: string[];
  /** The host's own name, and the one that the tailnet gave it. */
  readonly name: string;
  readonly givenName: string;
  readonly user: { readonly name: string };
  readonly lastSeen: string | null;
  readonly expiry: string | null;
  readonly createdAt: string;
  readonly online: boolean;
  readonly forcedTags: string[];
  readonly validTags: string[];
  readonly approvedRoutes?: string[];
  readonly availableRoutes?: string[];
  /** The key that it joined with; null when it was let in by hand. */
  readonly preAuthKey: PreAuthKey | null;
}

export interface PreAuthKey {
  readonly id: string;
  readonly key: string;
  readonly used: boolean;
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly expiration: string;
}

/** One call. @throws on any status but 2xx and 404; undefined for 404. */
export function headscale<T>(
  config: HeadscaleConfig,
  method: string,
  path: string,
  body?: unknown,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${config.url}/api/v1${path}`,
      {
        method,
        ca: config.caPem,
        headers: { authorization: `Bearer ${config.apiKey}`, "content-type": "application/json" },
        timeout: 15_000,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status === 404 || /record not found|not found/i.test(status >= 400 ? text : "")) resolve(undefined);
          else if (status >= 300) reject(new Error(`headscale: ${method} ${path}: ${status} ${text.slice(0, 300)}`));
          else resolve((text ? JSON.parse(text) : {}) as T);
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`headscale: ${method} ${path}: no answer within 15 s`)));
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
