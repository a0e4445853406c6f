import {
    CreateOpenIDConnectProviderCommand,
    CreateRoleCommand,
    DeleteOpenIDConnectProviderCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    GetOpenIDConnectProviderCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    PutRolePolicyCommand,
    UpdateAssumeRolePolicyCommand,
    UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { textOf } from "../../plain-values";
import type { Properties, Value } from "../kit/provider";
import { type AwsType, unlessMissing } from "./aws-type";
import { documentText } from "./shape";

/** Seconds; the plugin's default. */
const HOUR = 3600;
const duration = ({ maxSessionDuration: said }: Properties): number => (typeof said === "number" ? said : HOUR);

const role: AwsType = {
    takes: ["name", "path", "description", "assumeRolePolicy", "maxSessionDuration"],
    required: ["assumeRolePolicy"],
    replaceOn: ["name", "path"],
    naming: { property: "name", maxLength: 64 },
    made: ["arn", "createDate", "uniqueId"],
    create: async (inputs, { iam }) => {
        const RoleName = textOf(inputs["name"]);
        await iam.send(
            new CreateRoleCommand({
                RoleName,
                Path: typeof inputs["path"] === "string" ? inputs["path"] : "/",
                AssumeRolePolicyDocument: documentText(inputs["assumeRolePolicy"]),
                MaxSessionDuration: duration(inputs),
                ...(typeof inputs["description"] === "string" ? { Description: inputs["description"] } : {}),
            }),
        );
        return { id: RoleName };
    },
    update: async (id, inputs, { iam }) => {
        const PolicyDocument = documentText(inputs["assumeRolePolicy"]);
        await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument }));
        const Description = typeof inputs["description"] === "string" ? inputs["description"] : "";
        await iam.send(new UpdateRoleCommand({ RoleName: id, Description, MaxSessionDuration: duration(inputs) }));
    },
    read: async (id, { iam }) => {
        const live = (await unlessMissing(iam.send(new GetRoleCommand({ RoleName: id }))))?.Role;
        return (
            live && {
                name: id,
                path: live.Path ?? "/",
                description: live.Description ?? "",
                assumeRolePolicy: decodeURIComponent(live.AssumeRolePolicyDocument ?? ""),
                maxSessionDuration: live.MaxSessionDuration ?? HOUR,
                arn: live.Arn ?? "",
                createDate: live.CreateDate?.toISOString() ?? "",
                uniqueId: live.RoleId ?? "",
            }
        );
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(iam.send(new DeleteRoleCommand({ RoleName: id })));
    },
};

/** A policy inside a role; its id is `<role>:<name>`. */
const rolePolicy: AwsType = {
    takes: ["name", "role", "policy"],
    required: ["role", "policy"],
    replaceOn: ["name", "role"],
    naming: { property: "name", maxLength: 128 },
    made: [],
    create: async (inputs, { iam }) => {
        const [RoleName, PolicyName] = [textOf(inputs["role"]), textOf(inputs["name"])];
        const PolicyDocument = documentText(inputs["policy"]);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
        return { id: `${RoleName}:${PolicyName}` };
    },
    update: async (id, inputs, { iam }) => {
        const PolicyDocument = documentText(inputs["policy"]);
        await iam.send(new PutRolePolicyCommand({ ...roleAndPolicy(id), PolicyDocument }));
    },
    read: async (id, { iam }) => {
        const { RoleName, PolicyName } = roleAndPolicy(id);
        const live = await unlessMissing(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
        return live && { role: RoleName, name: PolicyName, policy: decodeURIComponent(live.PolicyDocument ?? "") };
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(iam.send(new DeleteRolePolicyCommand(roleAndPolicy(id))));
    },
};

function roleAndPolicy(id: string): { RoleName: string; PolicyName: string } {
    const colon = id.indexOf(":");
    return { RoleName: id.slice(0, colon), PolicyName: id.slice(colon + 1) };
}

/** An account's trust in a token service; its id is its ARN. */
const openIdConnectProvider: AwsType = {
    takes: ["url", "clientIdLists", "thumbprintLists"],
    required: ["url", "clientIdLists"],
    replaceOn: ["url", "clientIdLists", "thumbprintLists"],
    made: ["arn"],
    create: async (inputs, { iam }) => {
        const created = await iam.send(
            new CreateOpenIDConnectProviderCommand({
                Url: textOf(inputs["url"]),
                ClientIDList: texts(inputs["clientIdLists"]),
                ThumbprintList: texts(inputs["thumbprintLists"]),
            }),
        );
        return { id: created.OpenIDConnectProviderArn ?? "" };
    },
    read: async (id, { iam }) => {
        const OpenIDConnectProviderArn = id;
        const live = await unlessMissing(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })));
        return (
            live && {
                arn: id,
                // The service keeps it without its scheme.
                url: `https://${(live.Url ?? "").replace(/^https:\/\//, "")}`,
                clientIdLists: live.ClientIDList ?? [],
                thumbprintLists: live.ThumbprintList ?? [],
            }
        );
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })));
    },
};

function texts(value: Value | undefined): string[] {
    return Array.isArray(value) ? value.map((item) => textOf(item)) : [];
}

export const roleTypes: Readonly<Record<string, AwsType>> = {
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openIdConnectProvider,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
};
