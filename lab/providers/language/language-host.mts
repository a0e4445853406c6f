/**
 * How the engine runs Node programs and policy packs: the executable `pulumi-language-nodejs`, on the published protocol
 * classes. It is started for every preview and update, so it is one file that Node runs as it stands, without a compiler.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire, enableCompileCache } from "node:module";
import grpc from "@grpc/grpc-js";
import languageService, { type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyMessage from "google-protobuf/google/protobuf/empty_pb.js";

enableCompileCache();

/** Exit code by which the SDK says that it has already explained the error to the user. */
const explainedExitCode = 32;
/** Largest message, bytes: what the engine itself allows. */
const maxMessageBytes = 400 * 1024 * 1024;

const require = createRequire(import.meta.url);
const running = new Set<ChildProcess>();

/** `runtime.options` of `Pulumi.yaml` or `PulumiPolicy.yaml`. */
interface RuntimeOptions {
    readonly nodeArguments: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
}

function runtimeOptions(info: language.ProgramInfo | undefined): RuntimeOptions {
    const options: { [key: string]: unknown } = info?.getOptions()?.toJavaScript() ?? {};
    const nodeArguments = typeof options["nodeargs"] === "string" ? options["nodeargs"].split(" ").filter(Boolean) : [];
    return { nodeArguments, environment: { PULUMI_NODEJS_TYPESCRIPT: String(options["typescript"] !== false) } };
}

/** A script of the SDK that the program itself has installed, so that program and runner are of one version. */
function sdkScript(folder: string, script: "run" | "run-plugin" | "run-policy-pack"): string {
    try {
        return require.resolve(`@pulumi/pulumi/cmd/${script}`, { paths: [folder] });
    } catch {
        throw new Error(`${folder}: @pulumi/pulumi is not installed there; run \`npm install\``);
    }
}

function start(argv: readonly string[], folder: string, environment: NodeJS.ProcessEnv, output: "inherit" | "pipe") {
    const child = spawn(process.execPath, argv, { cwd: folder, env: environment, stdio: ["ignore", output, output] });
    running.add(child);
    child.on("exit", () => running.delete(child));
    return child;
}

function run(engine: string, request: language.RunRequest): Promise<language.RunResponse> {
    const info = request.getInfo();
    const options = runtimeOptions(info);
    const organization = request.getOrganization();
    const argv = [
        ...options.nodeArguments,
        sdkScript(info?.getProgramDirectory() || request.getPwd(), "run"),
        ...["--monitor", request.getMonitorAddress(), "--engine", engine],
        ...["--project", request.getProject(), "--stack", request.getStack(), "--pwd", request.getPwd()],
        ...["--parallel", String(request.getParallel())],
        ...(organization === "" ? [] : ["--organization", organization]),
        ...(request.getDryrun() ? ["--dry-run"] : []),
        info?.getEntryPoint() || request.getProgram() || ".",
        ...request.getArgsList(),
    ];
    const environment = {
        ...process.env,
        ...options.environment,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    };
    const child = start(argv, request.getPwd(), environment, "inherit");
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("exit", (code, signal) => {
            const response = new language.RunResponse();
            if (code === explainedExitCode) {
                response.setBail(true);
            } else if (code !== 0) {
                response.setError(`the program ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}`);
            }
            resolve(response);
        });
    });
}

type PluginCall = grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>;

function runPlugin(call: PluginCall): void {
    const request = call.request;
    const folder = request.getInfo()?.getProgramDirectory() || request.getProgram();
    const options = runtimeOptions(request.getInfo());
    const script = sdkScript(folder, request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin");
    const environment: NodeJS.ProcessEnv = { ...process.env, ...options.environment };
    for (const pair of request.getEnvList()) {
        const equals = pair.indexOf("=");
        environment[pair.slice(0, equals)] = pair.slice(equals + 1);
    }
    const argv = [...options.nodeArguments, script, ...request.getArgsList(), folder];
    const child = start(argv, folder, environment, "pipe");
    child.stdout?.on("data", (chunk: Buffer) => call.write(new language.RunPluginResponse().setStdout(chunk)));
    child.stderr?.on("data", (chunk: Buffer) => call.write(new language.RunPluginResponse().setStderr(chunk)));
    child.on("error", (error) => call.emit("error", { code: grpc.status.UNKNOWN, details: error.message }));
    child.on("close", (code) => {
        call.write(new language.RunPluginResponse().setExitcode(code ?? 1));
        call.end();
    });
    call.on("cancelled", () => child.kill());
}

function stopAll(signal: NodeJS.Signals): void {
    for (const child of running) {
        child.kill(signal);
    }
}

function failed(error: unknown): { code: grpc.status; details: string } {
    return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

/** What only the released language host can do: generating code, new projects, installing. */
function refused(what: string) {
    return (_call: unknown, reply: (error: { code: grpc.status; details: string }) => void): void =>
        reply({ code: grpc.status.UNIMPLEMENTED, details: `the lab's language host does not ${what}` });
}

function service(engine: string): ILanguageRuntimeServer {
    return {
        handshake: (_call, reply) => reply(null, new language.LanguageHandshakeResponse()),
        getPluginInfo: (_call, reply) => {
            const sdk = require("@pulumi/pulumi/package.json") as { version: string };
            reply(null, new plugin.PluginInfo().setVersion(sdk.version));
        },
        // Nothing is announced: each resource names its plugin's version, and only plugins in use are started.
        getRequiredPackages: (_call, reply) => reply(null, new language.GetRequiredPackagesResponse()),
        getRequiredPlugins: (_call, reply) => reply(null, new language.GetRequiredPluginsResponse()),
        run: (call, reply) => {
            Promise.resolve(call.request)
                .then((request) => run(engine, request))
                .then((response) => reply(null, response))
                .catch((error: unknown) => reply(failed(error)));
        },
        runPlugin: (call) => {
            try {
                runPlugin(call);
            } catch (error) {
                call.emit("error", failed(error));
            }
        },
        about: (_call, reply) =>
            reply(null, new language.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
        getProgramDependencies: (_call, reply) => reply(null, new language.GetProgramDependenciesResponse()),
        runtimeOptionsPrompts: (_call, reply) => reply(null, new language.RuntimeOptionsResponse()),
        cancel: (_call, reply) => {
            stopAll("SIGINT");
            reply(null, new emptyMessage.Empty());
        },
        installDependencies: (call) => {
            call.emit("error", { code: grpc.status.UNIMPLEMENTED, details: "packages are installed by `npm install`" });
        },
        template: refused("make new projects"),
        generateProgram: refused("generate code"),
        generateProject: refused("generate code"),
        generatePackage: refused("generate code"),
        pack: refused("pack packages"),
        link: refused("link packages"),
    };
}

const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-"));
if (engineAddress === undefined) {
    console.error(
        "usage: pulumi-language-nodejs [flags] <address of the engine>; the Pulumi CLI starts this by itself",
    );
    process.exit(2);
}
const server = new grpc.Server({ "grpc.max_receive_message_length": maxMessageBytes });
server.addService(languageService.LanguageRuntimeService, service(engineAddress));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
        throw error;
    }
    console.log(port);
});
const leave = (signal: NodeJS.Signals): void => {
    stopAll(signal);
    process.exit(0);
};
process.on("SIGINT", leave).on("SIGTERM", leave);
// The engine holds the other end of standard input: when it dies without a word, this and its programs end too.
process.stdin.on("end", () => leave("SIGTERM")).resume();
