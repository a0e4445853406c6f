import {
    AttachUserPolicyCommand,
    CreateAccessKeyCommand,
    CreatePolicyCommand,
    CreatePolicyVersionCommand,
    CreateUserCommand,
    DeleteAccessKeyCommand,
    DeletePolicyCommand,
    DeletePolicyVersionCommand,
    DeleteUserCommand,
    DeleteUserPolicyCommand,
    DetachUserPolicyCommand,
    GetPolicyCommand,
    GetPolicyVersionCommand,
    GetUserCommand,
    GetUserPolicyCommand,
    type IAMClient,
    ListAccessKeysCommand,
    ListAttachedUserPoliciesCommand,
    ListPolicyVersionsCommand,
    PutUserPolicyCommand,
    TagUserCommand,
    UntagUserCommand,
    UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { textOf } from "../../plain-values";
import type { Properties } from "../kit/provider";
import { isProperties } from "../kit/values";
import { type AwsType, unlessMissing } from "./aws-type";
import { documentText, fromTagList, toTagList } from "./shape";

const allTags = ({ tagsAll }: Properties): Properties => (isProperties(tagsAll) ? tagsAll : {});
const pathOf = ({ path }: Properties): string => (typeof path === "string" ? path : "/");

const user: AwsType = {
    takes: ["name", "path", "forceDestroy"],
    replaceOn: ["name", "path"],
    naming: { property: "name", maxLength: 64 },
    tagged: true,
    made: ["arn", "uniqueId"],
    create: async (inputs, { iam }) => {
        const UserName = textOf(inputs["name"]);
        await iam.send(new CreateUserCommand({ UserName, Path: pathOf(inputs), Tags: toTagList(allTags(inputs)) }));
        return { id: UserName };
    },
    update: async (id, inputs, { iam }) => {
        const wanted = allTags(inputs);
        const live = fromTagList((await iam.send(new GetUserCommand({ UserName: id }))).User?.Tags);
        const TagKeys = Object.keys(live).filter((key) => !(key in wanted));
        if (TagKeys.length > 0) {
            await iam.send(new UntagUserCommand({ UserName: id, TagKeys }));
        }
        if (Object.keys(wanted).length > 0) {
            await iam.send(new TagUserCommand({ UserName: id, Tags: toTagList(wanted) }));
        }
    },
    read: async (id, { iam }) => {
        const live = (await unlessMissing(iam.send(new GetUserCommand({ UserName: id }))))?.User;
        return (
            live && {
                name: id,
                path: live.Path ?? "/",
                arn: live.Arn ?? "",
                uniqueId: live.UserId ?? "",
                tagsAll: fromTagList(live.Tags),
            }
        );
    },
    delete: async (id, inputs, { iam }) => {
        if (inputs["forceDestroy"] === true) {
            const keys = await unlessMissing(iam.send(new ListAccessKeysCommand({ UserName: id })));
            for (const { AccessKeyId } of keys?.AccessKeyMetadata ?? []) {
                await iam.send(new DeleteAccessKeyCommand({ UserName: id, AccessKeyId }));
            }
        }
        await unlessMissing(iam.send(new DeleteUserCommand({ UserName: id })));
    },
};

const policy: AwsType = {
    takes: ["name", "path", "description", "policy"],
    required: ["policy"],
    replaceOn: ["name", "path", "description"],
    naming: { property: "name", maxLength: 128 },
    made: ["arn", "policyId"],
    create: async (inputs, { iam }) => {
        const created = await iam.send(
            new CreatePolicyCommand({
                PolicyName: textOf(inputs["name"]),
                Path: pathOf(inputs),
                PolicyDocument: documentText(inputs["policy"]),
                ...(typeof inputs["description"] === "string" ? { Description: inputs["description"] } : {}),
            }),
        );
        return { id: created.Policy?.Arn ?? "" };
    },
    update: async (id, inputs, { iam }) => {
        // A policy keeps five versions at most, so the ones that are no longer used go first.
        await dropOldVersions(iam, id);
        const PolicyDocument = documentText(inputs["policy"]);
        await iam.send(new CreatePolicyVersionCommand({ PolicyArn: id, PolicyDocument, SetAsDefault: true }));
    },
    read: async (id, { iam }) => {
        const live = (await unlessMissing(iam.send(new GetPolicyCommand({ PolicyArn: id }))))?.Policy;
        if (live === undefined) {
            return undefined;
        }
        const VersionId = live.DefaultVersionId ?? "v1";
        const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn: id, VersionId }));
        return {
            name: live.PolicyName ?? "",
            path: live.Path ?? "/",
            description: live.Description ?? "",
            arn: id,
            policyId: live.PolicyId ?? "",
            policy: decodeURIComponent(version.PolicyVersion?.Document ?? ""),
        };
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(dropOldVersions(iam, id));
        await unlessMissing(iam.send(new DeletePolicyCommand({ PolicyArn: id })));
    },
};

