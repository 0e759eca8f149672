using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Databases, queues, storage and what computes on them.</summary>
internal static class DataRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. Kafka(), .. Sql(), .. Storage(), .. Jobs(),
        .. Kinds("rabbitmq.com", "Binding Exchange Permission Policy Queue Shovel User Vhost",
            Healthy(Is("Ready", "SuccessfulCreateOrUpdate")), Degraded(IsNot("Ready", "FailedCreateOrUpdate")), Unknown()),
        .. Kinds("rabbitmq.com", "RabbitmqCluster",
            Degraded(IsNot("ReconcileSuccess")), Healthy(Is("ClusterAvailable"), Is("AllReplicasReady"))),
        .. Kinds("zookeeper.pravega.io", "ZookeeperCluster",
            Healthy(Same("status.readyReplicas", "status.replicas"), Positive("status.readyReplicas"))),
        .. Kinds("solr.apache.org", "SolrCloud",
            Progressing(Absent("status.solrNodes")), Progressing(Some("status.solrNodes", Not(True("ready")))), Healthy()),
    ];

    private static IEnumerable<KindRule> Kafka() =>
    [
        .. Kinds("kafka.strimzi.io", "Kafka",
            Degraded(Is("NotReady", "Creating") with { HasOtherReason = true }), Healthy(Is("Ready"))),
        .. Kinds("kafka.strimzi.io", "KafkaBridge KafkaConnect KafkaConnector KafkaMirrorMaker2 KafkaTopic KafkaUser",
            Degraded(Is("NotReady")), Healthy(Is("Ready"))),
        .. Kinds("kafka.banzaicloud.io", "KafkaCluster",
            Progressing(At("status.state", "ClusterRollingUpgrading")),
            Degraded(Some("status.brokersState", Not(At("configurationState", "ConfigInSync")))),
            Degraded(Some("status.brokersState",
                Not(At("gracefulActionState.cruiseControlState", "GracefulUpscaleSucceeded", "GracefulDownscaleSucceeded")))),
            Healthy(Present("status.brokersState"), At("status.cruiseControlTopicStatus", "CruiseControlTopicReady"), At("status.state", "ClusterRunning"))),
        .. Kinds("platform.confluent.io", "Connect ControlCenter Kafka KsqlDB SchemaRegistry Zookeeper", Healthy(At("status.phase", "RUNNING"))),
        .. Kinds("platform.confluent.io", "Connector",
            Healthy(At("status.state", "CREATED"), At("status.connectorState", "RUNNING"), Absent("status.failedTasksCount")),
            Degraded(At("status.state", "ERROR")),
            Degraded(Positive("status.failedTasksCount"))),
    ];

    private static IEnumerable<KindRule> Sql() =>
    [
        .. Kinds("acid.zalan.do", "postgresql",
            Healthy(At("status.PostgresClusterStatus", "Running")),
            Progressing(At("status.PostgresClusterStatus", "Creating", "Updating")),
            Degraded(At("status.PostgresClusterStatus"))),
        .. Kinds("postgresql.cnpg.io", "Cluster",
            Suspended(At("metadata.annotations[cnpg.io/reconciliationLoop]", "disabled")),
            Progressing(Absent("status.conditions")),
            Suspended(Is("cnpg.io/hibernation")),
            Degraded(Has("cnpg.io/hibernation")),
            Healthy(At("status.phase", "Cluster in healthy state")).Saying("status.phaseReason"),
            Progressing(At("status.phase", "Setting up primary", "Creating a new replica", "Upgrading cluster",
                "Waiting for the instances to become active", "Promoting to primary cluster")).Saying("status.phaseReason"),
            Degraded(At("status.phase", "Switchover in progress", "Failing over", "Upgrading Postgres major version", "Cluster upgrade delayed",
                "Waiting for user action", "Primary instance is being restarted in-place",
                "Primary instance is being restarted without a switchover",
                "Cluster cannot execute instance online upgrade due to missing architecture binary", "Online upgrade in progress",
                "Applying configuration")).Saying("status.phaseReason"),
            Suspended(At("status.phase", "Unable to create required cluster objects",
                "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
                "Cluster has incomplete or invalid image catalog",
                "Cluster is unrecoverable and needs manual intervention")).Saying("status.phaseReason"),
            Unknown().Saying("status.phaseReason")),
        .. Kinds("k8s.mariadb.com", "MariaDB", MariaDb()),
        .. Kinds("mariadb.mmontes.io", "MariaDB", MariaDb()),
        .. Kinds("k8s.mariadb.com", "Backup",
            Degraded(Some("status.conditions", At("status", "False"), At("reason", "CronJobScheduled"), At("message", "Failed"))),
            Progressing(IsNot(null)), Healthy(Present("status.conditions"))),
        .. Kinds("k8s.mariadb.com", "Database Grant User", Healthy(Is("Ready")), Degraded(Has("Ready"))),
        .. Kinds("k8s.mariadb.com", "SqlJob", Healthy(Is(null, "JobComplete")), Degraded(Is(null, "JobFailed"))),
        .. Kinds("psmdb.percona.com", "PerconaServerMongoDB",
            Progressing(At("status.state", "initializing", "stopping")), Healthy(At("status.state", "ready")),
            Degraded(At("status.state", "error")), Suspended(At("status.state", "paused")), Unknown()),
        .. Kinds("pxc.percona.com", "PerconaXtraDBCluster",
            Progressing(At("status.state", "initializing")), Healthy(At("status.state", "ready")),
            Degraded(At("status.state", "stopping", "error")), Unknown()),
        .. Kinds("clickhouse.altinity.com", "ClickHouseInstallation", ClickHouse()),
        .. Kinds("clickhouse-keeper.altinity.com", "ClickHouseKeeperInstallation", ClickHouse()),
        .. Kinds("cassandra.rook.io", "Cluster",
            Progressing(Some("status.racks", Present("members"), Present("readyMembers"), Not(Same("members", "readyMembers")))),
            Healthy(Present("status.racks"))),
        .. Kinds("db.atlasgo.io", "AtlasMigration",
            Healthy(Is("Ready")), Progressing(Has("Ready", "Reconciling")), Degraded(Has("Ready"))),
        .. Kinds("db.atlasgo.io", "AtlasSchema",
            Healthy(Is("Ready")), Progressing(Some("status.conditions", At("type", "Ready"), At("message", "Reconciling", "GettingDevDB"))),
            Degraded(Has("Ready"))),
    ];

    private static Clause[] MariaDb() =>
        [Degraded(IsNot(null, "Failed")), Progressing(IsNot(null)), Healthy(Present("status.conditions"))];

    private static Clause[] ClickHouse() =>
        [Healthy(At("status.status", "Completed")), Progressing(At("status.status", "InProgress")), Degraded(At("status.status"))];

    private static IEnumerable<KindRule> Storage() =>
    [
        .. Kinds("ceph.rook.io", "CephCluster",
            Degraded(At("status.ceph.health", "HEALTH_ERR", "HEALTH_WARN")).Saying("status.message"),
            Degraded(At("status.ceph.health", "HEALTH_OK"), At("status.state", "Error")).Saying("status.message"),
            Progressing(At("status.ceph.health", "HEALTH_OK"), At("status.state"), Not(At("status.state", "Created", "Connected"))).Saying("status.message"),
            Healthy(At("status.ceph.health", "HEALTH_OK"))),
        .. Kinds("ceph.rook.io", "CephObjectStore", Healthy(At("status.phase", "Ready")), Degraded(At("status.phase", "Failure"))),
        .. Kinds("objectbucket.io", "ObjectBucketClaim", Healthy(At("status.phase", "Bound")), Degraded(At("status.phase", "Failed"))),
        .. Kinds("ocs.openshift.io", "StorageCluster",
            Degraded(Is("Degraded")), Progressing(Is("Progressing")), Healthy(Is("Available")), Unknown()),
        .. Kinds("snapshot.storage.k8s.io", "VolumeSnapshot VolumeSnapshotContent",
            Healthy(True("status.readyToUse")), Degraded(Present("status.error")).Saying("status.error.message")),
        .. Kinds("minio.min.io", "Tenant",
            Healthy(At("status.currentState", "Initialized")),
            Degraded(At("status.currentState", "Statefulset not controlled by operator", "Another MinIO Tenant already exists in the namespace",
                "Tenant credentials are not set properly", "Different versions across MinIO Pools", "Pool Decommissioning Not Allowed"))),
        .. Kinds("trident.netapp.io", "TridentBackendConfig",
            Healthy(At("status.phase", "Bound"), At("status.lastOperationStatus", "Success")).Saying("status.message"),
            Degraded(At("status.lastOperationStatus", "Failed")).Saying("status.message")),
        .. Kinds("trident.netapp.io", "TridentOrchestrator",
            Healthy(At("status.status", "Installed")).Saying("status.message"), Degraded(At("status.status", "Failed", "Error")).Saying("status.message")),
        .. Kinds("astra.netapp.io", "AppVault",
            Healthy(At("status.state", "available", "Available")), Degraded(At("status.state", "failed", "Failed"))),
        .. Kinds("astra.netapp.io", "Application", ByCondition("Ready")),
        .. Kinds("astra.netapp.io", "Backup ExecHooksRun ResourceBackup ResticVolumeBackup Snapshot",
            Healthy(At("status.state", "Completed")), Progressing(At("status.state", "Running")), Degraded(At("status.state"))),
        .. Kinds("astra.netapp.io", "ExecHook", Healthy(True("spec.enabled")), Suspended(At("spec.enabled", "false"))),
        .. Kinds("astra.netapp.io", "Schedule", Healthy()),
    ];

    private static IEnumerable<KindRule> Jobs() =>
    [
        .. Kinds("flink.apache.org", "FlinkDeployment",
            Healthy(True("status.reconciliationStatus.success")),
            Healthy(At("status.reconciliationStatus.state", "DEPLOYED")),
            Degraded(At("status.jobManagerDeploymentStatus", "ERROR"), Present("status.reconciliationStatus")).Saying("status.reconciliationStatus.error")),
        .. Kinds("tower.ansible.com", "AnsibleJob",
            Healthy(At("status.ansibleJobResult.status", "successful")),
            Degraded(At("status.ansibleJobResult.status", "failed", "error", "canceled"))),
    ];
}
