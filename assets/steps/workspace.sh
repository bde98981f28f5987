# Clones the agent's workspace, or points the clone at another repository or branch. Never throws anything away.
# $1 repository, $2 branch. Run as openclaw.
set -eu
tree=$HOME/.openclaw/workspace
mkdir -p "$HOME/.openclaw"
chmod 700 "$HOME/.openclaw"
if [ -d "$tree/.git" ]; then
  git -C "$tree" remote set-url origin "$1"
  git -C "$tree" fetch --quiet origin "$2"
  [ "$(git -C "$tree" branch --show-current)" = "$2" ] || git -C "$tree" switch --quiet "$2"
else
  git clone --quiet --branch "$2" -- "$1" "$tree"
  git -C "$tree" config user.name "$(hostname) (standby)"
  git -C "$tree" config user.email "openclaw@$(hostname)"
fi
git -C "$tree" config openclaw.branch "$2" # what `workspace pull` and `save` follow
git -C "$tree" log -1 --format='workspace at %h, %cr: %s'