async function dropOldVersions(iam: IAMClient, PolicyArn: string): Promise<void> {
    const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    for (const { VersionId, IsDefaultVersion } of Versions) {
        if (IsDefaultVersion !== true) {
            await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
        }
    }
}

/** A policy inside a user; its id is `<user>:<name>`. */
const userPolicy: AwsType = {
    takes: ["name", "user", "policy"],
    required: ["user", "policy"],
    replaceOn: ["name", "user"],
    naming: { property: "name", maxLength: 128 },
    made: [],
    create: async (inputs, { iam }) => {
        const [UserName, PolicyName] = [textOf(inputs["user"]), textOf(inputs["name"])];
        const PolicyDocument = documentText(inputs["policy"]);
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }));
        return { id: `${UserName}:${PolicyName}` };
    },
    update: async (id, inputs, { iam }) => {
        const PolicyDocument = documentText(inputs["policy"]);
        await iam.send(new PutUserPolicyCommand({ ...userAndPolicy(id), PolicyDocument }));
    },
    read: async (id, { iam }) => {
        const { UserName, PolicyName } = userAndPolicy(id);
        const live = await unlessMissing(iam.send(new GetUserPolicyCommand({ UserName, PolicyName })));
        return live && { user: UserName, name: PolicyName, policy: decodeURIComponent(live.PolicyDocument ?? "") };
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(iam.send(new DeleteUserPolicyCommand(userAndPolicy(id))));
    },
};

function userAndPolicy(id: string): { UserName: string; PolicyName: string } {
    const colon = id.indexOf(":");
    return { UserName: id.slice(0, colon), PolicyName: id.slice(colon + 1) };
}

/** A policy attached to a user; its id is `<user>/<arn of the policy>`. */
const userPolicyAttachment: AwsType = {
    takes: ["user", "policyArn"],
    required: ["user", "policyArn"],
    replaceOn: ["user", "policyArn"],
    made: [],
    create: async (inputs, { iam }) => {
        const [UserName, PolicyArn] = [textOf(inputs["user"]), textOf(inputs["policyArn"])];
        await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
        return { id: `${UserName}/${PolicyArn}` };
    },
    read: async (id, { iam }) => {
        const { UserName, PolicyArn } = userAndArn(id);
        const live = await unlessMissing(iam.send(new ListAttachedUserPoliciesCommand({ UserName })));
        const attached = live?.AttachedPolicies?.some((one) => one.PolicyArn === PolicyArn);
        return attached === true ? { user: UserName, policyArn: PolicyArn } : undefined;
    },
    delete: async (id, _inputs, { iam }) => {
        await unlessMissing(iam.send(new DetachUserPolicyCommand(userAndArn(id))));
    },
};

function userAndArn(id: string): { UserName: string; PolicyArn: string } {
    const slash = id.indexOf("/");
    return { UserName: id.slice(0, slash), PolicyArn: id.slice(slash + 1) };
}

/** Its id is the key's public half; the secret half is told once, at the creation, so it cannot be imported. */
const accessKey: AwsType = {
    takes: ["user", "status"],
    required: ["user"],
    replaceOn: ["user"],
    made: ["createDate", "secret"],
    secrets: ["secret"],
    create: async (inputs, { iam }) => {
        const UserName = textOf(inputs["user"]);
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
        const told = {
            secret: AccessKey?.SecretAccessKey ?? "",
            createDate: AccessKey?.CreateDate?.toISOString() ?? "",
        };
        const id = AccessKey?.AccessKeyId ?? "";
        await setStatus(iam, id, inputs);
        return { id, told };
    },
    update: (id, inputs, { iam }) => setStatus(iam, id, inputs),
    read: async (id, { iam }, { user: owner }) => {
        if (typeof owner !== "string") {
            throw new Error(`${id}: an access key cannot be imported (its secret is told only once); make a new one`);
        }
        const live = await unlessMissing(iam.send(new ListAccessKeysCommand({ UserName: owner })));
        const found = live?.AccessKeyMetadata?.find((one) => one.AccessKeyId === id);
        return found && { user: owner, status: found.Status ?? "Active" };
    },
    delete: async (id, inputs, { iam }) => {
        const UserName = textOf(inputs["user"]);
        await unlessMissing(iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: id })));
    },
};

async function setStatus(iam: IAMClient, AccessKeyId: string, { user: owner, status }: Properties): Promise<void> {
    const Status = status === "Inactive" ? "Inactive" : "Active";
    await iam.send(new UpdateAccessKeyCommand({ UserName: textOf(owner), AccessKeyId, Status }));
}

export const iamTypes: Readonly<Record<string, AwsType>> = {
    "aws:iam/accessKey:AccessKey": accessKey,
    "aws:iam/policy:Policy": policy,
    "aws:iam/user:User": user,
    "aws:iam/userPolicy:UserPolicy": userPolicy,
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": userPolicyAttachment,
};
