import { charts } from "../../charts";
import type { ChartStandIn } from "../../charts/chart";
import { labPaths } from "../../paths";
import { labSettings, type BodyKind } from "../../settings";
import {
    type CallContext,
    type CheckRequest,
    type CreateRequest,
    type DeleteRequest,
    type DiffRequest,
    InitializationError,
    type Properties,
    type Provider,
    type ProviderFactory,
    type ReadRequest,
    type UpdateRequest,
} from "../kit/provider";
import { unreadiness } from "./await/wait";
import { checkObject } from "./check";
import { diffObject } from "./diff";
import { ReleaseProvider } from "./helm/release";
import { awaitKind, createObject, updateObject } from "./lifecycle";
import { readLive } from "./live";
import { previewCreate, previewUpdate } from "./preview";
import { deleteObject } from "./removal";
import { subjectOf } from "./server-side";
import { Session } from "./session";
import { checkSettings, diffSettings, readSettings } from "./settings";
import { parseToken } from "./token";

const goneFromState =
    "if the cluster is gone for good, PULUMI_K8S_DELETE_UNREACHABLE=true drops its resources from the state";

/**
 * Stands in for the Kubernetes plugin (SDK 4.34) against a real API server. Where it differs from the released one: it
 * refuses unknown fields in check, creates by server-side apply, reads drift by a dry run, fails early where waiting is
 * in vain, and without server-side apply it still applies, by force and as one common manager. Not there: invokes, YAML
 * rendering, `yaml.*`, `kustomize.*` and `helm.v4.Chart`.
 */
class KubernetesProvider implements Provider {
    private session: Session;
    private releases: ReleaseProvider;

    constructor(
        private readonly charts: readonly ChartStandIn[],
        private readonly env: NodeJS.ProcessEnv,
        private readonly bodies: BodyKind,
    ) {
        this.session = new Session(readSettings({}, env));
        this.releases = new ReleaseProvider(this.session, charts, bodies);
    }

    async checkConfig(request: CheckRequest) {
        const isDefault = request.name.startsWith("default");
        return { inputs: request.news, failures: checkSettings(request.news, isDefault) };
    }

    async diffConfig(request: DiffRequest) {
        return diffSettings(request.oldInputs, request.newInputs);
    }

    async configure(settings: Properties) {
        this.session = new Session(readSettings(settings, this.env));
        // As the released plugin does: a cluster that is away now counts as away for this whole run.
        if (!this.session.isUnknown) await this.session.cluster.unreachable();
        this.releases = new ReleaseProvider(this.session, this.charts, this.bodies);
    }

    async check(request: CheckRequest, context: CallContext) {
        const target = parseToken(request.type, request.news);
        return target.kind === "release"
            ? this.releases.check(request, context)
            : checkObject(this.session, target, request, context);
    }

    async diff(request: DiffRequest, context: CallContext) {
        const target = parseToken(request.type, request.newInputs);
        if (target.kind === "release") return this.releases.diff(request);
        const kind = await this.knownKind(target.apiVersion, target.objectKind, context);
        return diffObject(this.session, kind, target.isPatch, request, context);
    }

    async create(request: CreateRequest, context: CallContext) {
        const target = parseToken(request.type, request.inputs);
        if (request.preview) {
            if (!(await this.session.isReachable(context))) return { id: "", outputs: request.inputs };
            if (target.kind === "release") return { id: "", outputs: this.releases.preview(request) };
            const kind = await this.session.cluster.kindOf(target.apiVersion, target.objectKind);
            if (!kind) return { id: "", outputs: request.inputs };
            const subject = subjectOf(kind, target.isPatch, request.inputs);
            return { id: "", outputs: await previewCreate(this.session, subject, request, context) };
        }
        await this.session.requireReachable("not created");
        if (target.kind === "release") return this.releases.create(request, context);
        const kind = await this.definedKind(target.apiVersion, target.objectKind, context);
        return createObject(this.session, subjectOf(kind, target.isPatch, request.inputs), request, context);
    }

