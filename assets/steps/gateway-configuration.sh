# Puts the channel's plugin and the gateway's configuration in place, and has OpenClaw check it. Run as openclaw.
# $1 is the plugin with its version, or empty. The wanted configuration lies in ~/.openclaw/standby-openclaw.json.
set -eu
cd "$HOME"
umask 077
config=$HOME/.openclaw/openclaw.json wanted=$HOME/.openclaw/standby-openclaw.json
stamp=$HOME/.openclaw/standby-plugin
# Plugins first: `plugins install` writes into the configuration, and refuses to where it is read-only.
if [ -n "$1" ] && [ "$(cat "$stamp" 2> /dev/null)" != "$1 $(openclaw --version)" ]; then
  [ -e "$config" ] || echo '{"gateway":{"mode":"local"}}' > "$config"
  openclaw plugins install --force "$1" > "$HOME/.openclaw/standby-plugin.log" 2>&1 || { tail -n 20 "$HOME/.openclaw/standby-plugin.log" >&2; exit 1; }
  echo "$1 $(openclaw --version)" > "$stamp"
fi
# Checked where nothing reads it yet: a configuration that OpenClaw refuses never replaces one that works.
check=$(OPENCLAW_CONFIG_PATH=$wanted OPENCLAW_CONFIG_READONLY=1 openclaw config validate --json) || { echo "OpenClaw refuses this configuration: $check" >&2; exit 1; }
echo "$check"
cp "$wanted" "$config.new"
mv "$config.new" "$config"
