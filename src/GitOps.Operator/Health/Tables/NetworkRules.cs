using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Gateways, meshes and routes that are not of the Gateway API.</summary>
internal static class NetworkRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. Kinds("gateway.solo.io", "Gateway MatchableHttpGateway RouteOption RouteTable VirtualHostOption VirtualService", Gloo()),
        .. Kinds("gloo.solo.io", "Proxy Settings Upstream UpstreamGroup", Gloo()),
        .. Kinds("install.istio.io", "IstioOperator",
            Unknown(At("status.status", "0", "NONE")), Healthy(At("status.status", "3", "HEALTHY")), Degraded(At("status.status", "4", "ERROR"))),
        .. Kinds("projectcontour.io", "ExtensionService",
            Healthy(Is("Valid") with { IsObserved = true }), Degraded(IsNot("Valid") with { IsObserved = true })),
        .. Kinds("projectcontour.io", "HTTPProxy",
            Healthy(Is("Valid") with { IsObserved = true }).Saying("status.description"),
            Healthy(Present("spec.includes"), IsNot(null) with { IsObserved = true }),
            Degraded(IsNot("Valid") with { IsObserved = true }).Saying("status.description")),
        .. Kinds("networking.gke.io", "ManagedCertificate",
            Degraded(Some("status.domainStatus", At("status", "FailedNotVisible"))), Healthy(At("status.certificateStatus", "Active"))),
        .. Kinds("proclaim.dogmatiq.io", "DNSSDServiceInstance",
            Degraded(IsNot("Adopted")), Degraded(Has("Advertised", "AdvertiseError")), Degraded(Has("Advertised", "UnadvertiseError")),
            Unknown(Has("Discoverable", "DiscoveryError")), Healthy(Is("Discoverable"))),
        .. ThreeScale(),
    ];

    /// <summary>States by name or by number, for each namespace or once for all.</summary>
    private static Clause[] Gloo() =>
    [
        Degraded(Some("status.statuses", At("state", "Rejected", "Warning", "2", "3"))),
        Suspended(Some("status.statuses", At("state", "Pending", "0"))),
        Healthy(Some("status.statuses", At("state", "Accepted", "1"))),
        Degraded(At("status.state", "Rejected", "Warning", "2", "3")).Saying("status.reason"),
        Suspended(At("status.state", "Pending", "0")),
        Healthy(At("status.state", "Accepted", "1")),
    ];

    private static IEnumerable<KindRule> ThreeScale() =>
    [
        .. Kinds("apps.3scale.net", "APIManager",
            Healthy(Present("status.deployments.ready"), Absent("status.deployments.starting"), Absent("status.deployments.stopped")),
            Healthy(Is("Available")), Degraded(Some("status.conditions", At("type", "Available"), At("reason")))),
        .. Kinds("capabilities.3scale.net", "CustomPolicyDefinition OpenAPI", ThreeScale("Ready", "Invalid", "Failed")),
        .. Kinds("capabilities.3scale.net", "ActiveDoc", ThreeScale("Ready", "Invalid", "Orphan", "Failed")),
        .. Kinds("capabilities.3scale.net", "ApplicationAuth ProxyConfigPromote", ThreeScale("Ready", "Failed")),
        .. Kinds("capabilities.3scale.net", "Backend", ThreeScale("Synced", "Invalid", "Failed")),
        .. Kinds("capabilities.3scale.net", "Product", ThreeScale("Synced", "Invalid", "Orphan", "Failed")),
        .. Kinds("capabilities.3scale.net", "DeveloperAccount", [.. ThreeScale("Ready", "Invalid", "Failed"), Suspended(Is("Waiting"))]),
        .. Kinds("capabilities.3scale.net", "DeveloperUser",
            [Suspended(At("status.developerUserState", "suspended")), .. ThreeScale("Ready", "Invalid", "Orphan", "Failed")]),
        .. Kinds("capabilities.3scale.net", "Application",
            Suspended(At("status.state", "suspended")), Healthy(Is("Ready")), Degraded(Has("Ready"), Not(Positive("status.adminId")))),
        .. Kinds("capabilities.3scale.net", "Tenant",
            Healthy(Is("Ready"), Positive("status.tenantId"), Positive("status.adminId")), Degraded(Lacks("Ready"))),
    ];

    private static Clause[] ThreeScale(string done, params string[] failures) =>
        [.. failures.Select(static type => Degraded(Is(type))), Healthy(Is(done))];
}
