# Puts the channel's plugin and the gateway's configurations in place, and has OpenClaw check them. Run as openclaw.
# $1 is the plugin with its version, or empty; $2 is OpenClaw's version. The wanted configurations lie in ~/.openclaw/standby.
set -eu
cd "$HOME"
umask 077
config=$HOME/.openclaw/openclaw.json stamp=$HOME/.openclaw/standby/plugin log=$HOME/.openclaw/standby/plugin.log
# Plugins first: `plugins install` writes into the configuration, and refuses to where it is read-only.
if [ -n "$1" ] && [ "$(cat "$stamp" 2> /dev/null)" != "$1 $(openclaw --version)" ]; then
  [ -e "$config" ] || echo '{"gateway":{"mode":"local"}}' > "$config"
  openclaw plugins install --force "$1" > "$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
  echo "$1 $(openclaw --version)" > "$stamp"
fi
# Checked where nothing reads them yet: a configuration that OpenClaw refuses never replaces one that works.
for door in open closed; do
  check=$(OPENCLAW_CONFIG_PATH=$HOME/.openclaw/standby/$door.json OPENCLAW_CONFIG_READONLY=1 openclaw config validate --json) || {
    echo "OpenClaw refuses this configuration: $check" >&2
    exit 1
  }
  echo "$check"
done
/usr/lib/openclaw-standby/channel-door asis
