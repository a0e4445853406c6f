import { commonChecks, crossChecks, existingChecks } from "../../infra/config/cross-checks";
import { areas, existingAreas } from "../../infra/config/schema";
import { secretKeys, type SecretKey } from "../../infra/config/secrets";
import { generatedFrom, page, prose, table } from "./markdown";
import { settingsOf, type Setting } from "./settings";

const secretMeanings: Readonly<Record<SecretKey, { meaning: string; needed: string }>> = {
    proxmoxApiToken: {
        meaning: "Token with which the program logs in to the Proxmox API, `<user>@<realm>!<name>=<uuid>`.",
        needed: "with machines",
    },
    proxmoxSshPrivateKey: {
        meaning:
            "Private key of `proxmox.sshUsername` on the hosts: the whole file from its BEGIN line on, without a passphrase.",
        needed: "unless there is a password",
    },
    loginClientSecret: {
        meaning: "What the provider at `ingress.login.issuer` gave together with the client id.",
        needed: "with `ingress.login`",
    },
    proxmoxSshPassword: {
        meaning: "Password of `proxmox.sshUsername`, where a key cannot be used. Not together with a key.",
        needed: "unless there is a key",
    },
    upsPassword: {
        meaning: "Password of `ups.user` at the NUT server: letters, digits and `. _ ~ -`.",
        needed: "with `ups`",
    },
    kubeconfig: {
        meaning:
            "Kubeconfig of a cluster that is there already, complete in itself: no file beside it, no program that logs in.",
        needed: "with `cluster.kind: existing` alone",
    },
    objectStorageAccessKeyId: {
        meaning: "First half of the key for the buckets of `objectStorage`.",
        needed: "with `objectStorage.kind: s3`, and only there",
    },
    objectStorageSecretAccessKey: {
        meaning: "Second half of the key for the buckets of `objectStorage`.",
        needed: "with `objectStorage.kind: s3`, and only there",
    },
};

