import {
    CreateRepositoryCommand,
    DeleteLifecyclePolicyCommand,
    DeleteRepositoryCommand,
    DescribeRepositoriesCommand,
    GetLifecyclePolicyCommand,
    type EncryptionType,
    type ImageTagMutability,
    ListTagsForResourceCommand,
    PutImageScanningConfigurationCommand,
    PutImageTagMutabilityCommand,
    PutLifecyclePolicyCommand,
    TagResourceCommand,
    UntagResourceCommand,
} from "@aws-sdk/client-ecr";
import { textOf } from "../../plain-values";
import type { Properties } from "../kit/provider";
import { isProperties } from "../kit/values";
import { type AwsType, unlessMissing } from "./aws-type";
import { documentText, fromTagList, toTagList } from "./shape";

const tagMutability = ({ imageTagMutability }: Properties): ImageTagMutability =>
    imageTagMutability === "IMMUTABLE" ? "IMMUTABLE" : "MUTABLE";
const scanOnPush = ({ imageScanningConfiguration: said }: Properties): boolean =>
    isProperties(said) && said["scanOnPush"] === true;
const encryptionType = ({ encryptionConfigurations: said }: Properties): EncryptionType => {
    const first = Array.isArray(said) ? said[0] : undefined;
    return isProperties(first) && first["encryptionType"] === "KMS" ? "KMS" : "AES256";
};
const allTags = ({ tagsAll }: Properties): Properties => (isProperties(tagsAll) ? tagsAll : {});

const repository: AwsType = {
    takes: ["name", "forceDelete", "imageTagMutability", "imageScanningConfiguration", "encryptionConfigurations"],
    replaceOn: ["name", "encryptionConfigurations"],
    naming: { property: "name", maxLength: 256 },
    tagged: true,
    made: ["arn", "region", "registryId", "repositoryUrl"],
    create: async (inputs, { ecr }) => {
        await ecr.send(
            new CreateRepositoryCommand({
                repositoryName: textOf(inputs["name"]),
                imageTagMutability: tagMutability(inputs),
                imageScanningConfiguration: { scanOnPush: scanOnPush(inputs) },
                encryptionConfiguration: { encryptionType: encryptionType(inputs) },
                tags: toTagList(allTags(inputs)),
            }),
        );
        return { id: textOf(inputs["name"]) };
    },
    update: async (id, inputs, { ecr }) => {
        const described = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [id] }));
        const resourceArn = described.repositories?.[0]?.repositoryArn ?? "";
        await ecr.send(
            new PutImageTagMutabilityCommand({ repositoryName: id, imageTagMutability: tagMutability(inputs) }),
        );
        const imageScanningConfiguration = { scanOnPush: scanOnPush(inputs) };
        await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName: id, imageScanningConfiguration }));
        const wanted = allTags(inputs);
        const live = fromTagList((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags);
        const tagKeys = Object.keys(live).filter((key) => !(key in wanted));
        if (tagKeys.length > 0) {
            await ecr.send(new UntagResourceCommand({ resourceArn, tagKeys }));
        }
        if (Object.keys(wanted).length > 0) {
            await ecr.send(new TagResourceCommand({ resourceArn, tags: toTagList(wanted) }));
        }
    },
    read: async (id, { ecr, region }) => {
        const described = await unlessMissing(ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [id] })));
        const live = described?.repositories?.[0];
        if (live === undefined) {
            return undefined;
        }
        const resourceArn = live.repositoryArn ?? "";
        return {
            name: id,
            arn: resourceArn,
            region,
            registryId: live.registryId ?? "",
            repositoryUrl: live.repositoryUri ?? "",
            imageTagMutability: live.imageTagMutability ?? "MUTABLE",
            imageScanningConfiguration: { scanOnPush: live.imageScanningConfiguration?.scanOnPush ?? false },
            encryptionConfigurations: [{ encryptionType: live.encryptionConfiguration?.encryptionType ?? "AES256" }],
            tagsAll: fromTagList((await ecr.send(new ListTagsForResourceCommand({ resourceArn }))).tags),
        };
    },
    delete: async (id, inputs, { ecr }) => {
        const force = inputs["forceDelete"] === true;
        await unlessMissing(ecr.send(new DeleteRepositoryCommand({ repositoryName: id, force })));
    },
};

const lifecyclePolicy: AwsType = {
    takes: ["repository", "policy"],
    required: ["repository", "policy"],
    replaceOn: ["repository"],
    made: ["registryId"],
    create: async (inputs, { ecr }) => {
        const repositoryName = textOf(inputs["repository"]);
        const lifecyclePolicyText = documentText(inputs["policy"]);
        await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
        return { id: repositoryName };
    },
    update: async (id, inputs, { ecr }) => {
        const lifecyclePolicyText = documentText(inputs["policy"]);
        await ecr.send(new PutLifecyclePolicyCommand({ repositoryName: id, lifecyclePolicyText }));
    },
    read: async (id, { ecr }) => {
        const live = await unlessMissing(ecr.send(new GetLifecyclePolicyCommand({ repositoryName: id })));
        return live && { repository: id, registryId: live.registryId ?? "", policy: live.lifecyclePolicyText ?? "" };
    },
    delete: async (id, _inputs, { ecr }) => {
        await unlessMissing(ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: id })));
    },
};

export const ecrTypes: Readonly<Record<string, AwsType>> = {
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy,
    "aws:ecr/repository:Repository": repository,
};
