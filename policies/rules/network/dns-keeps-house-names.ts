import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";

/** Networks that are no part of the internet (RFC 1918, 6598, 1122, 3927, 4193, 4291). */
const atHome =
    /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe80|::1)/i;
/** A zone of its own: a server block, a forward of single names, or names that are rewritten to a Service. */
const ownZone =
    /^\s*rewrite\s+(?:stop\s+|continue\s+)?name\s+(?:\w+\s+)?\S+\s+[\w.-]+\.svc\.|^\s*(?:[\w-]+\.)+[\w-]+\.?(?::\d+)?\s*\{|^\s*forward\s+[\w-]+(?:\.[\w-]+)*\.?\s+\S/m;

export const dnsKeepsHouseNames: ResourceRule = {
    kind: "resource",
    name: "dns-keeps-house-names",
    level: "mandatory",
    severity: "medium",
    description: "A cluster whose DNS asks the internet for every name has a block for the names of the house.",
    incident:
        "CoreDNS was pointed at two public resolvers, and with that the names which only the house's router knows were gone: " +
        "the NAS, the printer and the programs' own host names could not be found from any pod.",
    instead:
        "the resolvers of the house; or public ones for . beside a block or a forward for the house's domain, as " +
        "network.dns.homeZone makes it.",
    applies: isKind("ConfigMap"),
    check(subject, report) {
        const data = subject.object.at("data");
        const texts = data.keys().map((key) => ({ field: data.at(key), text: data.at(key).text() ?? "" }));
        if (texts.some(({ text }) => ownZone.test(text))) return;
        for (const { field, text } of texts) {
            const [, targets] = /^\s*forward\s+\.\s+([^\n{]+)/m.exec(text) ?? [];
            const resolvers =
                targets
                    ?.trim()
                    .split(/\s+/)
                    .map((target) => target.replace(/^\w+:\/\//, "")) ?? [];
            const isPublic =
                resolvers.length > 0 &&
                resolvers.every((one) => /^[\d[]/.test(one) && !atHome.test(one.replace("[", "")));
            if (!isPublic) continue;
            report.violation(subject, {
                path: field.path,
                wrong: `every name is asked of ${resolvers.join(" and ")}, which do not know those of the house`,
                write: "add a server block for the house's domain that forwards to its own resolver",
            });
        }
    },
};