/** What must agree between settings, by the name of the check that holds it. */
const agreements: Readonly<Record<string, string>> = {
    uniqueNames: "Hosts, machines and joined nodes have names of their own.",
    uniqueVmIds: "No two machines have the same `vmId`.",
    uniqueAddresses: "Gateway, hosts, machines and NAS have addresses of their own.",
    uniqueSshKeys: "No key is in `cluster.sshAuthorizedKeys` twice.",
    addressesInTheirNetwork:
        "Every address lies in its network, and is neither its first nor its last: machines and gateway in `network.lan.cidr`, " +
        "hosts in `network.management` (without it: in the LAN), the NAS in `network.storage.cidr` (without it: in the LAN).",
    disjointNetworks: "No two networks overlap: LAN, management, storage, pods, services.",
    distinctVlans: "LAN and storage network do not have the same VLAN tag.",
    roomForPods: "`network.pods` has a /24 for every node, the joined ones included.",
    roomForServices: "`network.services` is a /24 or larger.",
    dhcpInTheLan: "`network.lan.dhcp` is inside `network.lan.cidr`.",
    fixedOutsideDhcp:
        "Gateway, hosts, machines, NAS, resolvers and NUT server have addresses outside `network.lan.dhcp`.",
    loadBalancerRangeIsFree:
        "`network.loadBalancer.addresses` is inside `network.lan.cidr`, outside `network.lan.dhcp`, and holds no address of " +
        "gateway, hosts, machines, NAS, resolvers or NUT server.",
    routerIsNoUpstream: "No upstream of `network.dns` is the gateway.",
    resolversOutsideTheCluster: "No resolver is in the networks of pods or services, or a machine of the house.",
    resolversOnce: "No upstream address is written twice.",
    hostsExist: "A machine's `host` is one of `hosts`.",
    severalServersShareAnAddress:
        "Several servers share an address, `cluster.virtualAddress`, which outlives each of them.",
    oddServers: "The number of servers is odd.",
    quorumSurvivesAnyHost:
        "With three hosts and three servers or more, no host runs so many of them that the others are no majority.",
    gpuIsThereOnce: "`gpu: true` needs a `gpu` at the machine's host, and is there once a host.",
    gpuWhereWorkloadsAre: "Where there are agents, no server gets a GPU.",
    gpuVendorIsKnown: "The maker in a GPU's `id` is Intel, NVIDIA or AMD.",
    gpuModelHasOneVendor: "A word of `hosts[].gpu.model`, or of `cluster.nodes[].gpu`, stands for GPUs of one maker.",
    memoryFits:
        "Where `hosts[].memoryGiB` is given, the machines of that host fit into it, with 2 GiB left for the host.",
    jellyfinFits:
        "`jellyfin.replicas` is not above the number of hosts with a machine for workloads; with `jellyfin.gpu`, of hosts " +
        "with such a machine that has a GPU; where there are several makers, of the one that most of them have. The machines for workloads are the agents, or the servers where there are none. " +
        "On a cluster that is there already they are the amd64 nodes, with `nfs: true` unless there are classes for all volumes; a node without `host` is a host of its own.",
    dlnaKnowsWhoIsAtHome:
        "`jellyfin.dlna` with `jellyfin.exposure: public` needs `network.loadBalancer` of kind `metallb`.",
    dlnaOverPlainHttp: "`jellyfin.dlna` needs `jellyfin.plainHttp: true`.",
    workersHaveGpus:
        "Where Jellyfin has a GPU, `jellyfin.replicas` and `jellyfin.workers.replicas` together are at most the GPUs of that maker times `gpu.podsPerGpu`; AMD's are not shared.",
    blockReplicasFit: "`storage.blockReplicas` is not above the number of hosts with a machine for workloads.",
    volumesFit:
        "The machines for workloads have disks for all copies of the block volumes: of each disk, the file system takes " +
        "3 %, and Longhorn leaves 30 % of the rest to others. With `jellyfin.workers`, Jellyfin has no block volumes.",
    databaseInstancesFit:
        "With `database.mode: ha`, three hosts have a machine for workloads; on a cluster that is there already, a node, with `nfs: true` unless there is a class for block volumes.",
    externalDatabaseDescribed:
        "With `database.mode: external`, `database.external` says where the server is; without, it is left out.",
    databaseMovesElsewhere: "`database.moveFrom` is another mode than `database.mode`.",
    haHasQuorum: "`proxmox.ha: true` needs three hosts or more.",
    haLetsMachinesGo: "`proxmox.ha: true` and `ups` exclude each other.",
    hostsInDomain:
        "`jellyfin.host` and `ingress.login.host` are names one label below `house.domain`: the house's certificate is valid for those.",
    hostsDiffer: "No two programs have one name.",
    askedServersAreElsewhere:
        "A login provider, bucket server or AWS endpoint has no name that the house itself serves.",
    acmeCanProve: "`ingress.acme` needs a domain that somebody can own, and `aws.zone`.",
    publicIsSafe: "`jellyfin.exposure: public` needs `ingress.login` and `ingress.acme`.",
    upsServerGoesLast: "`ups.server` is no host and no machine of the house, nor the address that its servers share.",
    bucketsHaveAnAccount: "`objectStorage.kind: aws` needs the area `aws`.",
    bucketsAreDistinct: "The buckets of a server of your own are different ones.",
    zoneHoldsDomain: "`house.domain` is `aws.zone.name` or below it.",
    imageIsInARepository: "`jellyfin.image.repository` is one of `aws.repositories`, or has its registry before it.",
    imageTellsItsRelease: "The tag of `jellyfin.image` tells the release of Jellyfin in it, or `release` does.",
    imageKnowsPostgres: "The image of Jellyfin is of 10.11 or later: pods share a database.",
    upgradeIsSafe:
        "An upgrade of Jellyfin that changes its tables goes from one release to the next (10.11 to 12.0), with one pod.",
    canaryHasCompany: "`jellyfin.canary` needs two replicas or more.",
    libraryNamesDiffer: "No two libraries of Jellyfin have the same name, upper and lower case alike.",
    imageHasGraphics:
        "The guest image is not Debian's `genericcloud` (no graphics drivers in its kernel) or `nocloud` (no cloud-init).",
    imageIsDated: "The guest image is in a folder with a date, so that it is never another file under its name.",
    imageIsForTheProcessor: "The guest image is for amd64.",
    uniqueNodes: "No two nodes have the same name.",
    sharedStorageIsThere: "There is a NAS, or a class for shared volumes.",
    oneSharedStorage: "There are not both.",
    blockReplicasFitNodes:
        "Without a class for block volumes, `storage.blockReplicas` is not above the number of hosts with a node with `nfs: true`.",
    librarySizeIsOfAClass: "With a NAS, `storage.libraryGiB` is left out.",
    copiesAreLonghorns: "With a class for block volumes, `storage.blockReplicas` is left out.",
    clientsAreKnown: "`jellyfin.exposure: public` and `jellyfin.dlna` need `cluster.network`.",
    checksumHasItsLength: "The checksum is as long as its algorithm makes it.",
};

