import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KubeClient, KubeObject } from "../../kube/client";
import type { Child } from "../../process/child";
import type { MachineSpec } from "../body";
import type { Chassis, PoweredMachine } from "../chassis";
import { homeAddress, type ControlPlaneSite } from "../control-plane";
import type { StorageFolders } from "../storage/control";
import { sharePath } from "../storage/nas-paths";
import { LAN, lanAddress, type Endpoint } from "./addresses";
import { Gateway } from "./gateway";
import { Lan } from "./lan";
import { LoadBalancerDoors } from "./load-balancer-doors";
import { PolicyAddresses } from "./policy-addresses";
import { startResolver } from "./resolver";
import { translateStoreAddresses } from "./store-addresses";
import { UPLINK } from "./uplink";
import { machineStorage, RealMachine, type MachineParts } from "./machine";
import { networkPolicyAccess } from "./network-policy";
import { translatePoolAddresses } from "./pool-addresses";

export interface RealChassisOptions extends Omit<MachineParts, "lan"> {
    /** CoreDNS, and the addresses at which it stands for the resolvers of the house. */
    readonly resolver: { readonly program: string; readonly addresses: readonly string[] };
    /** Shares of the NAS that exist, however often machines die: address and path, as the house's configuration has them. */
    readonly shares: readonly { readonly server: string; readonly path: string }[];
    /** Where the API server answers, as the house's configuration has the addresses. */
    readonly apiServers: readonly string[];
    /** Where AWS stands in on the host, as the house's configuration has it; pods reach it on the lab's network. */
    readonly aws: Endpoint | undefined;
    /** Whether the house has addresses of its own for Services (MetalLB). */
    readonly hasAddressPools: boolean;
}

/** Machines with containers, in namespaces of their own, on a network of their own. */
export class RealChassis implements Chassis {
    readonly kind = "real";
    readonly site: ControlPlaneSite;
    readonly storage: StorageFolders;

    private constructor(
        private readonly options: RealChassisOptions,
        private readonly lan: Lan,
        private readonly gateway: Gateway,
        private readonly resolver: Child | undefined,
    ) {
        this.storage = machineStorage(options.paths);
        this.site = {
            place: (command, args) => lan.enter(command, args),
            home: homeAddress(options.slot),
            inner: "127.0.0.1",
            apiListen: "0.0.0.0",
            advertised: LAN.address,
            publish: async (address, port) => {
                await gateway.expose({ address, port }, { address: "127.0.0.1", port });
                return () => gateway.withdraw({ address, port });
            },
        };
    }

    static async open(options: RealChassisOptions): Promise<RealChassis> {
        const { paths, shares, aws } = options;
        for (const { server, path } of shares) {
            const folder = sharePath(join(paths.storage, "nas"), server, path);
            mkdirSync(folder, { recursive: true });
            // Programs of the house run as users of their own: an export squashes nobody, and lets everybody write.
            chmodSync(folder, 0o777);
        }
        const lan = await Lan.open(paths);
        const resolver = await startResolver({ paths, lan, ...options.resolver });
        const gateway = Gateway.open(paths, lan);
        if (options.pull) await gateway.uplink(UPLINK);
        if (aws !== undefined) {
            const inside = { address: lanAddress(aws.address), port: aws.port };
            await lan.own(inside.address);
            await gateway.invite(inside, aws);
        }
        return new RealChassis(options, lan, gateway, resolver);
    }

    powerOn(machine: MachineSpec, console: (line: string) => void): Promise<PoweredMachine> {
        return RealMachine.powerOn(machine, { ...this.options, lan: this.lan }, console);
    }

    async attend(client: KubeClient): Promise<{ stop(): void }> {
        const { slot, log, apiServers, hasAddressPools, aws } = this.options;
        if (aws !== undefined) await translateStoreAddresses(client, slot);
        if (hasAddressPools) await translatePoolAddresses(client, slot);
        for (const object of networkPolicyAccess()) await client.apply(...accessPath(object));
        const attendants = [
            new LoadBalancerDoors({ client, gateway: this.gateway, slot, log }),
            new PolicyAddresses({ client, apiServers, log }),
        ];
        return {
            stop: () => {
                for (const attendant of attendants) attendant.stop();
            },
        };
    }

    discard(name: string): Promise<void> {
        rmSync(join(this.options.paths.machines, name), { recursive: true, force: true });
        return Promise.resolve();
    }

    /** Everything on the lab's network ends. */
    async close(): Promise<void> {
        this.gateway.close();
        await this.resolver?.stop();
        await this.lan.close();
    }
}

/** Where an object of access control is written, what, and by whom. */
function accessPath(object: KubeObject): [string, KubeObject, string] {
    const plural = `${(object.kind ?? "").toLowerCase()}s`;
    return [`/apis/${object.apiVersion ?? ""}/${plural}/${object.metadata.name ?? ""}`, object, "deploy@k3s"];
}
