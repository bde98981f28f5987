/**
 * What the machine does on its first boot, as cloud-init's user data.
 *
 * User data stays readable for root on the machine, and for whoever may ask DigitalOcean for it. So it holds two
 * secrets only, and both are worth nothing a minute after boot: the tailnet key works once, and the host key serves the
 * first SSH connection, in which the machine makes itself another (infra/machine.ts).
 */
import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import type { AptRepository } from "../infra/apt.ts";
import { shellWord } from "../infra/formats.ts";

export interface UserDataArgs {
  /** Name of the host and on the tailnet. */
  readonly hostname: string;
  /** Name of the image: its first word is the distribution. */
  readonly image: string;
  /** Public keys of the admin user, the only one who can log in. */
  readonly adminPublicKeys: readonly string[];
  /** The host key of the first connection, ed25519 in OpenSSH's format. */
  readonly firstHostKey: { readonly privateKey: string; readonly publicKey: string };
  /** Tailnet key: one-use, short-lived, tagged. */
  readonly tailnetKey: string;
  readonly tailnetTags: readonly string[];
  /** Control server; "" is Tailscale's own. */
  readonly loginServer: string;
  /** CIDRs that may reach SSH on the public address. */
  readonly sshAllowFrom: readonly string[];
  readonly tailscaleApt: AptRepository;
  readonly nodeApt: AptRepository;
  /** PEM certificates to trust besides the distribution's. */
  readonly authorities: readonly string[];
}

/** DigitalOcean's limit, in bytes. */
export const userDataLimitBytes = 64 * 1024;

const file = (name: string) => readFileSync(new URL(`files/${name}`, import.meta.url), "utf8");
const place = (path: string, content: string, permissions = "0644") => ({
  path,
  content,
  permissions,
  owner: "root:root",
});
const quietTailscaled = "[Service]\nEnvironment=TS_NO_LOGS_NO_SUPPORT=true\n";

/** The packages that do not come from the distribution, and the host that each comes from. */
type Vendors = Readonly<Record<"tailscale" | "nodejs", string>>;
const host = ({ uri }: AptRepository) => new URL(uri).hostname;

/** For apt's preferences: a vendor's repository brings the vendor's package, and can never replace one of the system's. */
const pins = (vendors: Vendors) =>
  [
    ...Object.entries(vendors).map(([name, from]) => [name, from, 600] as const),
    ...[...new Set(Object.values(vendors))].map((from) => ["*", from, -1] as const),
  ]
    .map(([name, from, priority]) => `Package: ${name}\nPin: origin "${from}"\nPin-Priority: ${priority}\n`)
    .join("\n");

/** For unattended-upgrades: what the vendors bring is kept up to date as well. */
const upgradedToo = (vendors: Vendors) =>
  [...new Set(Object.values(vendors))]
    .map((from) => `Unattended-Upgrade::Origins-Pattern:: "site=${from}";\n`)
    .join("");

/**
 * The user data, "#cloud-config" and YAML, valid by `cloud-init schema`.
 * @throws Error when it is over 64 KiB, saying by how much and what is large.
 */
