import * as pulumi from "@pulumi/pulumi";
import type { Provider } from "@muhlba91/pulumi-proxmoxve";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { ETCD_SNAPSHOT_SECRET } from "../components/etcd-snapshot-target";
import { hasMachines, type ExistingClusterHouse, type HomelabConfig, type MachineHouse } from "../infra/config/schema";
import type { Secrets } from "../infra/config/load";
import type { Inventory, Machine as PlannedMachine } from "../infra/inventory";
import { ExistingCluster } from "../infra/existing";
import { K3sCluster, LOGIN_USER, nameservers, type Gate, type PlannedNode } from "../infra/k3s";
import {
    GpuPassthrough,
    HighAvailability,
    HostImage,
    idMustBeFree,
    Machine,
    proxmoxApi,
    proxmoxProvider,
    type MachineNetwork,
    type Observe,
    type ProxmoxAccess,
} from "../infra/proxmox";
import type { Ups } from "../infra/ups";
import type { Backup } from "./backup";
import { clusterArgs } from "./cluster-args";

/** Machines and cluster. */
export interface Base {
    /** Providers of what runs in the cluster, for every later part. */
    readonly providers: pulumi.ProviderResource[];
    /** Administrator's kubeconfig; secret. */
    readonly kubeconfig: pulumi.Output<string>;
    readonly clusterUrl: pulumi.Input<string>;
    readonly inventory: Inventory;
    /** Configuration of k3s for each joined node, by its name; secret. */
    readonly joinedConfigs: Readonly<Record<string, pulumi.Output<string>>>;
}

/** How the program looks at what it builds on before it goes on; a test hands its own. */
export interface Lookout {
    /** What the cluster has to pass before anything is put on it. */
    readonly gate: Gate;
    /** Shows what Proxmox consists of before machines are put on it. */
    readonly observe: Observe;
}

/** @param kept where backups go; default: nowhere. */
export function base(
    config: HomelabConfig,
    secrets: Secrets,
    inventory: Inventory,
    lookout: Lookout,
    kept: Pick<Backup, "storage"> = { storage: undefined },
): Base {
    return hasMachines(config)
        ? machineBase(config, secrets, inventory, lookout, kept)
        : existingBase(config, secrets, inventory, lookout);
}

function existingBase(config: ExistingClusterHouse, secrets: Secrets, inventory: Inventory, { gate }: Lookout): Base {
    if (secrets.kubeconfig === undefined) {
        throw new Error("there is no kubeconfig, which loadConfig should have refused");
    }
    const { name: clusterName, context, storageClasses, ingress, certManager } = config.cluster;
    const cluster = new ExistingCluster(clusterName, {
        clusterName,
        context,
        kubeconfig: secrets.kubeconfig,
        nodes: inventory.existing,
        ...{ storageClasses, certManager, ingressNamespace: ingress.namespace },
        gate,
        budgetMinutes: config.house.readinessBudgetMinutes,
    });
    const { provider, kubeconfig, url: clusterUrl } = cluster;
    return { providers: [provider, ...localProviders()], kubeconfig, clusterUrl, inventory, joinedConfigs: {} };
}

function localProviders(): pulumi.ProviderResource[] {
    return [new random.Provider("random"), new tls.Provider("tls")];
}

