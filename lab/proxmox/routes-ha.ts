import { failure, parameterError } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import type { Cluster } from "./cluster";
import type { HaResource, HaRule } from "./cluster-state";
import { schema } from "./parameters";
import type { Property } from "./property";

const TEXT: Property = { type: "string", optional: true };
const BOOLEAN: Property = { type: "boolean", optional: true };
const COUNT: Property = { type: "integer", optional: true, minimum: 0 };
const READ = [{ path: "/", all: ["Sys.Audit"] }] as const;
const WRITE = [{ path: "/", all: ["Sys.Console"] }] as const;
const RESOURCE_FIELDS = {
    state: { ...TEXT, enum: ["started", "stopped", "enabled", "disabled", "ignored"] },
    max_restart: COUNT,
    max_relocate: COUNT,
    failback: BOOLEAN,
    comment: TEXT,
};
const RULE_FIELDS = {
    resources: TEXT,
    affinity: { ...TEXT, enum: ["positive", "negative"] },
    nodes: TEXT,
    strict: BOOLEAN,
    disable: BOOLEAN,
    comment: TEXT,
};

/** What the HA manager is told. It moves nothing here: no machine of the lab can run on another host. */
export function haRoutes(cluster: Cluster): Route[] {
    return [...resourceRoutes(cluster), ...ruleRoutes(cluster)];
}

function resourceRoutes(cluster: Cluster): Route[] {
    const { haResources, vms } = cluster.file.state;
    const known = ({ parameters }: ApiRequest): [string, HaResource] => {
        const sid = parameters.text("sid");
        const resource = haResources[sid];
        if (!resource) throw failure(`no such resource '${sid}'`);
        return [sid, resource];
    };
    return [
        {
            method: "GET",
            path: "/cluster/ha/resources",
            permission: READ,
            parameters: schema({ type: TEXT }),
            handle: () => Object.entries(haResources).map(([sid, resource]) => ({ sid, type: "vm", ...resource })),
        },
        {
            method: "POST",
            path: "/cluster/ha/resources",
            permission: WRITE,
            parameters: schema({ sid: { type: "string", pattern: /vm:\d+|\d+/ }, type: TEXT, ...RESOURCE_FIELDS }),
            handle(request) {
                const number = request.parameters.text("sid").replace("vm:", "");
                if (!vms[number]) throw failure(`VM/CT ID ${number} does not exist`);
                if (haResources[`vm:${number}`]) throw failure(`resource ID 'vm:${number}' already defined`);
                haResources[`vm:${number}`] = { state: "started", ...fields(request, RESOURCE_FIELDS) };
                cluster.file.save();
            },
        },
        {
            method: "GET",
            path: "/cluster/ha/resources/{sid}",
            permission: READ,
            handle(request) {
                const [sid, resource] = known(request);
                return { sid, type: "vm", digest: "0", ...resource };
            },
        },
        {
            method: "PUT",
            path: "/cluster/ha/resources/{sid}",
            permission: WRITE,
            parameters: schema({ ...RESOURCE_FIELDS, delete: TEXT, digest: TEXT }),
            handle(request) {
                const [sid, resource] = known(request);
                haResources[sid] = changed(resource, request, RESOURCE_FIELDS);
                cluster.file.save();
            },
        },
        {
            method: "DELETE",
            path: "/cluster/ha/resources/{sid}",
            permission: WRITE,
            parameters: schema({ purge: BOOLEAN }),
            handle(request) {
                const [sid] = known(request);
                forgetManaged(cluster, sid);
                cluster.file.save();
            },
        },
    ];
}