export function userData(args: UserDataArgs): string {
  const source = (r: AptRepository) => ({
    source: `deb [signed-by=$KEY_FILE] ${r.uri.replace("$DISTRIBUTION", args.image.split("-")[0]!)} ${r.suite} main`,
    key: r.key,
  });
  const vendors: Vendors = { tailscale: host(args.tailscaleApt), nodejs: host(args.nodeApt) };
  const config = {
    hostname: args.hostname,
    manage_etc_hosts: true,
    ...(args.authorities.length > 0 && { ca_certs: { trusted: args.authorities } }),
    users: [
      {
        name: "admin",
        gecos: "Provisioning, over SSH",
        shell: "/bin/bash",
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        lock_passwd: true,
        ssh_authorized_keys: args.adminPublicKeys.map((key) => key.trim()),
      },
      { name: "openclaw", gecos: "The agent's gateway", shell: "/bin/bash", lock_passwd: true },
      {
        name: "openclaw-monitor",
        gecos: "The health monitor",
        system: true,
        shell: "/usr/sbin/nologin",
        no_create_home: true,
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: args.firstHostKey.privateKey, ed25519_public: args.firstHostKey.publicKey.trim() },
    apt: { sources: { "tailscale.list": source(args.tailscaleApt), "nodesource.list": source(args.nodeApt) } },
    package_update: true,
    package_upgrade: true,
    packages: [
      "ufw",
      "nftables",
      "fail2ban",
      "python3-systemd",
      "unattended-upgrades",
      "polkitd",
      "git",
      "rsync",
      "nodejs",
      "tailscale",
    ],
    write_files: [
      place("/etc/ssh/sshd_config.d/10-openclaw-standby.conf", file("sshd.conf"), "0600"),
      place("/etc/fail2ban/jail.d/openclaw-standby.conf", file("fail2ban.conf")),
      place("/etc/fail2ban/filter.d/sshd.local", file("fail2ban-sshd.conf")),
      place("/etc/apt/apt.conf.d/52openclaw-standby", file("unattended-upgrades.conf") + upgradedToo(vendors)),
      place("/etc/apt/preferences.d/openclaw-standby", pins(vendors)),
      place("/etc/needrestart/conf.d/openclaw-standby.conf", file("needrestart.conf")),
      place("/etc/sysctl.d/60-openclaw-standby.conf", file("sysctl.conf")),
      // No jobs of the agent's own, that would outlive a demotion.
      place("/etc/cron.allow", "root\n"),
      place("/etc/at.allow", "root\n"),
      place("/etc/openclaw-standby/guard.nft", file("guard.nft")),
      place("/etc/systemd/system/openclaw-guard.service", file("guard.service")),
      place("/etc/systemd/system/openclaw-standby-reboot.service", file("reboot.service")),
      place("/etc/systemd/system/openclaw-standby-reboot.timer", file("reboot.timer")),
      // With a control server of the owner's own, the machine has nothing to tell Tailscale's log server.
      ...(args.loginServer ? [place("/etc/systemd/system/tailscaled.service.d/quiet.conf", quietTailscaled)] : []),
      place("/usr/local/sbin/standby-firewall", file("standby-firewall"), "0755"),
      place("/usr/local/sbin/standby-receive", file("standby-receive"), "0755"),
      place("/usr/local/sbin/standby-first-boot", file("first-boot"), "0755"),
      place(
        "/etc/openclaw-standby/first-boot.env",
        Object.entries({
          TAILNET_HOSTNAME: args.hostname,
          TAILNET_TAGS: args.tailnetTags.join(","),
          LOGIN_SERVER: args.loginServer,
          SSH_ALLOW_FROM: args.sshAllowFrom.join(" "),
        })
          .map(([name, value]) => `${name}=${shellWord(value)}\n`)
          .join(""),
      ),
      place("/run/openclaw-first-boot/tailnet-key", args.tailnetKey, "0600"),
    ],
    runcmd: [["/usr/local/sbin/standby-first-boot"]],
  };
  const text = `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > userDataLimitBytes)
    throw new Error(
      `The user data is ${bytes} bytes; DigitalOcean takes ${userDataLimitBytes}. ` +
        `extraCertificateAuthorities (${Buffer.byteLength(args.authorities.join(""))} bytes) and sshAllowFrom (${args.sshAllowFrom.length} entries) are what can be made shorter.`,
    );
  return text;
}

/**
 * What of the user data makes it another machine: all but the secrets, and but what `pulumi up` changes in place
 * (SSH's sources and the admin's keys). A change of this text has the machine rebuilt; a new tailnet key does not.
 */
export function machineIdentity(
  args: Omit<UserDataArgs, "adminPublicKeys" | "firstHostKey" | "tailnetKey" | "sshAllowFrom">,
): string {
  return userData({
    ...args,
    adminPublicKeys: [],
    firstHostKey: { privateKey: "", publicKey: "" },
    tailnetKey: "",
    sshAllowFrom: [],
  });
}
