# First connection: wait until the machine is done with its first boot, then give it a host key that nobody else has
# ever held. The old one came with the user data. stdout is the new public key, and nothing else.
set -eu
if ! sudo cloud-init status --wait > /dev/null; then
  echo "the first boot of this machine failed; the end of /var/log/cloud-init-output.log:" >&2
  sudo cloud-init status --long >&2
  sudo tail -n 40 /var/log/cloud-init-output.log >&2
  exit 1
fi
key=/etc/ssh/ssh_host_ed25519_key
# One rename each, and sshd told after both: a connection that breaks here finds either key whole.
sudo ssh-keygen -q -t ed25519 -N '' -C '' -f "$key.fresh"
sudo mv "$key.fresh.pub" "$key.pub"
sudo mv "$key.fresh" "$key"
sudo systemctl reload ssh.service
sudo cut -d ' ' -f 1,2 "$key.pub"