function ruleRoutes(cluster: Cluster): Route[] {
    const { haRules } = cluster.file.state;
    const known = ({ parameters }: ApiRequest): [string, HaRule] => {
        const id = parameters.text("rule");
        const rule = haRules[id];
        if (!rule) throw failure(`no such ha rule '${id}'`);
        return [id, rule];
    };
    const put = (id: string, rule: HaRule) => {
        checkRule(cluster, id, rule);
        haRules[id] = rule;
        cluster.file.save();
    };
    return [
        {
            method: "GET",
            path: "/cluster/ha/rules",
            permission: READ,
            parameters: schema({ type: TEXT, resource: TEXT }),
            handle: () => Object.entries(haRules).map(([rule, one]) => ({ rule, ...one })),
        },
        {
            method: "POST",
            path: "/cluster/ha/rules",
            permission: WRITE,
            parameters: schema({
                rule: { type: "string", pattern: /[a-zA-Z][\w-]+/ },
                type: { type: "string", enum: ["node-affinity", "resource-affinity"] },
                ...RULE_FIELDS,
                resources: { type: "string" },
            }),
            handle(request) {
                const id = request.parameters.text("rule");
                if (haRules[id]) throw failure(`HA rule '${id}' already defined`);
                put(id, { type: request.parameters.text("type"), ...fields(request, RULE_FIELDS) });
            },
        },
        {
            method: "GET",
            path: "/cluster/ha/rules/{rule}",
            permission: READ,
            handle(request) {
                const [rule, one] = known(request);
                return { rule, digest: "0", ...one };
            },
        },
        {
            method: "PUT",
            path: "/cluster/ha/rules/{rule}",
            permission: WRITE,
            parameters: schema({ ...RULE_FIELDS, type: TEXT, delete: TEXT, digest: TEXT }),
            handle(request) {
                const [id, rule] = known(request);
                put(id, { ...changed(rule, request, RULE_FIELDS), type: rule.type });
            },
        },
        {
            method: "DELETE",
            path: "/cluster/ha/rules/{rule}",
            permission: WRITE,
            handle(request) {
                const [id] = known(request);
                Reflect.deleteProperty(haRules, id);
                cluster.file.save();
            },
        },
    ];
}

/** Takes a machine out of the HA manager's care, and out of the rules; a rule without machines goes. */
export function forgetManaged(cluster: Cluster, sid: string): void {
    const { haResources, haRules } = cluster.file.state;
    Reflect.deleteProperty(haResources, sid);
    for (const [id, rule] of Object.entries(haRules)) {
        const left = listOf(rule["resources"]).filter((one) => one !== sid);
        if (left.length === 0) Reflect.deleteProperty(haRules, id);
        else haRules[id] = { ...rule, resources: left.join(",") };
    }
}

/** @throws ApiError for what the HA manager could never keep. */
function checkRule(cluster: Cluster, id: string, rule: HaRule): void {
    const { haResources, haRules } = cluster.file.state;
    const resources = listOf(rule["resources"]);
    const unmanaged = resources.filter((sid) => !haResources[sid]);
    if (unmanaged.length > 0) throw failure(`cannot use unmanaged resource(s) ${unmanaged.join(", ")}.`);
    const refuse = (words: string) => {
        throw parameterError({ rule: `rule '${id}' is invalid: ${words}` });
    };
    if (rule.type === "node-affinity") {
        const nodes = listOf(rule["nodes"]).map((node) => node.split(":")[0] ?? "");
        const unknown = nodes.filter((node) => !cluster.hosts.some(({ name }) => name === node));
        if (nodes.length === 0) refuse("nodes is missing");
        if (unknown.length > 0) throw failure(`nonexistent node(s): ${unknown.join(", ")}`);
        for (const [other, { type, resources: taken }] of Object.entries(haRules)) {
            const twice = listOf(taken).find((sid) => resources.includes(sid));
            if (other !== id && type === rule.type && twice !== undefined)
                refuse(`resource '${twice}' is already used in another node affinity rule`);
        }
        return;
    }
    if (resources.length < 2) refuse("rule is ineffective as there are less than two resources");
    if (rule["affinity"] === "negative" && resources.length > cluster.hosts.length)
        refuse("rule defines more resources than available nodes");
}

function fields(request: ApiRequest, known: Readonly<Record<string, Property>>): Record<string, string | number> {
    return Object.fromEntries(
        Object.entries(known).flatMap(([name, { type }]) => {
            const value = request.parameters.optional(name);
            return value === undefined ? [] : [[name, type === "string" ? value : Number(value)]];
        }),
    );
}

function changed<T extends HaResource>(before: T, request: ApiRequest, known: Readonly<Record<string, Property>>): T {
    const removed = request.parameters.list("delete");
    const kept = { ...before, ...fields(request, known) };
    for (const name of removed) Reflect.deleteProperty(kept, name);
    return kept;
}

function listOf(value: string | number | undefined): string[] {
    return String(value ?? "")
        .split(/[,;\s]+/)
        .filter(Boolean);
}
