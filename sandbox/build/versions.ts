/**
 * What the sandbox builds from source, and why these versions.
 *
 * They are proven together: the Go module proxy does not serve every version of the engine, the Node language host left
 * the public modules after v3.60.0, and newer tailscale wants a newer Go than the pinned one.
 */
export const versions = {
  /** Used when no `go` of at least this version is installed; its toolchain zip comes from the module proxy. */
  go: "1.26.8",
  pulumi: "v3.250.0",
  pulumiNodeHost: "v3.60.0",
  tailscale: "v1.94.1",
  headscale: "v0.26.1",
  npm: "11.19.1",
} as const;

/**
 * Hashes of the toolchain zips in the form go.sum uses ("h1:", over the names and SHA-256 of all files), as the public
 * checksum database has them for `golang.org/toolchain v0.0.1-go<version>.<platform>`. Keyed by Go's platform name.
 */
export const toolchainHashes: Readonly<Record<string, string>> = {
  "linux-amd64": "h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=",
};
