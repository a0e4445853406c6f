import { addressRange, cidr, ipv4, vlan } from "./addressing";
import { dnsSchema } from "./dns";
import { group, kind, kinds, text } from "./field";

const lanSchema = group("The network of the machines, and of the hosts where they have none of their own.", {
    cidr: cidr("Network of the machines."),
    gateway: ipv4("Router of that network."),
    vlan: vlan("VLAN tag that the machines' network cards get. Leave it out where the bridge is untagged.").optional(),
    bridge: text(/^[a-z][a-z0-9_]{0,9}$/, "Proxmox bridge that the machines are plugged into. Default: vmbr0.", {
        is: "a bridge",
        rule: "Proxmox names bridges with at most 10 lower-case letters, digits and underscores",
        write: "write one like vmbr0",
    }).default("vmbr0"),
    dhcp: addressRange(
        "Addresses that the router hands out by DHCP, `<first>-<last>`. Only so that nothing of the house is put among them; leave it out where there is no DHCP.",
    ).optional(),
});

const storageNetworkSchema = group("The network of the NAS.", {
    cidr: cidr("Network that the NAS lives in."),
    vlan: vlan("VLAN tag of that network. Leave it out where it is untagged.").optional(),
});

const loadBalancerSchema = kinds(
    [
        group("The addresses of the machines.", {
            kind: kind(
                "servicelb",
                "servicelb, which k3s brings: the addresses of the machines. Each goes with its machine, and no program sees who comes.",
            ),
        }),
        group("Addresses of their own.", {
            kind: kind("metallb", "metallb: addresses of their own, which another machine takes over within seconds."),
            addresses: addressRange(
                "Addresses that it may give, in network.lan and used by nobody else. The ingress gets the first one.",
            ),
        }),
    ],
    "Where Services of type LoadBalancer, above all the ingress, get their addresses. Default: kind servicelb. To change it later, or the first of its addresses, takes a cold start of the servers: docs/how-to/change-the-load-balancer.md.",
    {
        rule: "it is one of the two, because two would fight over each Service",
        write: "write it with kind: servicelb or kind: metallb below",
    },
);

/** Networks of the house and of the cluster. */
export const networkSchema = group("Networks of the house and of the cluster; no two of them may overlap.", {
    lan: lanSchema,
    management: cidr("Network of the hosts. Leave it out where hosts and machines share network.lan.").optional(),
    storage: storageNetworkSchema
        .describe("The network of the NAS. Leave it out where the NAS is on the network of the machines.")
        .optional(),
    pods: cidr("Network of the pods; every node gets a /24 of it. Default: 10.42.0.0/16, as k3s has it.").default(
        "10.42.0.0/16",
    ),
    services: cidr("Network of the cluster's services, a /24 or larger. Default: 10.43.0.0/16, as k3s has it.").default(
        "10.43.0.0/16",
    ),
    dns: dnsSchema.prefault({}),
    loadBalancer: loadBalancerSchema.default({ kind: "servicelb" }),
});
