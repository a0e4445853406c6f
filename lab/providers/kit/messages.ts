import {
    CheckFailure as CheckFailureMessage,
    type CheckRequest as CheckRequestMessage,
    CheckResponse,
    type DiffRequest as DiffRequestMessage,
    DiffResponse,
    PropertyDiff,
} from "@pulumi/pulumi/proto/provider_pb";
import { parsePath } from "./property-path";
import type { CheckFailure, CheckRequest, Diff, DiffKind, DiffRequest, Properties } from "./provider";
import { fromStruct, toStruct } from "./values";

const kinds = {
    add: PropertyDiff.Kind.ADD,
    "add-replace": PropertyDiff.Kind.ADD_REPLACE,
    delete: PropertyDiff.Kind.DELETE,
    "delete-replace": PropertyDiff.Kind.DELETE_REPLACE,
    update: PropertyDiff.Kind.UPDATE,
    "update-replace": PropertyDiff.Kind.UPDATE_REPLACE,
} as const satisfies Record<DiffKind, PropertyDiff.Kind>;

export function checkRequest(message: CheckRequestMessage): CheckRequest {
    return {
        urn: message.getUrn(),
        type: message.getType(),
        name: message.getName(),
        olds: fromStruct(message.getOlds()),
        news: fromStruct(message.getNews()),
        randomSeed: message.getRandomseed_asU8(),
    };
}

export function checkResponse(
    result: { inputs: Properties; failures: readonly CheckFailure[] },
    secretKeys: readonly string[],
): CheckResponse {
    return new CheckResponse()
        .setInputs(toStruct(result.inputs, secretKeys))
        .setFailuresList(failureMessages(result.failures));
}

export function failureMessages(failures: readonly CheckFailure[]): CheckFailureMessage[] {
    return failures.map(({ property, reason }) => new CheckFailureMessage().setProperty(property).setReason(reason));
}

export function diffRequest(message: DiffRequestMessage): DiffRequest {
    return {
        urn: message.getUrn(),
        type: message.getType(),
        id: message.getId(),
        oldOutputs: fromStruct(message.getOlds()),
        oldInputs: fromStruct(message.getOldInputs()),
        newInputs: fromStruct(message.getNews()),
        ignoreChanges: message.getIgnorechangesList(),
    };
}

export function diffResponse(diff: Diff): DiffResponse {
    const response = new DiffResponse().setHasdetaileddiff(true);
    const changed = new Set<string>();
    const replaced = new Set(diff.alsoReplaces);
    for (const [path, { kind, inputDiff }] of diff.detailed) {
        response.getDetaileddiffMap().set(path, new PropertyDiff().setKind(kinds[kind]).setInputdiff(inputDiff));
        const root = String(parsePath(path)[0] ?? path);
        changed.add(root);
        if (kind.endsWith("-replace")) {
            replaced.add(root);
        }
    }
    const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
    return response
        .setChanges(diff.detailed.size > 0 || replaced.size > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList([...changed])
        .setReplacesList([...replaced])
        .setDeletebeforereplace(diff.deleteBeforeReplace ?? false);
}
