import { parseArgs } from "node:util";
import { ConfigError } from "../infra/config/issues";
import { hasMachines, type MachineHouse } from "../infra/config/schema";
import { readStackFile } from "../infra/config/stack-file";
import { planInventory } from "../infra/inventory";
import { programGrants } from "../infra/proxmox/privileges";
import { bootstrapScript, hostPrepScript, type HostPrepMode } from "../infra/proxmox/host-prep";

const USAGE = `npm run --silent host-prep -- <host> [--check] [--stack <name>]
npm run --silent host-prep -- --bootstrap [--stack <name>]

  <host>       a host of the house; prints the script that prepares it, for bash as root on that host
  --check      prints the script that only tells what differs, instead
  --bootstrap  prints the script that makes the program's user, rights and token, once for the cluster
  --stack      the house: Pulumi.<name>.yaml; default: prod`;

/** @throws Error where the host is not one of the house */
export function preparation(config: MachineHouse, name: string, mode: HostPrepMode): string {
    const { hosts } = planInventory(config);
    const host = hosts.find((one) => one.name === name);
    if (host === undefined) {
        const names = hosts.map((one) => one.name).join(", ");
        throw new Error(`${name}: is not a host of this house (the hosts are ${names}); name one of them`);
    }
    return hostPrepScript({ host, ups: config.ups, sshUsername: config.proxmox.sshUsername }, mode);
}

/** The bootstrap of a house's Proxmox cluster. */
export function bootstrap(config: MachineHouse): string {
    const { bridge, vlan } = config.network.lan;
    return bootstrapScript(programGrants({ hosts: planInventory(config).hosts, bridge, vlan, ha: config.proxmox.ha }));
}

function output(args: readonly string[]): string {
    const { values, positionals } = parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
            bootstrap: { type: "boolean", default: false },
            check: { type: "boolean", default: false },
            help: { type: "boolean", default: false },
            stack: { type: "string", default: "prod" },
        },
    });
    const [host, ...others] = positionals;
    if (values.help) return USAGE;
    if (others.length > 0 || (host === undefined) !== values.bootstrap || (values.bootstrap && values.check)) {
        throw new Error(`one host, or --bootstrap\n\n${USAGE}`);
    }
    const config = readStackFile(`Pulumi.${values.stack}.yaml`);
    if (!hasMachines(config))
        throw new Error(`${values.stack}: runs on a cluster that is there; it has no hosts to prepare`);
    return host === undefined ? bootstrap(config) : preparation(config, host, values.check ? "check" : "apply");
}

if (require.main === module) {
    try {
        process.stdout.write(output(process.argv.slice(2)));
    } catch (error) {
        console.error(error instanceof Error ? error.message : String(error));
        process.exitCode = error instanceof ConfigError ? 1 : 2;
    }
}