/** Names of the checks that are described. */
export const described: readonly string[] = Object.keys(agreements);

/** The reference of `Pulumi.<stack>.yaml`. @throws Error for a check between settings that nobody has described. */
export function configurationPage(): string {
    return page(
        generatedFrom("infra/config"),
        "# Configuration",
        intro,
        ...Object.entries(areas).map(([name, schema]) => areaSection(name, settingsOf(name, schema))),
        "## With a cluster that is there already",
        onExisting,
        ...existingClusterAreas.map(([name, schema]) => areaSection(name, settingsOf(name, schema), "###")),
        existingChecks
            .filter(({ name }) => !isCommon(name))
            .map((check) => `- ${agreement(check.name)}`)
            .join("\n"),
        "## What must agree between settings",
        crossChecks.map((check) => `- ${agreement(check.name)}`).join("\n"),
        "## Secrets",
        secrets,
        table(
            ["Key", "Meaning", "Needed"],
            secretKeys.map((key) => [
                `\`homelab:${key}\``,
                prose(secretMeanings[key].meaning),
                secretMeanings[key].needed,
            ]),
        ),
    );
}

const intro = `Every setting of \`Pulumi.<stack>.yaml\`. [Pulumi.prod.yaml](../../Pulumi.prod.yaml) is a commented example of a whole
house. Each area below is one key under \`config:\`; a key that is not listed here is refused. The settings are written as
messages write them: \`hosts[].address\` is the \`address\` of each entry of \`homelab:hosts\`.

Everything is checked before the first resource is touched, and all mistakes are told at once, each as
\`<where>: <what is wrong> (<rule>); <what to write>\`. Sizes are in GiB (1024 MiB), times in minutes, addresses are IPv4.`;

const secrets = `Secrets are keys of their own, which Pulumi encrypts in the stack file. \`pulumi config set --secret homelab:<key>\` asks for
the value, or reads it from standard input, so that it is in no shell history. Keys for AWS are not configuration: they
come from where every AWS tool looks for them.`;

const onExisting = `\`cluster.kind: existing\` takes a cluster as it is: one that a provider manages, or kind or k3d. Then \`proxmox\`,
\`network\`, \`hosts\` and \`guestImage\` have no meaning, and are refused; the areas below have other settings than above, and
the rest is the same. [Use an existing cluster](../how-to/use-an-existing-cluster.md) says how.`;

/** The areas that an existing cluster has in another form. */
const existingClusterAreas = Object.entries(existingAreas).filter(
    ([name, schema]) => !Object.entries(areas).some(([own, same]) => own === name && same === schema),
);

function isCommon(check: string): boolean {
    return commonChecks.some(({ name }) => name === check);
}

function areaSection(name: string, settings: readonly Setting[], heading = "##"): string {
    const [area, ...below] = settings;
    if (area === undefined) throw new Error(`${name}: has no settings`);
    const list = area.kind === "list of groups" ? ` ${sentence(area.value)}` : "";
    return [
        `${heading} \`homelab:${name}\``,
        `${prose(area.meaning)}${list}`,
        table(
            ["Setting", "Meaning", "Value", "Default"],
            below.map((setting) => [`\`${setting.path}\``, prose(setting.meaning), valueCell(setting), start(setting)]),
        ),
    ].join("\n\n");
}

function valueCell({ kind, value, rule }: Setting): string {
    if (kind === "group") return "a group of settings";
    return rule === undefined ? value : `${prose(value)}: ${prose(rule)}`;
}

function start({ fallback, required, kind }: Setting): string {
    if (fallback !== undefined) return `\`${fallback}\``;
    if (required) return "required";
    return kind === "group" ? "may be left out" : "none";
}

function agreement(name: string): string {
    const text = agreements[name];
    if (text === undefined) throw new Error(`docs/tools/configuration.ts: ${name} is not described; add a sentence`);
    return text;
}

function sentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
