import { createHash } from "node:crypto";
import { failure, parameterError } from "./api-error";
import type { ApiRequest, Route } from "./api-server";
import { hostNamed, type Cluster } from "./cluster";
import type { PciMapping } from "./cluster-state";
import { schema } from "./parameters";
import { MAP_FORMAT, mappingProblem } from "./pci";
import { parsePropertyString, whatIsWrong, type Property } from "./property";

const BOOLEAN: Property = { type: "boolean", optional: true };
const TEXT: Property = { type: "string", optional: true };
const MAPS: Property = { type: "array" };
const MAPPING = "/cluster/mapping/pci/{id}";
const CHANGE = [{ path: "/mapping/pci/{id}", all: ["Mapping.Modify"] }] as const;
const READ = [{ path: "/mapping/pci/{id}", any: ["Mapping.Use", "Mapping.Modify", "Mapping.Audit"] }] as const;

/** PCI devices of the hosts and the mappings that give machines access to them. */
export function pciRoutes(cluster: Cluster): Route[] {
    const { pciMappings } = cluster.file.state;
    const known = ({ parameters }: ApiRequest): [id: string, mapping: PciMapping] => {
        const id = parameters.text("id");
        const mapping = pciMappings[id];
        if (!mapping) throw failure(`mapping '${id}' does not exist`);
        return [id, mapping];
    };
    return [
        {
            method: "GET",
            path: "/nodes/{node}/hardware/pci",
            permission: [{ path: "/", any: ["Sys.Audit", "Sys.Modify"] }],
            parameters: schema({ "pci-class-blacklist": TEXT, verbose: BOOLEAN }),
            handle: ({ parameters }) => devices(cluster, parameters.text("node")),
        },
        {
            method: "GET",
            path: "/cluster/mapping/pci",
            permission: "any",
            parameters: schema({ "check-node": TEXT }),
            handle: ({ parameters, access, user }) =>
                Object.entries(pciMappings)
                    .filter(([id]) =>
                        ["Use", "Modify", "Audit"].some((word) =>
                            access.may(user, `/mapping/pci/${id}`, `Mapping.${word}`),
                        ),
                    )
                    .map(([id, mapping]) => ({
                        ...shown(id, mapping),
                        ...checks(cluster, id, mapping, parameters.optional("check-node")),
                    })),
        },
        {
            method: "POST",
            path: "/cluster/mapping/pci",
            permission: [{ path: "/mapping/pci", all: ["Mapping.Modify"] }],
            parameters: schema({
                id: { type: "string", pattern: /[a-zA-Z][\w-]+/ },
                map: MAPS,
                description: TEXT,
                mdev: BOOLEAN,
                "live-migration-capable": BOOLEAN,
            }),
            handle(request) {
                const id = request.parameters.text("id");
                if (pciMappings[id]) throw failure(`create pci mapping failed: PCI ID '${id}' already defined`);
                pciMappings[id] = changed({ map: [] }, request);
                cluster.file.save();
            },
        },
        { method: "GET", path: MAPPING, permission: READ, handle: (request) => shown(...known(request)) },
        {
            method: "PUT",
            path: MAPPING,
            permission: CHANGE,
            parameters: schema({
                map: { ...MAPS, optional: true },
                description: TEXT,
                mdev: BOOLEAN,
                "live-migration-capable": BOOLEAN,
                delete: TEXT,
                digest: TEXT,
            }),
            handle(request) {
                const [id, mapping] = known(request);
                const kept = { ...mapping };
                for (const name of request.parameters.list("delete")) {
                    if (name === "description") delete kept.description;
                    else if (name === "mdev") delete kept.mdev;
                    else throw parameterError({ delete: `unable to delete '${name}'` });
                }
                pciMappings[id] = changed(kept, request);
                cluster.file.save();
            },
        },
        {
            method: "DELETE",
            path: MAPPING,
            permission: CHANGE,
            handle({ parameters }) {
                // PVE deletes a mapping that is not there, or that machines still name, without a word.
                delete pciMappings[parameters.text("id")];
                cluster.file.save();
            },
        },
    ];
}

/** @throws ApiError 400 for an entry that is not a mapping's. */
function changed(before: PciMapping, { parameters }: ApiRequest): PciMapping {
    const map = parameters.array("map");
    const wrong = map.flatMap((entry, index) => {
        const problem = whatIsWrong(`map[${index}]`, { type: "string", format: MAP_FORMAT }, entry);
        return problem ? [[`map[${index}]`, problem] as const] : [];
    });
    if (wrong.length > 0) throw parameterError(Object.fromEntries(wrong));
    const description = parameters.optional("description");
    return {
        ...before,
        ...(map.length > 0 ? { map: [...map] } : {}),
        ...(description === undefined ? {} : { description }),
        ...(parameters.optional("mdev") === undefined ? {} : { mdev: parameters.integer("mdev") }),
    };
}

function shown(id: string, mapping: PciMapping) {
    return { id, type: "pci", ...mapping, digest: createHash("sha1").update(JSON.stringify(mapping)).digest("hex") };
}

/** What does not fit on one host, as the page of mappings shows it. */
function checks(cluster: Cluster, id: string, mapping: PciMapping, node: string | undefined) {
    if (node === undefined) return {};
    const { gpu } = hostNamed(cluster, node);
    const entries = mapping.map
        .map((text) => parsePropertyString(MAP_FORMAT, text, "map").values)
        .filter((entry) => entry["node"] === node);
    if (entries.length === 0) return { checks: [{ severity: "warning", message: `No mapping for node ${node}.` }] };
    const problems = entries.flatMap((entry) => mappingProblem(id, entry, gpu ? [gpu] : [], mapping.mdev ?? 0) ?? []);
    return {
        checks: problems.map((message) => ({
            severity: "error",
            message: `Configuration for '${id}' not correct ('${message}')`,
        })),
    };
}

/** The host's bridge to its own devices, and its GPU. */
function devices(cluster: Cluster, name: string) {
    const { gpu } = hostNamed(cluster, name);
    const [vendor, device] = (gpu?.id ?? "").split(":");
    const [subsystemVendor, subsystemDevice] = (gpu?.subsystemId ?? "").split(":");
    if (!gpu) return [];
    return [
        {
            id: gpu.path,
            class: "0x030000",
            vendor: `0x${vendor}`,
            device: `0x${device}`,
            iommugroup: gpu.iommuGroup,
            subsystem_vendor: `0x${subsystemVendor}`,
            subsystem_device: `0x${subsystemDevice}`,
        },
    ];
}
