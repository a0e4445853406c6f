import { listed, type ConfigIssue } from "../issues";
import { machinePlaces, type CrossCheck } from "./places";
import { nearest } from "../nearest";

/** Memory that stays with the host for Proxmox itself, in GiB (Proxmox' own system requirement). */
const hostReserveGiB = 2;

/** A machine runs on a host of this house. */
export const hostsExist: CrossCheck = ({ hosts, cluster }) => {
    if (hosts === undefined) {
        return [];
    }
    const names = hosts.map(({ name }) => name);
    return machinePlaces(cluster)
        .filter(({ machine }) => !names.includes(machine.host))
        .map(({ path, machine }) => ({
            path: `${path}.host`,
            wrong: `${machine.host} is not a host`,
            rule: `the hosts are ${listed(names)}`,
            write: `write ${nearest(machine.host, names) ?? "one of them"}`,
        }));
};

/** Quorum needs an odd number: the fourth server adds a machine that may fail, and no safety. */
export const oddServers: CrossCheck = ({ cluster }) => {
    const servers = cluster?.servers.machines.length ?? 1;
    return servers % 2 === 1
        ? []
        : [
              {
                  path: "cluster.servers.machines",
                  wrong: `has ${servers} servers`,
                  rule: "etcd needs an odd number: one more than an odd number adds a risk and no safety",
                  write: `write ${servers - 1} or ${servers + 1}`,
              },
          ];
};

/** With three hosts or more, no single one may take the quorum with it. */
export const quorumSurvivesAnyHost: CrossCheck = ({ hosts, cluster }) => {
    const servers = machinePlaces(cluster).filter(({ role }) => role === "server");
    if (hosts === undefined || hosts.length < 3 || servers.length < 3 || servers.length % 2 === 0) {
        return [];
    }
    const bearable = (servers.length - 1) / 2;
    return hosts.flatMap(({ name }) => {
        const here = servers.filter(({ machine }) => machine.host === name);
        const surplus = here[bearable];
        return surplus === undefined
            ? []
            : [
                  {
                      path: `${surplus.path}.host`,
                      wrong: `${name} runs ${here.length} of ${servers.length} servers`,
                      rule: `the cluster must survive any one host: at most ${bearable} on each`,
                      write: `put ${surplus.machine.name} on another host`,
                  },
              ];
    });
};

/** A GPU can only be passed through where there is one, and only to one machine. */
export const gpuIsThereOnce: CrossCheck = ({ hosts, cluster }) => {
    if (hosts === undefined) {
        return [];
    }
    const takenBy = new Map<string, string>();
    return machinePlaces(cluster).flatMap(({ path, machine }): ConfigIssue[] => {
        const hostIndex = hosts.findIndex(({ name }) => name === machine.host);
        const host = hosts[hostIndex];
        if (!machine.gpu || host === undefined) {
            return [];
        }
        if (host.gpu === undefined) {
            const wrong = `${host.name} has no GPU`;
            const rule = "a machine can only be given what its host has";
            return [
                {
                    path: `${path}.gpu`,
                    wrong,
                    rule,
                    write: `remove it, or describe the GPU at hosts[${hostIndex}].gpu`,
                },
            ];
        }
        const owner = takenBy.get(host.name);
        if (owner !== undefined) {
            const wrong = `the GPU of ${host.name} is used by ${owner} too`;
            const rule = "Proxmox passes a GPU through to one running machine";
            return [{ path: `${path}.gpu`, wrong, rule, write: `remove it, or put ${machine.name} on another host` }];
        }
        takenBy.set(host.name, path);
        return [];
    });
};

/** Servers run no workloads while there are agents, so a GPU there would lie idle. */
export const gpuWhereWorkloadsAre: CrossCheck = ({ cluster }) =>
    cluster?.agents === undefined
        ? []
        : machinePlaces(cluster)
              .filter(({ role, machine }) => role === "server" && machine.gpu)
              .map(({ path, machine }) => ({
                  path: `${path}.gpu`,
                  wrong: `${machine.name} is a server and runs no workloads`,
                  rule: "where there are agents, servers are kept free for the control plane",
                  write: "give the GPU to an agent of the same host",
              }));

/** The machines of a host fit into its memory, where the file says how much there is. */
export const memoryFits: CrossCheck = ({ hosts, cluster }) =>
    (hosts ?? []).flatMap((host, index) => {
        const here = machinePlaces(cluster).filter(({ machine }) => machine.host === host.name);
        const wanted = here.reduce((sum, { memoryGiB }) => sum + memoryGiB, 0);
        return host.memoryGiB === undefined || wanted + hostReserveGiB <= host.memoryGiB
            ? []
            : [
                  {
                      path: `hosts[${index}].memoryGiB`,
                      wrong: `${host.memoryGiB} GiB do not hold the ${wanted} GiB of ${listed(here.map(({ machine }) => machine.name))}`,
                      rule: `${hostReserveGiB} GiB stay with the host, and nothing is shared: a passed-through GPU pins its machine's memory`,
                      write: "give the machines less, or move one",
                  },
              ];
    });
