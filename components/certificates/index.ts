export { CertManager, certManagerValues, type CertManagerHandle } from "./cert-manager";
export { HouseCertificate } from "./house-certificate";
export type { Issuer } from "./issuer";
export { LetsEncrypt, type Directory } from "./lets-encrypt";
export { OwnAuthority } from "./own-authority";
export { PresentCertManager } from "./present-cert-manager";
export type { Route53Access } from "./route53-access";
