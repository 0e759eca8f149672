using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Certificates, secrets and service brokers.</summary>
internal static class SecretRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. Kinds("cert-manager.io", "Certificate", Progressing(Is("Issuing")), Degraded(IsNot("Ready")), Healthy(Is("Ready"))),
        .. Kinds("cert-manager.io", "Issuer ClusterIssuer", ByCondition("Ready")),
        .. Kinds("cert-manager.io", "CertificateRequest",
            Degraded(Is("InvalidRequest")), Degraded(Is("Denied")), Degraded(IsNot("Ready", "Denied")), Degraded(IsNot("Ready", "Failed")), Healthy(Is("Ready"))),
        .. Kinds("acme.cert-manager.io", "Order Challenge",
            Degraded(At("status.state", "invalid", "expired", "errored")).Saying("status.reason"),
            Healthy(At("status.state", "valid")),
            Progressing(At("status.state")).Saying("status.reason")),
        .. Kinds("certmanager.k8s.io", "Certificate Issuer", ByCondition("Ready")),
        .. Kinds("external-secrets.io", "ExternalSecret SecretStore ClusterSecretStore PushSecret", ByCondition("Ready")),
        .. Kinds("external-secrets.io", "ClusterExternalSecret",
            Healthy(LastIs("Ready")), Degraded(LastIs("PartiallyReady")), Degraded(LastIs("NotReady"))),
        .. Kinds("kubernetes-client.io", "ExternalSecret", Healthy(At("status.status", "SUCCESS")), Degraded(At("status.status", "ERROR*"))),
        .. Kinds("bitnami.com", "SealedSecret", ByCondition("Synced")),
        .. Kinds("onepassword.com", "OnePasswordItem", ByCondition("Ready")),
        .. Kinds("services.cloud.sap.com", "ServiceBinding ServiceInstance",
            Progressing(Some("status.conditions", Unobserved("observedGeneration"))),
            Degraded(IsNot("Succeeded")), Degraded(Is("Failed")), Healthy(Present("status.conditions"))),
        .. Kinds("iammanager.keikoproj.io", "Iamrole",
            Healthy(At("status.state", "Ready")),
            Degraded(At("status.state", "Error", "RolesMaxLimitReached", "PolicyNotAllowed", "RoleNameNotAvailable")).Saying("status.errorDescription")),
    ];

    /// <summary>External Secrets appends the newest condition and leaves those of before.</summary>
    private static SomeFact LastIs(string type) =>
        new("status.conditions", new ValueFact("type", type), new ValueFact("status", "True")) { IsLast = true };
}
