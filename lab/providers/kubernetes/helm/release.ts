import type { ChartStandIn, RenderedChart } from "../../../charts/chart";
import { textOf } from "../../../plain-values";
import { reasonOf } from "../../../reason";
import type { BodyKind } from "../../../settings";
import { diffProperties, sameValue } from "../../kit/diff";
import {
    type CallContext,
    type CheckFailure,
    type CheckRequest,
    type CreateRequest,
    type DeleteRequest,
    type Diff,
    type DiffRequest,
    InitializationError,
    type Properties,
    type ReadRequest,
    Unknown,
    type UpdateRequest,
    type Value,
} from "../../kit/provider";
import { autoName } from "../../kit/naming";
import { containsUnknown } from "../../kit/values";
import { NotReadyError } from "../await/wait";
import { parseId, textAt, type Tree, without } from "../object";
import { chartValues } from "./values";
import type { Session } from "../session";
import { chartName, findChart } from "./chart-lookup";
import {
    applyObjects,
    awaitObjects,
    type Installation,
    installDefinitions,
    keyOf,
    refuseForeign,
    removeObjects,
} from "./install";
import { dropRecords, readRecords, type ReleaseRecord, writeRecord } from "./record";

/** Helm's own default of `--timeout`. */
const defaultTimeoutSeconds = 300;

/** A Helm release over the lab's stand-in charts. */
export class ReleaseProvider {
    constructor(
        private readonly session: Session,
        private readonly charts: readonly ChartStandIn[],
        private readonly bodies: BodyKind,
    ) {}

    async check(
        request: CheckRequest,
        context: CallContext,
    ): Promise<{ inputs: Properties; failures: CheckFailure[] }> {
        const { session } = this;
        const skip = session.settings.skipUpdateUnreachable && Object.keys(request.olds).length > 0;
        if (skip && !(await session.isReachable(context))) return { inputs: request.olds, failures: [] };
        const inputs: Properties = without(request.news, "compat");
        inputs["name"] ||= request.olds["name"] ?? autoName(request.name, request.randomSeed, { randomLength: 8 });
        inputs["namespace"] ||= session.settings.namespace;
        if (inputs["skipAwait"] !== true) inputs["timeout"] ??= defaultTimeoutSeconds;
        const { chart, failures } = findChart(this.charts, inputs);
        if (chart && !containsUnknown(inputs["version"] ?? null)) inputs["version"] = chart.version;
        if (chart && !containsUnknown(inputs)) {
            try {
                render(chart, inputs, this.bodies);
            } catch (error) {
                failures.push({ property: "values", reason: reasonOf(error) });
            }
        }
        return { inputs, failures };
    }

    async diff(request: DiffRequest): Promise<Diff> {
        const { ignoreChanges } = request;
        const replaceOn = ["name", "namespace"];
        return { detailed: diffProperties(request.oldInputs, request.newInputs, { ignoreChanges, replaceOn }) };
    }

    /** The inputs; what only an installed release has is unknown. */
    preview(request: CreateRequest): Properties {
        return { ...request.inputs, status: Unknown.value, resourceNames: Unknown.value };
    }

    async create(request: CreateRequest, context: CallContext): Promise<{ id: string; outputs: Properties }> {
        const plan = this.plan(request);
        const { installation } = plan;
        const id = `${installation.namespace}/${installation.name}`;
        if ((await readRecords(this.session, installation.namespace, installation.name)).length > 0)
            throw new Error(
                `release ${id}: the name is in use by another release (a name is used once in a namespace); ` +
                    `choose another name, or take the release over with the resource option import: "${id}"`,
            );
        if (request.inputs["createNamespace"] === true) await this.createNamespace(installation, context);
        const outputs = await this.install(plan, undefined, request, context);
        return { id, outputs };
    }

    async update(request: UpdateRequest, context: CallContext): Promise<{ outputs: Properties }> {
        const plan = this.plan(request);
        const { name, namespace } = plan.installation;
        const [latest] = await readRecords(this.session, namespace, name);
        if (!latest)
            throw new Error(
                `release ${request.id}: is gone from the cluster; run "pulumi refresh", then "pulumi up" makes it again`,
            );
        return { outputs: await this.install(plan, latest, request, context) };
    }

    async read(request: ReadRequest): Promise<{ id: string; inputs: Properties; outputs: Properties } | undefined> {
        const { namespace = this.session.settings.namespace, name } = parseId(request.id);
        const [record] = await readRecords(this.session, namespace, name);
        if (!record) return undefined;
        const isImport = Object.keys(request.oldInputs).length === 0;
        const { chart, version, values } = record;
        const before: Properties = isImport
            ? { chart, name, namespace, timeout: defaultTimeoutSeconds }
            : request.oldInputs;
        const sameValues = sameValue(before["values"] ?? {}, values);
        const inputs = { ...before, version, ...(!sameValues && { values }) };
        return { id: request.id, inputs, outputs: outputsOf(inputs, record) };
    }

    async delete(request: DeleteRequest, context: CallContext): Promise<void> {
        const { namespace = this.session.settings.namespace, name } = parseId(request.id);
        const [record] = await readRecords(this.session, namespace, name);
        if (!record) return;
        const installation = installationOf(request.oldInputs, request.timeoutSeconds, { name, namespace });
        await removeObjects(this.session, record.objects, installation, context);
        await dropRecords(this.session, namespace, name, context);
    }

    private plan(request: CreateRequest): Plan {
        const { chart, failures } = findChart(this.charts, request.inputs);
        if (!chart) throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "));
        const rendered = render(chart, request.inputs, this.bodies);
        return {
            chart,
            definitions: request.inputs["skipCrds"] === true ? [] : rendered.crds.map(plain),
            objects: rendered.objects.map(plain),
            installation: installationOf(request.inputs, request.timeoutSeconds),
        };
    }

