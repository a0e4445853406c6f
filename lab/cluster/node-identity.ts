/** What a node says of itself when it registers. */
export interface NodeIdentity {
    readonly name: string;
    readonly address: string;
    readonly architecture: "amd64" | "arm64";
    readonly labels: Readonly<Record<string, string>>;
    readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
    readonly cores: number;
    readonly memoryMiB: number;
    readonly diskGiB: number;
    /** What the kubelet keeps from pods altogether. */
    readonly reserved: { readonly milliCpu: number; readonly memoryMiB: number };
    /** `v1.36.3+k3s1` */
    readonly version: string;
}
