export { ClusterDns, type ClusterDnsArgs } from "./cluster-dns";
export { CLUSTER_DOMAIN, type HomeZone, type ServedNames, type Upstreams } from "./corefile";
export { LoadBalancer, metalLbValues, type LoadBalancerArgs } from "./load-balancer";