    /** Installs or upgrades. @throws InitializationError when it is there but not ready (and not `atomic`). */
    private async install(
        plan: Plan,
        previous: ReleaseRecord | undefined,
        request: CreateRequest,
        context: CallContext,
    ): Promise<Properties> {
        const { inputs } = request;
        await installDefinitions(this.session, plan.definitions, plan.installation, context);
        await refuseForeign(this.session, plan.objects, plan.installation, context);
        const pending = recordOf(plan, inputs, previous);
        await writeRecord(this.session, pending, context);
        try {
            await this.rollOut(plan, previous, inputs["skipAwait"] !== true, context);
        } catch (error) {
            if (inputs["atomic"] === true && !context.signal.aborted) {
                await this.rollBack(plan, previous, context);
                throw new Error(
                    `${reasonsOf(error).join("; ")}; ${previous ? `rolled back to revision ${previous.revision}` : "uninstalled again"} (atomic)`,
                );
            }
            const failed: ReleaseRecord = { ...pending, status: "failed" };
            await writeRecord(this.session, failed, { ...context, signal: AbortSignal.timeout(10_000) });
            const id = `${pending.namespace}/${pending.name}`;
            throw new InitializationError(id, outputsOf(inputs, failed), inputs, reasonsOf(error));
        }
        const deployed: ReleaseRecord = { ...pending, status: "deployed" };
        await writeRecord(this.session, deployed, context);
        return outputsOf(inputs, deployed);
    }

    private async rollOut(plan: Plan, previous: ReleaseRecord | undefined, wait: boolean, context: CallContext) {
        const { installation, objects } = plan;
        const applied = await applyObjects(this.session, objects, installation, context);
        const kept = new Set(objects.map(keyOf));
        const dropped = previous?.objects.filter((object) => !kept.has(keyOf(object))) ?? [];
        await removeObjects(this.session, dropped, installation, context);
        if (wait) await awaitObjects(this.session, applied, installation, context);
    }

    private async rollBack(plan: Plan, previous: ReleaseRecord | undefined, context: CallContext): Promise<void> {
        const installation = { ...plan.installation, deadline: Date.now() + defaultTimeoutSeconds * 1000 };
        const kept = new Set(previous?.objects.map(keyOf));
        await removeObjects(
            this.session,
            plan.objects.filter((object) => !kept.has(keyOf(object))),
            installation,
            context,
        );
        if (!previous) return dropRecords(this.session, installation.namespace, installation.name, context);
        await applyObjects(this.session, previous.objects, installation, context);
        await writeRecord(this.session, { ...previous, revision: previous.revision + 2, status: "deployed" }, context);
    }

    private async createNamespace({ namespace }: Installation, context: CallContext): Promise<void> {
        await this.session.cluster.request("PATCH", `/api/v1/namespaces/${namespace}`, {
            body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
            contentType: "application/apply-patch+yaml",
            query: { fieldManager: "helm", force: "true" },
            signal: context.signal,
        });
    }
}

interface Plan {
    readonly chart: ChartStandIn;
    readonly definitions: readonly Tree[];
    readonly objects: readonly Tree[];
    readonly installation: Installation;
}

function render(chart: ChartStandIn, inputs: Properties, bodies: BodyKind): RenderedChart {
    return chart.render({
        name: textOf(inputs["name"]),
        namespace: textOf(inputs["namespace"]),
        values: chartValues(inputs),
        bodies,
    });
}

function installationOf(
    inputs: Properties,
    customSeconds: number,
    identity = { name: textOf(inputs["name"]), namespace: textOf(inputs["namespace"]) },
): Installation {
    const timeout = inputs["timeout"];
    const ownSeconds = typeof timeout === "number" && timeout > 0 ? timeout : defaultTimeoutSeconds;
    const seconds = customSeconds > 0 ? customSeconds : ownSeconds;
    return { ...identity, takeOwnership: inputs["takeOwnership"] === true, deadline: Date.now() + seconds * 1000 };
}

function recordOf(plan: Plan, inputs: Properties, previous: ReleaseRecord | undefined): ReleaseRecord {
    const { name, namespace } = plan.installation;
    return {
        name,
        namespace,
        revision: (previous?.revision ?? 0) + 1,
        status: previous ? "pending-upgrade" : "pending-install",
        chart: plan.chart.chart,
        version: plan.chart.version,
        appVersion: plan.chart.appVersion ?? "",
        values: chartValues(inputs),
        objects: plan.objects,
        firstDeployed: previous?.firstDeployed ?? new Date().toISOString(),
    };
}

function outputsOf(inputs: Properties, record: ReleaseRecord): Properties {
    const { name, namespace, revision, status, chart, version, appVersion } = record;
    const names: { [kind: string]: Value[] } = {};
    for (const object of record.objects) {
        const kind = `${textAt(object, "kind")}/${textAt(object, "apiVersion")}`;
        (names[kind] ??= []).push(textAt(object, "metadata", "name") ?? "");
    }
    return {
        ...inputs,
        resourceNames: names,
        status: { name, namespace, revision, status, chart: chartName(chart), version, appVersion },
    };
}

function reasonsOf(error: unknown): string[] {
    if (error instanceof NotReadyError) return [error.message, ...error.reasons];
    return [reasonOf(error)];
}

/** Chart stand-ins are typed loosely; what goes to the API server is plain JSON. */
function plain(object: object): Tree {
    return JSON.parse(JSON.stringify(object)) as Tree;
}
