import { runsPods } from "../../model/containers";
import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";
import { eachText } from "../../model/words";

const isConfigMap = isKind("ConfigMap");
const unchecked = /StrictHostKeyChecking[\s="']+(?:no|off|accept-new)\b|UserKnownHostsFile[\s="']+\/dev\/null/i;

export const sshChecksHostKeys: ResourceRule = {
    kind: "resource",
    name: "ssh-checks-host-keys",
    level: "mandatory",
    severity: "high",
    description: "SSH checks the key of the host that it talks to.",
    incident:
        "Workers were reached over SSH with the check of host keys switched off and a private key that lay in the chart: " +
        "whoever took a worker's address was handed the jobs, and could log in to all of them.",
    instead: "a known_hosts file from a ConfigMap, with the keys of the hosts, and StrictHostKeyChecking yes.",
    applies: (type) => runsPods(type) || isConfigMap(type),
    check(subject, report) {
        eachText(subject, report, (text, at) => {
            const found = unchecked.exec(text)?.[0];
            if (found === undefined) return;
            report.violation(subject, {
                path: at.path,
                wrong: `\`${found}\` trusts whoever answers at the address`,
                write: "mount a known_hosts file and leave the check on",
            });
        });
    },
};