    async update(request: UpdateRequest, context: CallContext) {
        const target = parseToken(request.type, request.inputs);
        if (request.preview) {
            if (!(await this.session.isReachable(context))) return { outputs: request.inputs };
            if (target.kind === "release") return { outputs: this.releases.preview(request) };
            const kind = await this.session.cluster.kindOf(target.apiVersion, target.objectKind);
            if (!kind) return { outputs: request.inputs };
            const subject = subjectOf(kind, target.isPatch, request.inputs);
            return { outputs: await previewUpdate(this.session, subject, request, context) };
        }
        await this.session.requireReachable("not updated");
        if (target.kind === "release") return this.releases.update(request, context);
        const kind = await this.definedKind(target.apiVersion, target.objectKind, context);
        return updateObject(this.session, subjectOf(kind, target.isPatch, request.inputs), request, context);
    }

    async read(request: ReadRequest, context: CallContext) {
        const reason = await this.session.cluster.unreachable();
        if (reason !== undefined) {
            if (this.session.settings.deleteUnreachable) return undefined;
            if (this.session.settings.skipUpdateUnreachable)
                return { id: request.id, inputs: request.oldInputs, outputs: request.oldOutputs };
            throw new Error(`not read: ${reason}; ${goneFromState}`);
        }
        const target = parseToken(request.type, request.oldInputs);
        if (target.kind === "release") return this.releases.read(request);
        const kind = await this.session.cluster.kindOf(target.apiVersion, target.objectKind);
        if (!kind) return undefined;
        const subject = subjectOf(kind, target.isPatch, request.oldInputs);
        const found = await readLive(this.session, subject, request, context);
        if (!found) return undefined;
        const isKnown = Object.keys(request.oldInputs).length > 0 && !target.isPatch;
        const reasons = isKnown && (await unreadiness(this.session, subject.object, found.live, context.signal));
        if (reasons) throw new InitializationError(request.id, found.outputs, found.inputs, reasons);
        return { id: request.id, inputs: found.inputs, outputs: found.outputs };
    }

    async delete(request: DeleteRequest, context: CallContext) {
        const reason = await this.session.cluster.unreachable();
        if (reason !== undefined) {
            if (this.session.settings.deleteUnreachable) return;
            throw new Error(`not deleted: ${reason}; ${goneFromState}`);
        }
        const target = parseToken(request.type, request.oldInputs);
        if (target.kind === "release") return this.releases.delete(request, context);
        const kind = await this.session.cluster.kindOf(target.apiVersion, target.objectKind);
        // Without its definition no object of a kind is left.
        if (!kind) return;
        await deleteObject(this.session, subjectOf(kind, target.isPatch, request.oldInputs), request, context);
    }

    async close() {
        this.session.cluster.close();
    }

    private async knownKind(apiVersion: string, kind: string, context: CallContext) {
        return (await this.session.isReachable(context)) ? this.session.cluster.kindOf(apiVersion, kind) : undefined;
    }

    private async definedKind(apiVersion: string, kindName: string, context: CallContext) {
        const kind = await awaitKind(this.session, apiVersion, kindName, context);
        if (kind) return kind;
        throw new Error(
            `the API server knows no kind ${kindName} in ${apiVersion} (its CustomResourceDefinition is missing); ` +
                `create the definition first and let this resource depend on it`,
        );
    }
}

/**
 * A factory over charts of one's own. The engine's environment counts where it is handed over (`PULUMI_K8S_*`).
 * @param bodies what the machines of the cluster are made of; asked for each instance
 */
export function providerWithCharts(
    known: readonly ChartStandIn[],
    bodies: () => BodyKind = () => "simulated",
): (env?: NodeJS.ProcessEnv) => Provider {
    return (env = process.env) => new KubernetesProvider(known, env, bodies());
}

/** As the lab of this checkout was started. */
const bodiesHere = () => (labSettings(labPaths(process.cwd())).nodes === "real" ? "real" : "simulated");

/** Makes one instance over the lab's own charts. */
export const createProvider = providerWithCharts(charts, bodiesHere) satisfies ProviderFactory;
