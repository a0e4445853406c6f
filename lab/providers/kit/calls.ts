import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { checkRequest, checkResponse, diffRequest, diffResponse, failureMessages } from "./messages";
import type { Handler, Session } from "./session";
import { fromStruct, toStruct } from "./values";

/** The engine's service over one provider instance. */
export function providerService(name: string, version: string, session: Session): IResourceProviderServer {
    return {
        ...pluginCalls(name, version, session),
        ...settingCalls(session),
        ...lookingCalls(session),
        ...changingCalls(session),
        parameterize: unsupported("parameters"),
        call: unsupported("methods on components"),
        construct: unsupported("remote components"),
        getMapping: unsupported("mappings"),
        getMappings: unsupported("mappings"),
        list: (call: ServerWritableStream<pb.ListRequest, pb.ListResponse>) => {
            call.emit("error", { code: status.UNIMPLEMENTED, details: "stand-in plugins have no lists" });
        },
    };
}

function unsupported<Request, Response>(what: string): Handler<Request, Response> {
    return (_call, reply) => reply({ code: status.UNIMPLEMENTED, details: `stand-in plugins have no ${what}` });
}

function pluginCalls(name: string, version: string, session: Session) {
    return {
        handshake: session.handle(async (request: pb.ProviderHandshakeRequest) => {
            session.log.attach(request.getEngineAddress());
            // All capabilities are left off: the engine then unwraps secrets before it sends them and marks the same
            // properties of our answers again, and it sends resource references as plain ids.
            return new pb.ProviderHandshakeResponse();
        }),
        attach: session.handle(async (request: PluginAttach) => {
            session.log.attach(request.getAddress());
            return new Empty();
        }),
        getPluginInfo: session.handle(async (_request: Empty) => new PluginInfo().setVersion(version)),
        getSchema: session.handle(async (_request: pb.GetSchemaRequest) =>
            new pb.GetSchemaResponse().setSchema(JSON.stringify({ name, version })),
        ),
        cancel: session.handle(async (_request: Empty) => {
            session.cancel();
            return new Empty();
        }),
    };
}

function settingCalls(session: Session) {
    const { provider } = session;
    return {
        checkConfig: session.handle(async (message: pb.CheckRequest, context) => {
            const request = checkRequest(message);
            const result = await provider.checkConfig?.(request, context);
            return checkResponse(result ?? { inputs: request.news, failures: [] }, session.secrets(request.type));
        }),
        // Without an answer of its own a plugin is never replaced for changed settings, as the engine itself decides.
        diffConfig:
            provider.diffConfig === undefined
                ? unsupported<pb.DiffRequest, pb.DiffResponse>("comparison of settings")
                : session.handle(async (message: pb.DiffRequest, context) => {
                      const diff = await provider.diffConfig?.(diffRequest(message), context);
                      return diffResponse(diff ?? { detailed: new Map() });
                  }),
        configure: session.handle(async (message: pb.ConfigureRequest) => {
            await provider.configure(fromStruct(message.getArgs()));
            return new pb.ConfigureResponse().setSupportspreview(true);
        }),
        invoke: session.handle(async (message: pb.InvokeRequest, context) => {
            if (provider.invoke === undefined) {
                throw new Error(`${message.getTok()}: this stand-in plugin has no functions`);
            }
            const result = await provider.invoke(message.getTok(), fromStruct(message.getArgs()), context);
            return new pb.InvokeResponse()
                .setReturn(toStruct(result.outputs))
                .setFailuresList(failureMessages(result.failures));
        }),
    };
}

function lookingCalls(session: Session) {
    const { provider } = session;
    return {
        check: session.handle(async (message: pb.CheckRequest, context) => {
            const request = checkRequest(message);
            return checkResponse(await provider.check(request, context), session.secrets(request.type));
        }),
        diff: session.handle(async (message: pb.DiffRequest, context) =>
            diffResponse(await provider.diff(diffRequest(message), context)),
        ),
        read: session.handle(async (message: pb.ReadRequest, context) => {
            const type = message.getType();
            const found = await provider.read(
                {
                    urn: message.getUrn(),
                    type,
                    id: message.getId(),
                    oldInputs: fromStruct(message.getInputs()),
                    oldOutputs: fromStruct(message.getProperties()),
                },
                context,
            );
            const response = new pb.ReadResponse();
            // An answer without an id tells the engine that the resource is gone.
            return found === undefined
                ? response
                : response
                      .setId(found.id)
                      .setInputs(toStruct(found.inputs, session.secrets(type)))
                      .setProperties(toStruct(found.outputs, session.secrets(type)));
        }),
    };
}

function changingCalls(session: Session) {
    const { provider } = session;
    return {
        create: session.handle(async (message: pb.CreateRequest, context) => {
            const type = message.getType();
            const { id, outputs } = await provider.create(
                {
                    urn: message.getUrn(),
                    type,
                    inputs: fromStruct(message.getProperties()),
                    preview: message.getPreview(),
                    timeoutSeconds: message.getTimeout(),
                },
                context,
            );
            return new pb.CreateResponse().setId(id).setProperties(toStruct(outputs, session.secrets(type)));
        }),
        update: session.handle(async (message: pb.UpdateRequest, context) => {
            const type = message.getType();
            const { outputs } = await provider.update(
                {
                    urn: message.getUrn(),
                    type,
                    id: message.getId(),
                    inputs: fromStruct(message.getNews()),
                    oldInputs: fromStruct(message.getOldInputs()),
                    oldOutputs: fromStruct(message.getOlds()),
                    ignoreChanges: message.getIgnorechangesList(),
                    preview: message.getPreview(),
                    timeoutSeconds: message.getTimeout(),
                },
                context,
            );
            return new pb.UpdateResponse().setProperties(toStruct(outputs, session.secrets(type)));
        }),
        delete: session.handle(async (message: pb.DeleteRequest, context) => {
            await provider.delete(
                {
                    urn: message.getUrn(),
                    type: message.getType(),
                    id: message.getId(),
                    oldInputs: fromStruct(message.getOldInputs()),
                    oldOutputs: fromStruct(message.getProperties()),
                    timeoutSeconds: message.getTimeout(),
                },
                context,
            );
            return new Empty();
        }),
    };
}
