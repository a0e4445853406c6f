export { DatabaseBackup, type DatabaseBackupArgs } from "./backup/database-backup";
export { PostgresOperator, type PostgresOperatorArgs } from "./cluster/operator";
export { INSTANCES, PostgresCluster, type PostgresClusterArgs } from "./cluster/postgres-cluster";
export type { Connection, Database, DatabaseServer, SslMode } from "./database";
export { ExternalDatabase, type ExternalDatabaseArgs } from "./external";
export { Password, type PasswordArgs } from "./password";
export { Postgres, type PostgresArgs } from "./postgres";
export { Redis, type RedisArgs } from "./redis";
export type { ServerSize } from "./tuning";
