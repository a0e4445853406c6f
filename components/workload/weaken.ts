/**
 * Every default of a workload that may be given up, with the rule that watches it. The excuse is written to the
 * annotation `policy.homelab/allow-<rule>`: the policies accept the weakness only where they find it.
 */
export const weakenings = {
    /** Containers may run as user 0. */
    "run-as-root": "run-as-non-root",
    /** The root file system is writable. */
    "writable-root": "read-only-root",
    /** Containers are privileged: all devices, all capabilities. */
    privileged: "no-privileged-container",
    /** The Linux capabilities in `addCapabilities` are added. */
    capabilities: "no-privileged-container",
    /** The ServiceAccount's token is mounted. */
    "api-token": "no-api-token",
    /** Pods use the network of their node. */
    "host-network": "no-host-network",
    /** Replicas need not be on different hosts. */
    "shared-host": "replicas-spread-over-hosts",
    /** Nodes that name no host (joined by hand) may run it. */
    "any-node": "known-nodes-only",
} as const;

export type Weakening = keyof typeof weakenings;

/** Why a default is given up, who answers for it, and until when. */
export interface Excuse {
    /** A sentence. */
    readonly reason: string;
    /** Who is asked when it ends. */
    readonly owner: string;
    /** Last day, `2027-06-30`; after it the policies refuse the weakness, until somebody has looked at it again. */
    readonly until: `${number}-${number}-${number}`;
}

/** Which defaults a workload gives up, each with its excuse. */
export type Weaken = Readonly<Partial<Record<Weakening, Excuse>>>;

function given(weaken: Weaken): [Weakening, Excuse][] {
    const names = Object.keys(weakenings) as Weakening[];
    return names.flatMap((name): [Weakening, Excuse][] => {
        const excuse = weaken[name];
        return excuse === undefined ? [] : [[name, excuse]];
    });
}

/** The annotations that the policies read: `<reason>; owner=<who>; until=<day>`. */
export function weakenAnnotations(weaken: Weaken): Record<string, string> {
    const excuses = given(weaken);
    const rules = new Set(excuses.map(([name]) => weakenings[name]));
    return Object.fromEntries(
        [...rules].map((rule) => {
            const own = excuses.flatMap(([name, excuse]) => (weakenings[name] === rule ? [excuse] : []));
            const reasons = own.map(({ reason }) => reason).join("; ");
            const owners = [...new Set(own.map(({ owner }) => owner))].join(" and ");
            // Two weaknesses that one rule watches end with the first of them.
            const until = own.map((excuse) => excuse.until).sort()[0] ?? "";
            return [`policy.homelab/allow-${rule}`, `${reasons}; owner=${owners}; until=${until}`];
        }),
    );
}

/** One problem for each excuse that says nothing; a word is no reason. */
export function weakenProblems(weaken: Weaken): { propertyPath: string; reason: string }[] {
    return given(weaken).flatMap(([name, { reason, owner, until }]) => {
        const problems: { propertyPath: string; reason: string }[] = [];
        const problem = (key: string, text: string) =>
            problems.push({ propertyPath: `weaken.${name}.${key}`, reason: text });
        if (reason.trim().split(/\s+/).length < 3) {
            const why = "what weakens a default is explained in a sentence";
            problem("reason", `"${reason}" is no reason (${why}); write why it must be`);
        }
        if (/;/.test(reason + owner))
            problem("reason", "has a semicolon, which ends it in the annotation; leave it out");
        if (owner.trim() === "") problem("owner", "is empty; write who is asked when it ends");
        if (!isDay(until)) problem("until", `"${until}" is no day; write one as 2027-06-30`);
        return problems;
    });
}

function isDay(text: string): boolean {
    const moment = new Date(`${text}T00:00:00Z`);
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
