"""What an ordinary client does with a Proxmox cluster; prints what it saw as JSON.

Settings come as JSON on standard input, so that no secret is in an argument list.
"""

import json
import sys

from proxmoxer import ProxmoxAPI, ResourceException
from proxmoxer.tools import Tasks


def refusal(call):
    """Status, text and errors of a call that must fail."""
    try:
        return {"unexpected": call()}
    except ResourceException as error:
        return {"status": error.status_code, "text": str(error), "errors": error.errors}


def main():
    settings = json.load(sys.stdin)
    common = {"port": settings["port"], "verify_ssl": settings["authority"]}
    seen = {}

    by_password = ProxmoxAPI(settings["host"], user="root@pam", password=settings["password"], **common)
    seen["version"] = by_password.version.get()["version"]
    seen["nodes"] = sorted(node["node"] for node in by_password.nodes.get())
    try:
        ProxmoxAPI(settings["host"], user="root@pam", password="wrong", **common)
        seen["wrong_password"] = "accepted"
    except Exception as error:
        seen["wrong_password"] = type(error).__name__ + ": " + str(error)

    user, name = settings["token"].split("=")[0].split("!")
    secret = settings["token"].split("=")[1]
    by_token = ProxmoxAPI(settings["host"], user=user, token_name=name, token_value=secret, **common)
    node = by_token.nodes("pve-1")

    def finish(upid):
        return Tasks.blocking_status(by_token, upid, timeout=10, polling_interval=0.05)["exitstatus"]

    free = int(by_token.cluster.nextid.get())
    seen["nextid"] = free
    seen["create"] = finish(
        node.qemu.create(
            vmid=free,
            name="guest",
            cores=2,
            memory=2048,
            scsi0="local-lvm:8,ssd=1",
            net0="virtio,bridge=vmbr0",
            boot="order=scsi0",
            agent=1,
        )
    )
    vm = node.qemu(free)
    seen["listed"] = [line["name"] for line in node.qemu.get()]
    seen["config"] = vm.config.get()
    vm.config.put(cores=4, description="changed", delete="agent")
    seen["changed"] = vm.config.get()
    seen["resize"] = finish(vm.resize.put(disk="scsi0", size="+2G"))
    seen["start"] = finish(vm.status.start.post())
    seen["running"] = vm.status.current.get()["status"]
    seen["delete_running"] = refusal(vm.delete)
    seen["stop"] = finish(vm.status.stop.post())
    seen["stopped"] = vm.status.current.get()["status"]

    seen["wrong_parameter"] = refusal(lambda: node.qemu.create(vmid=free + 1, cores="many", colour="blue"))
    seen["wrong_node"] = refusal(lambda: by_token.nodes("pve-9").qemu.get())

    by_password.access.users.create(userid="guest@pve", password="guest-password")
    by_password.access.acl.put(path=f"/vms/{free}", users="guest@pve", roles="PVEAuditor")
    guest = ProxmoxAPI(settings["host"], user="guest@pve", password="guest-password", **common)
    seen["guest_reads"] = guest.nodes("pve-1").qemu(free).config.get()["name"]
    seen["missing_privilege"] = refusal(lambda: guest.nodes("pve-1").qemu(free).status.start.post())

    seen["delete"] = finish(vm.delete())
    seen["deleted"] = refusal(vm.config.get)
    json.dump(seen, sys.stdout)


main()
