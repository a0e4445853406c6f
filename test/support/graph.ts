import type { ServiceError } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import type {
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    RegisterResourceResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { mockResource } from "./mock-values";

/** One registered resource, as the rules of the policies take it. Secrets are unwrapped. */
export interface CapturedResource {
    readonly type: string;
    readonly name: string;
    /** With all parents, as the engine writes it. */
    readonly urn: string;
    readonly props: Readonly<Record<string, unknown>>;
    readonly opts: CapturedOptions;
    /** `false` for a component. */
    readonly custom: boolean;
    /** Paths of the inputs that were secret, for example `stringData.password`. */
    readonly secretPaths: readonly string[];
    /** Outputs that a component registered at its end; `undefined` where it never did, and for other resources. */
    readonly registeredOutputs: Readonly<Record<string, unknown>> | undefined;
}

export interface CapturedOptions {
    /** URN of the parent. */
    readonly parent: string | undefined;
    /** URN of the provider, without its id; empty: a default provider. */
    readonly provider: string;
    readonly protect: boolean;
    readonly retainOnDelete: boolean;
    readonly deleteBeforeReplace: boolean;
    readonly ignoreChanges: readonly string[];
    /** URNs, from outputs as well as from `dependsOn`, sorted. */
    readonly dependsOn: readonly string[];
    /** URNs by input. */
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly aliases: readonly string[];
    readonly customTimeouts: { readonly create: string; readonly update: string; readonly delete: string } | undefined;
    /** Names of the hooks that are asked about a failure. */
    readonly errorHooks: readonly string[];
}

export interface Graph {
    /** In the order of registration. */
    readonly resources: readonly CapturedResource[];
    /** What the program exports, secrets unwrapped. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

export interface CaptureOptions {
    /** Default `homelab`. */
    readonly project?: string;
    /** Default `test`. */
    readonly stack?: string;
    /** As in a preview: ids and computed values are unknown. Default `false`. */
    readonly preview?: boolean;
    /** Further outputs of single resources, over the usual ones. */
    readonly outputs?: (type: string, name: string) => Record<string, unknown>;
}

/** Whom the credentials of AWS belong to. */
const CALLER = { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/somebody", userId: "AIDA", id: "1" };

/** Signature of a secret on the wire (pulumi/pulumi: sdk/go/common/resource/sig). */
const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Runs a program under mocks and gives every resource that it registers, with parent, options and dependencies. One at
 * a time: Pulumi's runtime has one state for the whole process.
 * @throws what the program throws, also from within an output
 */
export async function captureGraph(program: () => unknown, options: CaptureOptions = {}): Promise<Graph> {
    const { project = "homelab", stack = "test", preview = false } = options;
    const mocks: pulumi.runtime.Mocks = {
        call: ({ token }) => (token === "aws:index/getCallerIdentity:getCallerIdentity" ? CALLER : {}),
        newResource: ({ type, name, inputs }) => {
            const { id, state } = mockResource(type, name, inputs as Record<string, unknown>);
            return { id: preview ? undefined : id, state: { ...state, ...options.outputs?.(type, name) } };
        },
    };
    await pulumi.runtime.setMocks(mocks, project, stack, preview);
    const resources: Recording[] = [];
    record(resources, stack, project);
    const failures: unknown[] = [];
    const onRejection = (reason: unknown): void => void failures.push(reason);
    process.on("unhandledRejection", onRejection);
    try {
        const exported = await pulumi.runtime.runInPulumiStack(async () => await program());
        await pulumi.runtime.disconnect();
        // A rejection is told one turn of the loop after the promise that nobody waited for.
        await new Promise((resolve) => setImmediate(resolve));
        if (failures.length > 0) {
            throw failures[0];
        }
        return { resources: resources.map(({ resource }) => resource), outputs: plainRecord(exported) };
    } finally {
        process.off("unhandledRejection", onRejection);
    }
}

interface Recording {
    resource: CapturedResource;
}

type Register = (
    request: RegisterResourceRequest,
    callback: (error: ServiceError | null, response: RegisterResourceResponse | undefined) => void,
) => unknown;

/** Stands between the program and the mocks: they keep neither options nor whole URNs. */
function record(resources: Recording[], stack: string, project: string): void {
    const monitor = pulumi.runtime.getMonitor();
    if (monitor === undefined) {
        throw new Error("Pulumi's mocks have no monitor");
    }
    const byUrn = new Map<string, Recording>();
    const register: Register = monitor.registerResource.bind(monitor);
    const registerResource: Register = (request, callback) => {
        const urn = urnOf(request, stack, project);
        const recording = { resource: captured(request, urn) };
        if (request.getType() !== "pulumi:pulumi:Stack") {
            resources.push(recording);
        }
        byUrn.set(urn, recording);
        return register(request, (error, response) => {
            response?.setUrn(urn);
            callback(error, response);
        });
    };
    const registerResourceOutputs = (
        request: RegisterResourceOutputsRequest,
        callback: (error: null, response: object) => void,
    ) => {
        const recording = byUrn.get(request.getUrn());
        if (recording !== undefined) {
            const registeredOutputs = plainRecord(unwrap(request.getOutputs()?.toJavaScript() ?? {}, "", []));
            recording.resource = { ...recording.resource, registeredOutputs };
        }
        callback(null, {});
    };
    // Hooks run in the engine, and there is none.
    const registerResourceHook = (_request: unknown, callback: (error: null, response: object) => void) =>
        callback(null, {});
    const registerErrorHook = registerResourceHook;
    const all = { registerResource, registerResourceOutputs, registerResourceHook, registerErrorHook };
    Object.assign(monitor, all);
}

function urnOf(request: RegisterResourceRequest, stack: string, project: string): string {
    const parentType = request.getParent() === "" ? undefined : request.getParent().split("::")[2];
    const isTop = parentType === undefined || parentType === "pulumi:pulumi:Stack";
    const type = isTop ? request.getType() : `${parentType}$${request.getType()}`;
    return `urn:pulumi:${stack}::${project}::${type}::${request.getName()}`;
}

function captured(request: RegisterResourceRequest, urn: string): CapturedResource {
    const secretPaths: string[] = [];
    const props = plainRecord(unwrap(request.getObject()?.toJavaScript() ?? {}, "", secretPaths));
    return {
        type: request.getType(),
        name: request.getName(),
        urn,
        props,
        opts: capturedOptions(request),
        custom: request.getCustom(),
        secretPaths: secretPaths.sort(),
        registeredOutputs: undefined,
    };
}

function capturedOptions(request: RegisterResourceRequest): CapturedOptions {
    const parent = request.getParent();
    const timeouts = request.getCustomtimeouts();
    const propertyDependencies: Record<string, string[]> = {};
    request.getPropertydependenciesMap().forEach((dependencies, key) => {
        propertyDependencies[key] = dependencies.getUrnsList().sort();
    });
    return {
        parent: parent === "" || parent.includes("::pulumi:pulumi:Stack::") ? undefined : parent,
        provider: request.getProvider().split("::").slice(0, -1).join("::"),
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        deleteBeforeReplace: request.getDeletebeforereplace(),
        ignoreChanges: request.getIgnorechangesList(),
        dependsOn: [...new Set(request.getDependenciesList())].sort(),
        propertyDependencies,
        aliases: request.getAliasesList().map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
        customTimeouts: timeouts && {
            create: timeouts.getCreate(),
            update: timeouts.getUpdate(),
            delete: timeouts.getDelete(),
        },
        errorHooks: request.getHooks()?.getOnErrorList() ?? [],
    };
}

/** Takes secrets out of their wrapping and notes where they were. */
function unwrap(value: unknown, path: string, secretPaths: string[]): unknown {
    if (Array.isArray(value)) {
        return value.map((item, index) => unwrap(item, `${path}[${index}]`, secretPaths));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const fields = plainRecord(value);
    if (fields[SECRET_KEY] === SECRET_VALUE) {
        secretPaths.push(path);
        return unwrap(fields["value"], path, []);
    }
    const entries = Object.entries(fields).map(([key, item]): [string, unknown] => [
        key,
        unwrap(item, path === "" ? key : `${path}.${key}`, secretPaths),
    ]);
    return Object.fromEntries(entries);
}

function plainRecord(value: unknown): Record<string, unknown> {
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** The resources of a type. */
export function ofType(graph: Graph, type: string): CapturedResource[] {
    return graph.resources.filter((resource) => resource.type === type);
}

/** The one resource of a type, and of a name where there are more. @throws Error when there is none or more than one */
export function only(graph: Graph, type: string, name?: string): CapturedResource {
    const found = ofType(graph, type).filter((resource) => name === undefined || resource.name === name);
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
        const names = ofType(graph, type).map((other) => other.name);
        throw new Error(`${found.length} resources are ${type} ${name ?? ""}; there are ${names.join(", ") || "none"}`);
    }
    return resource;
}

/** A value within the inputs of a resource, `undefined` where the way ends. */
export function at(resource: CapturedResource, ...path: readonly (string | number)[]): unknown {
    return path.reduce<unknown>((value, key) => plainRecord(value)[String(key)], resource.props);
}
