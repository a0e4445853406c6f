import assert from "node:assert/strict";
import {
    functionToken,
    propertyName,
    resourceProperty,
    resourceToken,
} from "../../../../lab/providers/proxmoxve/names";

describe("names of the bridge", () => {
    it("makes the token of a resource from the words of Terraform's type", () => {
        assert.equal(resourceToken("proxmox_hardware_mapping_pci"), "proxmoxve:hardware/mapping/pci:Pci");
        assert.equal(resourceToken("proxmox_download_file"), "proxmoxve:download/file:File");
        assert.equal(resourceToken("proxmox_acl"), "proxmoxve:index/acl:Acl");
    });

    it("puts Legacy behind the last word of the older types", () => {
        assert.equal(resourceToken("proxmox_virtual_environment_vm"), "proxmoxve:index/vmLegacy:VmLegacy");
        assert.equal(resourceToken("proxmox_virtual_environment_user_token"), "proxmoxve:user/tokenLegacy:TokenLegacy");
    });

    it("makes the token of a data source with get", () => {
        assert.equal(functionToken("proxmox_hardware_pci"), "proxmoxve:hardware/getPci:getPci");
        assert.equal(functionToken("proxmox_virtual_environment_vms"), "proxmoxve:index/getVmsLegacy:getVmsLegacy");
    });

    it("writes properties in camel case, and lists in the plural", () => {
        const names: [string, boolean, string][] = [
            ["delete_unreferenced_disks_on_destroy", false, "deleteUnreferencedDisksOnDestroy"],
            ["ipv4_addresses", true, "ipv4Addresses"],
            ["boot_order", true, "bootOrders"],
            ["virtiofs", true, "virtiofs"],
            ["policy", true, "policies"],
            ["alias", true, "alias"],
        ];
        for (const [terraform, many, pulumi] of names) assert.equal(propertyName(terraform, many), pulumi);
    });

    it("calls an id that the program gives resourceId, because id is Pulumi's own", () => {
        assert.equal(resourceProperty("proxmox_storage_nfs", "id", false, true), "resourceId");
        assert.equal(resourceProperty("proxmox_virtual_environment_vm", "id", false, false), "id");
    });
});
