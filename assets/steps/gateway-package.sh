# Installs OpenClaw at one exact version beside what runs, then points to it. $1 is the version.
set -eu
version=$1 target=/opt/openclaw/$1
if [ ! -x "$target/bin/openclaw" ]; then
  rm -rf "$target.new"
  # Install scripts stay off: OpenClaw works without, and they would run as root.
  npm install --global --prefix "$target.new" --ignore-scripts --no-audit --no-fund --loglevel error "openclaw@$version"
  mv "$target.new" "$target"
fi
ln -sfn "$target/bin/openclaw" /usr/local/bin/openclaw.new
mv -T /usr/local/bin/openclaw.new /usr/local/bin/openclaw
find /opt/openclaw -mindepth 1 -maxdepth 1 ! -name "$version" -exec rm -rf {} +
openclaw --version
