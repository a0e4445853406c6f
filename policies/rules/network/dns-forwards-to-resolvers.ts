import { isKind } from "../../model/kind";
import { isRelease } from "../../model/release";
import type { Field } from "../../model/field";
import type { ResourceRule } from "../../model/rule";

const isConfigMap = isKind("ConfigMap");

/** A forward of every name, as a Corefile has it; in the values of a chart the word before the dot is elsewhere. */
const fromNode = /^\s*(?:forward\s+)?\.\s+\/etc\/resolv\.conf/m;
const byName = /^\s*forward\s+\.\s(?:[^\n{]*\s)?(?:\w+:\/\/)?((?:[\w-]+\.)+[a-z][\w-]*)(?=[:\s{]|$)/im;

function faultOf(text: string): string | undefined {
    if (fromNode.test(text)) return "names are asked of /etc/resolv.conf, which is another resolver on each network";
    const name = byName.exec(text)?.[1];
    // Looked up once, at the start, by the resolver of the node.
    return name === undefined ? undefined : `${name} is looked up at whatever resolver the node has`;
}

export const dnsForwardsToResolvers: ResourceRule = {
    kind: "resource",
    name: "dns-forwards-to-resolvers",
    level: "mandatory",
    severity: "medium",
    description: "The cluster's DNS forwards to resolvers by address, not to whatever its node was given.",
    incident:
        "CoreDNS forwarded to /etc/resolv.conf of its node, and with that to the provider's resolver, which answered for " +
        "some names with an address of its own: metadata could not be fetched, on some nodes only.",
    instead:
        "forward . with the resolvers of the house by address, or public ones beside a block for the house's names.",
    applies: (type) => isConfigMap(type) || isRelease(type),
    check(subject, report) {
        const look = (field: Field): void =>
            report.guard(subject, () => {
                if (field.undecided()) return;
                for (const key of field.keys()) look(field.at(key));
                for (const item of field.items()) look(item);
                const wrong = faultOf(field.text() ?? "");
                if (wrong !== undefined) {
                    report.violation(subject, { path: field.path, wrong, write: "name the resolvers by address" });
                }
            });
        look(subject.object.at(isRelease(subject.fact.type) ? "values" : "data"));
    },
};
