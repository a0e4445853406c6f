import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { reasonOf } from "../../reason";
import { InitializationError } from "./provider";
import { toStruct } from "./values";

/**
 * An exception as gRPC's answer. An `InitializationError` carries the resource's state in the status details, which
 * makes the engine record the resource with its reasons; everything else is a plain failure with its message.
 */
export function toServiceError(error: unknown, secretKeys: readonly string[] = []): ServerErrorResponse {
    const message = reasonOf(error);
    if (!(error instanceof InitializationError)) {
        return { code: status.UNKNOWN, name: "Error", message, details: message };
    }
    const failed = new ErrorResourceInitFailed();
    failed.setId(error.id).setReasonsList([...error.reasons]);
    failed.setProperties(toStruct(error.outputs, secretKeys)).setInputs(toStruct(error.inputs, secretKeys));
    const detail = new Any();
    detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const rich = new Status();
    rich.setCode(status.UNKNOWN).setMessage(message).addDetails(detail);
    const metadata = new Metadata();
    // Structured details travel in this trailer; Node's gRPC has no call of its own for them.
    metadata.add("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
    return { code: status.UNKNOWN, name: "InitializationError", message, details: message, metadata };
}

/** Whether an exception is a mistake in our own code rather than something the outside answered. */
export function isProgrammingError(error: unknown): error is Error {
    return (
        error instanceof RangeError ||
        error instanceof ReferenceError ||
        error instanceof SyntaxError ||
        (error instanceof TypeError && error.message !== "fetch failed")
    );
}
