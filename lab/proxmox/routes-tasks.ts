import type { ApiRequest, Route } from "./api-server";
import type { Cluster } from "./cluster";
import type { TaskRecord } from "./cluster-state";
import { schema } from "./parameters";
import type { Property } from "./property";

const TEXT: Property = { type: "string", optional: true };
const BOOLEAN: Property = { type: "boolean", optional: true };
const COUNT: Property = { type: "integer", optional: true, minimum: 0 };
const TASK = "/nodes/{node}/tasks/{upid}";

/** Lists, states and logs of tasks. */
export function taskRoutes(cluster: Cluster): Route[] {
    const task = ({ parameters, access, user }: ApiRequest): TaskRecord => {
        const found = cluster.tasks.find(parameters.text("upid"));
        const owner = (id: string) => id.split("!")[0];
        if (owner(found.user) !== owner(user)) access.check(user, `/nodes/${found.node}`, "Sys.Audit");
        return found;
    };
    return [
        {
            method: "GET",
            path: "/nodes/{node}/tasks",
            permission: "any",
            parameters: schema({
                limit: COUNT,
                start: COUNT,
                vmid: COUNT,
                typefilter: TEXT,
                userfilter: TEXT,
                errors: BOOLEAN,
                source: TEXT,
                since: COUNT,
                until: COUNT,
                statusfilter: TEXT,
            }),
            handle({ parameters, access, user }) {
                const [node, vmId, type] = [
                    parameters.text("node"),
                    parameters.optional("vmid"),
                    parameters.optional("typefilter"),
                ];
                const all = access.may(user, `/nodes/${node}`, "Sys.Audit");
                const start = Number(parameters.optional("start") ?? 0);
                return cluster.file.state.tasks
                    .filter((one) => one.node === node && (all || one.user === user))
                    .filter(
                        (one) => (vmId === undefined || one.id === vmId) && (type === undefined || one.type === type),
                    )
                    .filter((one) => !parameters.boolean("errors") || (one.exitStatus ?? "OK") !== "OK")
                    .reverse()
                    .slice(start, start + Number(parameters.optional("limit") ?? 50))
                    .map((one) => ({
                        ...taskLine(one),
                        ...(one.endedAtMs === undefined
                            ? {}
                            : { endtime: Math.floor(one.endedAtMs / 1000), status: one.exitStatus }),
                    }));
            },
        },
        {
            method: "GET",
            path: `${TASK}/status`,
            permission: "any",
            handle(request) {
                const one = task(request);
                const done =
                    one.exitStatus === undefined
                        ? { status: "running" }
                        : { status: "stopped", exitstatus: one.exitStatus };
                return { ...taskLine(one), ...done };
            },
        },
        {
            method: "GET",
            path: `${TASK}/log`,
            permission: "any",
            parameters: schema({ start: COUNT, limit: COUNT, download: BOOLEAN }),
            handle(request) {
                const start = Number(request.parameters.optional("start") ?? 0);
                const limit = Number(request.parameters.optional("limit") ?? 50);
                const { log } = task(request);
                const lines = log.slice(start, start + limit).map((text, index) => ({ n: start + index + 1, t: text }));
                return lines.length > 0 ? lines : [{ n: 1, t: "no content" }];
            },
        },
        {
            method: "DELETE",
            path: TASK,
            permission: "any",
            handle(request) {
                task(request);
            },
        },
    ];
}

function taskLine({ upid, node, pid, pstart, startedAtMs, type, id, user }: TaskRecord) {
    return { upid, node, pid, pstart, starttime: Math.floor(startedAtMs / 1000), type, id, user };
}
