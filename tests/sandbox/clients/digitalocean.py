"""DigitalOcean's own Python client against the sandbox's cloud: one line a check, exit code 1 at the first that fails.

Takes CLOUD_URL and DIGITALOCEAN_TOKEN from the environment.
"""

import os
import sys
import time

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from pydo import Client
from pydo._patch import TokenCredentials

PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ2yv0vYV1bQm9eI7Yl8h0cE8kq3Yl0t2m0m3Zr4m1x owner"


class OverPlainHttp(BearerTokenCredentialPolicy):
    """The client's own way to send the token, which refuses http:// unless each call allows it."""

    def on_request(self, request):
        request.context.options.setdefault("enforce_https", False)
        super().on_request(request)


def connect(token):
    policy = OverPlainHttp(TokenCredentials(token))
    return Client(token, endpoint=os.environ["CLOUD_URL"], authentication_policy=policy)


def check(what, holds, seen=None):
    if not holds:
        sys.exit(f"FAILED: {what}. Seen: {seen!r}")
    print(f"ok: {what}", flush=True)


def refusal(call):
    """The status and the body's id of the error that a call raises."""
    try:
        return ("no error", call())
    except HttpResponseError as error:
        return (error.status_code, error.response.json().get("id"))


def wait_for(look, seconds=20):
    """The first answer that is not None, or None after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    return None


def is_missing(answer):
    # This client hands out the body of a 404 and does not raise it.
    return answer.get("id") == "not_found"


def account(client):
    seen = client.account.get()["account"]
    check("the account is active", seen["status"] == "active", seen)
    seen = refusal(connect("dop_v1_wrong").account.get)
    check("a wrong token raises HttpResponseError 401", seen == (401, "Unauthorized"), seen)


def keys(client):
    made = client.ssh_keys.create(body={"name": "owner", "public_key": PUBLIC_KEY})["ssh_key"]
    check("a key is made, with a fingerprint", made["fingerprint"].count(":") == 15, made)
    seen = client.ssh_keys.get(made["fingerprint"])["ssh_key"]
    check("it is found by its fingerprint", seen == made, seen)
    seen = client.ssh_keys.update(made["id"], body={"name": "renamed"})["ssh_key"]
    check("it is renamed", seen["name"] == "renamed", seen)
    seen = refusal(lambda: client.ssh_keys.create(body={"name": "again", "public_key": PUBLIC_KEY}))
    check("the same key twice raises 422", seen == (422, "unprocessable_entity"), seen)
    return made


def tags(client):
    seen = client.tags.create(body={"name": "standby"})["tag"]
    check("a tag is made, of nothing yet", seen["resources"]["count"] == 0, seen)
    seen = [tag["name"] for tag in client.tags.list()["tags"]]
    check("it is listed", seen == ["standby"], seen)


def firewalls(client, droplet):
    ssh = {"protocol": "tcp", "ports": "22", "sources": {"addresses": ["203.0.113.0/24"]}}
    ping = {"protocol": "icmp", "destinations": {"addresses": ["0.0.0.0/0", "::/0"]}}
    body = {"name": "standby", "tags": ["standby"], "inbound_rules": [ssh], "outbound_rules": [ping]}
    made = client.firewalls.create(body=body)["firewall"]
    check("a firewall is made", made["status"] in ("waiting", "succeeded") and made["inbound_rules"] == [ssh], made)
    check('ICMP has the ports "0"', made["outbound_rules"][0]["ports"] == "0", made)
    seen = client.firewalls.get(made["id"])["firewall"]
    check("it is found", seen["name"] == "standby" and seen["tags"] == ["standby"], seen)
    body = {"name": "standby", "droplet_ids": [droplet], "outbound_rules": [ping]}
    seen = client.firewalls.update(made["id"], body=body)["firewall"]
    check("it is changed as a whole", seen["droplet_ids"] == [droplet] and not seen["inbound_rules"], seen)
    seen = refusal(lambda: client.firewalls.create(body={**body, "name": "other", "tags": ["none"]}))
    check("a tag that is not there raises 422", seen == (422, "unprocessable_entity"), seen)
    client.firewalls.delete(made["id"])
    seen = client.firewalls.get(made["id"])
    check("it is missing once it is deleted", is_missing(seen), seen)


def droplets(client, key):
    body = {
        "name": "standby",
        "region": "nyc3",
        "size": "s-1vcpu-2gb",
        "image": "debian-13-x64",
        "ssh_keys": [key["fingerprint"]],
        "tags": ["standby"],
        "monitoring": True,
        "user_data": "#cloud-config\n{}\n",
    }
    answer = client.droplets.create(body=body)
    made, action = answer["droplet"], answer["links"]["actions"][0]
    check("a droplet is new at first", made["status"] == "new" and made["networks"]["v4"] == [], made)
    seen = client.droplets.get(made["id"])["droplet"]
    check("and locked while it is made", seen["locked"] is True, seen)

    def active():
        seen = client.droplets.get(made["id"])["droplet"]
        return seen if seen["status"] == "active" else None

    seen = wait_for(active)
    check("it becomes active, with a public address", seen and seen["networks"]["v4"][0]["type"] == "public", seen)
    seen = client.actions.get(action["id"])["action"]
    check("the action of its creation is completed", (seen["type"], seen["status"]) == ("create", "completed"), seen)
    seen = client.droplets.list(tag_name="standby")
    check("it is listed by its tag", [d["id"] for d in seen["droplets"]] == [made["id"]] and seen["meta"]["total"] == 1)
    seen = client.tags.get("standby")["tag"]["resources"]["droplets"]
    check("its tag counts it", seen["count"] == 1, seen)
    return made["id"]


def actions(client, droplet):
    def act(**body):
        made = client.droplet_actions.post(droplet, body=body)["action"]
        done = wait_for(lambda: "done" if look(made["id"])["status"] == "completed" else None)
        check(f"{body['type']} is done", done, look(made["id"]))

    def look(action):
        return client.droplet_actions.get(droplet, action)["action"]

    act(type="power_off")
    act(type="resize", size="s-2vcpu-4gb", disk=False)
    act(type="power_on")
    act(type="rename", name="renamed")
    seen = client.droplets.get(droplet)["droplet"]
    check("it has its new size and name", (seen["size_slug"], seen["name"]) == ("s-2vcpu-4gb", "renamed"), seen)
    seen = refusal(lambda: client.droplet_actions.post(droplet, body={"type": "explode"}))
    check("an unknown action raises 422", seen == (422, "unprocessable_entity"), seen)
    seen = [action["type"] for action in client.droplet_actions.list(droplet)["actions"]]
    check("all of them are listed", seen == ["create", "power_off", "resize", "power_on", "rename"], seen)


def retag(client, droplet):
    resources = {"resources": [{"resource_id": str(droplet), "resource_type": "droplet"}]}
    client.tags.unassign_resources("standby", body=resources)
    seen = client.droplets.get(droplet)["droplet"]["tags"]
    check("a tag is taken off", seen == [], seen)
    client.tags.assign_resources("standby", body=resources)
    seen = client.droplets.get(droplet)["droplet"]["tags"]
    check("and put on again", seen == ["standby"], seen)


def pages(client):
    blob = "AAAAC3NzaC1lZDI1NTE5AAAA"
    for letter in "ABCD":
        client.ssh_keys.create(body={"name": letter, "public_key": f"ssh-ed25519 {blob}{letter * 4}"})
    names, page, more = [], 1, True
    while more:
        answer = client.ssh_keys.list(per_page=2, page=page)
        names += [key["name"] for key in answer["ssh_keys"]]
        page, more = page + 1, "next" in answer["links"].get("pages", {})
    check("a list is walked page by page", names == ["renamed", "A", "B", "C", "D"], names)
    for key in client.ssh_keys.list()["ssh_keys"]:
        client.ssh_keys.delete(key["id"])


def ending(client, droplet):
    client.droplets.destroy(droplet)
    seen = client.droplets.get(droplet)
    check("the droplet is missing once it is deleted", is_missing(seen), seen)
    seen = client.droplets.destroy(droplet)
    check("and cannot be deleted twice", is_missing(seen), seen)
    client.tags.delete("standby")
    left = {
        "droplets": client.droplets.list()["droplets"],
        "firewalls": client.firewalls.list()["firewalls"],
        "keys": client.ssh_keys.list()["ssh_keys"],
        "tags": client.tags.list()["tags"],
    }
    check("nothing is left", not any(left.values()), left)


def main():
    client = connect(os.environ["DIGITALOCEAN_TOKEN"])
    account(client)
    key = keys(client)
    tags(client)
    droplet = droplets(client, key)
    firewalls(client, droplet)
    actions(client, droplet)
    retag(client, droplet)
    pages(client)
    ending(client, droplet)


main()
