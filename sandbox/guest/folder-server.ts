import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";

/** Folders of the host, readable over HTTP by the machines of the sandbox while they are provisioned. */
export interface FolderServer {
  /** Without a slash at its end; each folder lies below under its name. */
  url: string;
  close(): Promise<void>;
}

/** Serves `folders` (name to path) on the host's address `host`, on a port that is free. */
export async function serveFolders(folders: Readonly<Record<string, string>>, host: string): Promise<FolderServer> {
  const server = createServer(async (request, response) => {
    const file = fileFor(folders, request.url ?? "/");
    try {
      if (!file) throw new Error("no such folder");
      const { size } = await stat(file);
      response.writeHead(200, { "content-length": size });
      await pipeline(createReadStream(file), response);
    } catch {
      if (!response.headersSent) response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The file that a request's path means; undefined when it is in none of the folders. */
export function fileFor(folders: Readonly<Record<string, string>>, url: string): string | undefined {
  const path = normalize(decodeURIComponent(new URL(url, "http://host").pathname));
  const [, name = "", ...rest] = path.split("/");
  const folder = folders[name];
  return folder && rest.length > 0 ? join(folder, ...rest) : undefined;
}