function machineBase(
    config: MachineHouse,
    secrets: Secrets,
    inventory: Inventory,
    { gate, observe }: Lookout,
    kept: Pick<Backup, "storage">,
): Base {
    const { protectData, readinessBudgetMinutes } = config.house;
    const local = localProviders();
    const access: ProxmoxAccess = {
        ...config.proxmox,
        apiToken: tokenOf(secrets),
        sshPassword: secrets.proxmoxSshPassword,
        sshPrivateKey: secrets.proxmoxSshPrivateKey,
        hosts: inventory.hosts,
        observe,
    };
    const proxmox = proxmoxProvider("proxmox", access);
    const opts = { providers: local, protect: protectData };
    const snapshotSecret = kept.storage === undefined ? undefined : ETCD_SNAPSHOT_SECRET;
    const args = { ...clusterArgs(config, inventory), ups: upsOf(config, secrets), snapshotSecret };
    const cluster = new K3sCluster(config.cluster.name, args, opts);
    const made = new Set<string>();
    const machines = createMachines(config, inventory, cluster, access, proxmox, ({ name }) => made.add(name));
    const kubeconfig = gate({
        kubeconfig: cluster.kubeconfig,
        planned: [...inventory.servers, ...inventory.agents].map((machine) => plannedNode(machine, config)),
        machineIds: machines.map(({ vm }) => vm.id),
        made,
        budgetMinutes: readinessBudgetMinutes,
        resource: cluster,
    });
    const kubernetes = new k8s.Provider("kubernetes", {
        kubeconfig,
        context: config.cluster.name,
        // Without it a changed kubeconfig would replace everything that is in the cluster.
        clusterIdentifier: config.cluster.name,
        enableServerSideApply: true,
        // What somebody changed with kubectl belongs to kubectl from then on; `up` takes it back instead of stopping there.
        enablePatchForce: true,
    });
    const joinedConfigs = Object.fromEntries(
        inventory.joined.map((node) => [node.name, cluster.joinedConfig(node)] as const),
    );
    return { providers: [kubernetes, ...local], kubeconfig, clusterUrl: cluster.url, inventory, joinedConfigs };
}

function createMachines(
    config: MachineHouse,
    inventory: Inventory,
    cluster: K3sCluster,
    access: ProxmoxAccess,
    provider: Provider,
    onMade: (machine: PlannedMachine) => void,
): Machine[] {
    const onHosts = { provider };
    const images = new Map(
        inventory.hosts.map((host) => [
            host.name,
            new HostImage(`image-${host.name}`, { host, image: config.guestImage }, onHosts),
        ]),
    );
    const mappings = new Map(
        inventory.gpuMappings.map((mapping) => [
            mapping.name,
            new GpuPassthrough(mapping.name, { mapping }, onHosts).mapping,
        ]),
    );
    const api = proxmoxApi(access);
    const placed = [...inventory.servers, ...inventory.agents].map((machine) => {
        const image = images.get(machine.host.name);
        if (image === undefined) {
            throw new Error(`${machine.name} is planned on ${machine.host.name}, which is no host of the inventory`);
        }
        const gpu = machine.gpu === undefined ? undefined : mappings.get(machine.gpu.mapping);
        const network = machineNetwork(config);
        const cloudConfig = cluster.cloudConfig(machine);
        const beforeCreate = idMustBeFree(machine, api, access.observe, onMade);
        const args = { machine, image, gpu, network, cloudConfig, beforeCreate };
        const made = new Machine(machine.name, args, { provider, protect: config.house.protectData });
        return { machine, made };
    });
    if (config.proxmox.ha) {
        const managed = placed.map(({ machine, made }) => ({ machine, vm: made.vm }));
        const { name } = config.cluster;
        new HighAvailability(`${name}-ha`, { clusterName: name, machines: managed }, onHosts);
    }
    return placed.map(({ made }) => made);
}

/** The UPS with its password; secret. */
function upsOf({ ups }: MachineHouse, { upsPassword }: Secrets): pulumi.Output<Ups> | undefined {
    return ups && upsPassword && pulumi.secret(upsPassword.apply((password) => ({ ...ups, password })));
}

function machineNetwork({ network, house }: MachineHouse): MachineNetwork {
    const { cidr, gateway, bridge, vlan } = network.lan;
    return { cidr, gateway, bridge, vlan, resolvers: nameservers(network.dns), domain: house.domain };
}

function plannedNode(machine: PlannedMachine, { cluster }: MachineHouse): PlannedNode {
    const { name, role, host, vmId, address, labels } = machine;
    const sshUser = cluster.sshAuthorizedKeys?.length ? LOGIN_USER : undefined;
    return { name, role, host: host.name, vmId, address, labels, sshUser };
}

function tokenOf({ proxmoxApiToken }: Secrets): pulumi.Output<string> {
    if (proxmoxApiToken === undefined) {
        throw new Error("there is no token for Proxmox, which loadConfig should have refused");
    }
    return proxmoxApiToken;
}
