/** Where things are on the hub, the one machine that stands for everything outside: fixed, so that a layer can hold them. */
export const hubIpv4 = "198.51.100.10";
export const hubName = "hub";

/** Control server of the tailnet, and its DERP relay. TLS by the sandbox's own authority. */
export const headscaleUrl = `https://${hubIpv4}`;
export const stunPort = 3478;

/** Domain under which MagicDNS names the tailnet's machines: primary.tailnet.internal. */
export const tailnetDomain = "tailnet.internal";

export const aptUrl = `http://${hubIpv4}`;
export const gitUrl = `ssh://git@${hubIpv4}/srv/git/workspace.git`;
export const ircPort = 6667;
export const modelPort = 8000;

/** The OpenAI-compatible address that a gateway's `models.providers.<id>.baseUrl` takes. */
export const modelBaseUrl = `http://${hubIpv4}:${modelPort}/v1`;
