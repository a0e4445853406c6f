import { CONFIG_PATH } from "./node-settings";

/** The first server: makes the cluster, or comes back to it. */
interface First {
    readonly kind: "first";
    /** Addresses of the other servers. */
    readonly others: readonly string[];
}

/** A further server: it joins the first of these that answers. */
interface Further {
    readonly kind: "further";
    /**
     * Addresses of the cluster, in the order in which they are asked: the one that the servers share, then each server's own.
     * Nobody has the first one in a house that grows from one server, until a further one has brought it.
     */
    readonly addresses: readonly string[];
}

/** An agent: it waits until the cluster answers where its configuration has it. */
interface Joining {
    readonly kind: "join";
    readonly url: string;
}

export interface Install {
    readonly role: "server" | "agent";
    readonly start: First | Further | Joining;
    /** Exact release, for example `v1.36.3+k3s1`. */
    readonly version: string;
}

const REJOIN_PATH = "/etc/rancher/k3s/config.yaml.d/10-rejoin.yaml";

/** There once the server is a member of etcd; then k3s knows the others, and asks at no address. */
const MEMBER_PATH = "/var/lib/rancher/k3s/server/db/etcd";

/** Has k3s join the first address that answers. @param then what the shell does after that */
function joinOneOf(addresses: readonly string[], then: "break" | "break 2"): string {
    return [
        `for server in ${addresses.join(" ")}; do`,
        'if curl -ksf --max-time 3 -o /dev/null "https://$server:6443/cacerts"; then',
        "mkdir -p /etc/rancher/k3s/config.yaml.d;",
        `printf 'cluster-init: false\\nserver: https://%s:6443\\n' "$server" > ${REJOIN_PATH};`,
        `${then}; fi; done`,
    ].join(" ");
}

/**
 * A first server whose disk is empty would make a new cluster with the old keys, and every client would trust it. So it
 * asks the other servers first, and joins the one that answers. As every server with an empty disk it comes in when its old
 * node is deleted, and with that its old place in etcd (`k3s-io/k3s:pkg/etcd`: "duplicate node name found").
 */
function rejoin(others: readonly string[]): string[] {
    return others.length === 0 ? [] : [`if [ ! -d ${MEMBER_PATH} ]; then ${joinOneOf(others, "break")}; fi`];
}

function waitFor(start: Install["start"]): string[] {
    switch (start.kind) {
        case "first":
            return rejoin(start.others);
        case "further":
            return [`until [ -d ${MEMBER_PATH} ]; do ${joinOneOf(start.addresses, "break 2")}; sleep 3; done`];
        case "join":
            return [`until curl -ksf --max-time 3 -o /dev/null ${start.url}/cacerts; do sleep 3; done`];
    }
}

/** @returns lines for `runcmd`; each may run again: cloud-init does so when its drive changes. */
export function installCommands({ role, start, version }: Install): string[] {
    const script = "/usr/local/sbin/k3s-install.sh";
    // The script of the same release; a `+` in an address is written %2B.
    const source = `https://raw.githubusercontent.com/k3s-io/k3s/${version.replace("+", "%2B")}/install.sh`;
    const unit = role === "server" ? "k3s" : "k3s-agent";
    return [
        ...waitFor(start),
        `curl -sfL --retry 30 --retry-delay 2 --retry-all-errors -o ${script} ${source}`,
        // Same version already there: only read the configuration again, in case that is what changed.
        `if k3s --version 2>/dev/null | grep -qF "${version}"; then systemctl restart ${unit}; ` +
            `else INSTALL_K3S_VERSION=${version} INSTALL_K3S_EXEC=${role} sh ${script}; fi`,
        `test -s ${CONFIG_PATH} && systemctl is-enabled ${unit}`,
    ];
}
