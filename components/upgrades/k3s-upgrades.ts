import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { Namespace } from "../namespace";
import { images } from "../versions";
import { Workload, type Addresses } from "../workload";
import { PLAN_KIND, planDefinition } from "./plan-definition";
import { JOBS_ACCOUNT } from "./plan-labels";
import { AGENT_PLAN, agentPlan, SERVER_PLAN, serverPlan, type PlanArgs } from "./plans";
import { controllerNamespaceRules, controllerRules, jobNamespaceRules, jobRules } from "./rights";

const NAMESPACE = "system-upgrade";
const CONTROLLER = "system-upgrade-controller";
const CONTROLLER_LABEL = `${PLAN_KIND.group}/controller`;
const LABELS = { "app.kubernetes.io/part-of": "platform", "app.kubernetes.io/managed-by": "pulumi" };

export interface K3sUpgradesArgs {
    /** Release that every node of ours shall have, for example `v1.36.3+k3s1`; never older than what runs. */
    readonly version: string;
    /** Whether programs run on servers too; else only agents are ever drained. */
    readonly serversCarryWorkloads: boolean;
    readonly hasAgents: boolean;
    /** How many hosts the nodes with programs are on; on one of them nothing is drained. */
    readonly workloadHosts: number;
    /** Where the API servers are. */
    readonly apiServers: Addresses;
}

/**
 * Brings another release of k3s to the nodes: the servers one by one, then the agents. Who carries programs is drained before,
 * where there is another host for them: on the only one pods would have nowhere to go, and the last copy of a volume would hold
 * the drain until it is given up. A node's job is root on its node, so its namespace admits everything, and whoever may make
 * plans owns the house.
 */
export class K3sUpgrades extends pulumi.ComponentResource {
    constructor(name: string, args: K3sUpgradesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:upgrades:K3sUpgrades", name, { version: args.version }, opts);
        const namespace = new Namespace(NAMESPACE, { podSecurity: "privileged", partOf: "platform" }, { parent: this })
            .name;
        const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
            `${name}-plan`,
            { metadata: { name: `${PLAN_KIND.plural}.${PLAN_KIND.group}`, labels: LABELS }, spec: planDefinition() },
            // The controller puts its own over it, with the schemas of Kubernetes' own parts.
            { parent: this, ignoreChanges: ["spec"] },
        );
        const controller = this.createController(name, args, namespace, definition);
        this.allow(name, namespace, CONTROLLER, controllerRules, controllerNamespaceRules);
        const jobs = new k8s.core.v1.ServiceAccount(
            `${name}-jobs`,
            { metadata: { name: JOBS_ACCOUNT, namespace, labels: LABELS } },
            { parent: this },
        );
        this.allow(name, namespace, JOBS_ACCOUNT, jobRules, jobNamespaceRules);
        this.createPlans(name, args, namespace, [definition, jobs, controller.controller]);
        this.registerOutputs({ version: args.version });
    }

    private createController(
        name: string,
        { apiServers }: K3sUpgradesArgs,
        namespace: pulumi.Input<string>,
        definition: pulumi.Resource,
    ): Workload {
        return new Workload(
            `${name}-controller`,
            {
                identity: { name: CONTROLLER, app: CONTROLLER, component: "controller", partOf: "platform" },
                namespace,
                run: { kind: "Deployment", replicas: 1, update: "Recreate" },
                runAs: { user: 65534, group: 65534 },
                // The drains of its jobs leave pods with this label: it would evict itself in the middle of its work.
                labels: { [CONTROLLER_LABEL]: CONTROLLER },
                reaches: [apiServers],
                after: [definition],
                weaken: {
                    "api-token": {
                        reason: "it watches plans and nodes and makes the jobs that upgrade them",
                        owner: "platform",
                        until: "2027-12-31",
                    },
                },
                container: {
                    image: images.systemUpgradeController,
                    resources: { cpu: "10m", memory: { request: "48Mi", limit: "256Mi" } },
                    env: {
                        SYSTEM_UPGRADE_CONTROLLER_NAME: CONTROLLER,
                        SYSTEM_UPGRADE_CONTROLLER_NAMESPACE: NAMESPACE,
                        SYSTEM_UPGRADE_CONTROLLER_NODE_NAME: { kind: "pod", field: "spec.nodeName" },
                        SYSTEM_UPGRADE_CONTROLLER_LEADER_ELECT: "true",
                        SYSTEM_UPGRADE_CONTROLLER_THREADS: "2",
                        SYSTEM_UPGRADE_JOB_BACKOFF_LIMIT: "3",
                        SYSTEM_UPGRADE_JOB_IMAGE_PULL_POLICY: "IfNotPresent",
                        SYSTEM_UPGRADE_JOB_KUBECTL_IMAGE: images.kubectl,
                        SYSTEM_UPGRADE_JOB_PRIVILEGED: "true",
                    },
                    mounts: [{ path: "/tmp", volume: { kind: "scratch", name: "tmp", sizeLimit: "16Mi" } }],
                },
            },
            { parent: this },
        );
    }

    private allow(
        name: string,
        namespace: pulumi.Input<string>,
        account: string,
        inCluster: k8s.types.input.rbac.v1.PolicyRule[],
        inNamespace: k8s.types.input.rbac.v1.PolicyRule[],
    ): void {
        const opts = { parent: this };
        const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
        const roleRef = (kind: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name: account });
        const wide = { name: account, labels: LABELS };
        const narrow = { ...wide, namespace };
        new k8s.rbac.v1.ClusterRole(`${name}-${account}`, { metadata: wide, rules: inCluster }, opts);
        new k8s.rbac.v1.ClusterRoleBinding(
            `${name}-${account}`,
            { metadata: wide, roleRef: roleRef("ClusterRole"), subjects },
            opts,
        );
        new k8s.rbac.v1.Role(`${name}-${account}`, { metadata: narrow, rules: inNamespace }, opts);
        new k8s.rbac.v1.RoleBinding(
            `${name}-${account}`,
            { metadata: narrow, roleRef: roleRef("Role"), subjects },
            opts,
        );
    }

    private createPlans(
        name: string,
        { version, serversCarryWorkloads, hasAgents, workloadHosts }: K3sUpgradesArgs,
        namespace: pulumi.Input<string>,
        after: pulumi.Resource[],
    ): void {
        const elsewhere = workloadHosts > 1;
        const args = (drained: boolean): PlanArgs => ({ version, drained, serviceAccountName: JOBS_ACCOUNT });
        const plans = {
            [SERVER_PLAN]: serverPlan(args(elsewhere && serversCarryWorkloads)),
            ...(hasAgents ? { [AGENT_PLAN]: agentPlan(args(elsewhere)) } : {}),
        };
        for (const [plan, spec] of Object.entries(plans)) {
            new k8s.apiextensions.CustomResource(
                `${name}-${plan}`,
                {
                    apiVersion: `${PLAN_KIND.group}/${PLAN_KIND.version}`,
                    kind: PLAN_KIND.kind,
                    metadata: { name: plan, namespace, labels: LABELS },
                    spec,
                },
                { parent: this, dependsOn: after },
            );
        }
    }
}
