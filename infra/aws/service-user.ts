import * as pulumi from "@pulumi/pulumi";
import * as iam from "@pulumi/aws/iam";
import { policyDocument, type Statement } from "./policy-document";

export interface ServiceUserArgs {
    /** Name at AWS, unique in the account. */
    readonly userName: string;
    /** Everything that it may do. */
    readonly grant: pulumi.Input<readonly Statement[]>;
}

/**
 * A user for one purpose, with a key. To change the key, replace it: the new one is made, and used by everybody who
 * takes it, before the old one goes.
 */
export class ServiceUser extends pulumi.ComponentResource {
    /** Secret. */
    readonly accessKeyId: pulumi.Output<string>;
    /** Secret. */
    readonly secretAccessKey: pulumi.Output<string>;

    constructor(name: string, args: ServiceUserArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:aws:ServiceUser", name, { userName: args.userName }, opts);
        const user = new iam.User(
            `${name}-user`,
            // A key that was made beside the program, or left by a run that was cut off, goes with its user.
            { name: args.userName, path: "/homelab/", forceDestroy: true },
            { parent: this },
        );
        // Inside the user: nobody else is ever given these rights, and they go with it.
        const policy = new iam.UserPolicy(
            `${name}-policy`,
            { name: args.userName, user: user.name, policy: pulumi.output(args.grant).apply(policyDocument) },
            { parent: this },
        );
        const key = new iam.AccessKey(`${name}-key`, { user: user.name }, { parent: this, dependsOn: [policy] });
        this.accessKeyId = pulumi.secret(key.id);
        this.secretAccessKey = pulumi.secret(key.secret);
        this.registerOutputs({ userName: args.userName });
    }
}
