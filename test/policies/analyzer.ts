import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { ResourceFact } from "../../policies/model/fact";

/** What the pack answers the engine. */
export interface Diagnostic {
    readonly policy: string;
    readonly mandatory: boolean;
    readonly message: string;
    readonly urn: string;
}

/** The policy pack in a process of its own, started and asked as the engine does it. */
export interface Analyzer {
    policies(): Promise<readonly string[]>;
    /** Whether it serves the call by which a resource is changed before it is judged. */
    remediates(): Promise<boolean>;
    /** Asks about one resource, before it would be touched. */
    analyze(fact: ResourceFact): Promise<readonly Diagnostic[]>;
    /** Asks about the whole graph, at the end of a run. */
    analyzeStack(facts: readonly ResourceFact[]): Promise<readonly Diagnostic[]>;
    stop(): Promise<void>;
}

const pack = join(__dirname, "../../policies");

/**
 * Starts the pack from its folder, with the runner that released language hosts use.
 * @param env settings of its process besides the test's own
 */
export async function startAnalyzer(env: NodeJS.ProcessEnv = {}): Promise<Analyzer> {
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    // The engine's address is used for log messages only; nothing listens on port 1.
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", pack], {
        cwd: pack,
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, NODE_OPTIONS: "", ...env },
    });
    const gone = once(child, "exit");
    const port = await Promise.race([once(createInterface(child.stdout), "line"), gone.then(() => [""])]);
    if (!/^\d+$/.test(String(port[0]))) throw new Error(`the pack did not start: ${String(port[0])}`);
    const client = new AnalyzerClient(`127.0.0.1:${String(port[0])}`, credentials.createInsecure());
    return {
        async policies() {
            const info = await call<messages.AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done));
            return info.getPoliciesList().map((policy) => policy.getName());
        },
        async remediates() {
            const request = fill(new messages.AnalyzeRequest(), { type: "", name: "", urn: "", props: {}, opts: {} });
            const answer = await new Promise<ServiceError | null>((done) => client.remediate(request, done));
            return answer?.code !== status.UNIMPLEMENTED;
        },
        async analyze(fact) {
            const request = fill(new messages.AnalyzeRequest(), fact);
            return diagnostics(await call<messages.AnalyzeResponse>((done) => client.analyze(request, done)));
        },
        async analyzeStack(facts) {
            const request = new messages.AnalyzeStackRequest();
            request.setResourcesList(facts.map((fact) => fill(new messages.AnalyzerResource(), fact)));
            return diagnostics(await call<messages.AnalyzeResponse>((done) => client.analyzeStack(request, done)));
        },
        async stop() {
            client.close();
            child.kill();
            await gone;
        },
    };
}

type Done<T> = (error: ServiceError | null, response: T) => void;

function call<T>(start: (done: Done<T>) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
        start((error, response) => (error ? reject(error) : resolve(response)));
    });
}

function fill<T extends messages.AnalyzeRequest | messages.AnalyzerResource>(request: T, fact: ResourceFact): T {
    request.setType(fact.type);
    request.setName(fact.name);
    request.setUrn(fact.urn);
    request.setProperties(Struct.fromJavaScript(asStruct(fact.props)));
    request.setOptions(new messages.AnalyzerResourceOptions());
    return request;
}

/** As it goes over the wire, where keys without a value do not exist. */
function asStruct(props: object): Record<string, JavaScriptValue> {
    const written = Object.entries(props).filter(([, value]) => value !== undefined);
    return Object.fromEntries(written.map(([key, value]) => [key, asJson(value)]));
}

function asJson(value: unknown): JavaScriptValue {
    if (Array.isArray(value)) return value.map(asJson);
    if (typeof value === "object" && value !== null) return asStruct(value);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

function diagnostics(response: messages.AnalyzeResponse): readonly Diagnostic[] {
    return response.getDiagnosticsList().map((diagnostic) => ({
        policy: diagnostic.getPolicyname(),
        mandatory: diagnostic.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
        message: diagnostic.getMessage(),
        urn: diagnostic.getUrn(),
    }));
}
