/** How the released bridge names things; where a name follows no rule it stands in a table here. */

const LEGACY = "proxmox_virtual_environment_";
const CURRENT = "proxmox_";

/**
 * Pulumi's token of a Terraform type: `proxmox_hardware_mapping_pci` is `proxmoxve:hardware/mapping/pci:Pci`, and
 * what begins with `proxmox_virtual_environment_` has `Legacy` behind its last word.
 */
export function resourceToken(terraformType: string): string {
    const { module, member } = moduleMember(terraformType);
    return `proxmoxve:${module}/${member}:${capitalize(member)}`;
}

/** Pulumi's token of a data source: `proxmox_hardware_pci` is `proxmoxve:hardware/getPci:getPci`. */
export function functionToken(terraformType: string): string {
    const { module, member } = moduleMember(terraformType);
    const name = `get${capitalize(member)}`;
    return `proxmoxve:${module}/${name}:${name}`;
}

function moduleMember(terraformType: string): { module: string; member: string } {
    const legacy = terraformType.startsWith(LEGACY);
    const words = terraformType.slice(legacy ? LEGACY.length : CURRENT.length).split("_");
    const last = words.at(-1) ?? "";
    return { module: words.slice(0, -1).join("/") || "index", member: legacy ? `${last}Legacy` : last };
}

/** @param many whether the property is a list or a set on Pulumi's side. */
export function propertyName(terraformName: string, many: boolean): string {
    const name = many ? plural(terraformName) : terraformName;
    return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function plural(word: string): string {
    if (/(ss|x|ch|sh)$/.test(word)) return `${word}es`;
    if (word.endsWith("s")) return word;
    if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
    return `${word}s`;
}

function capitalize(word: string): string {
    return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** Names of single properties for which the released bridge makes an exception, by Terraform type and attribute. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
    // Its plural is another property of the same resource.
    "proxmox_virtual_environment_hosts.entry": "entry",
    "proxmox_sdn_controller_evpn.id": "sdnControllerEvpnId",
};

/** Name of a property of a whole resource; `id` is Pulumi's own word, so an `id` that is given has another one. */
export function resourceProperty(terraformType: string, key: string, many: boolean, inputId: boolean): string {
    const exception = EXCEPTIONS[`${terraformType}.${key}`];
    if (exception !== undefined) return exception;
    return key === "id" && inputId ? "resourceId" : propertyName(key, many);
}
