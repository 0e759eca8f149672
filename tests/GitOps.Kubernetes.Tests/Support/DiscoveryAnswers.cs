using Microsoft.AspNetCore.Http;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>Excerpts of a v1.36 server's aggregated discovery.</summary>
internal static class DiscoveryAnswers
{
    public const string ContentType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    public const string Core =
        """{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{"metadata":{},"versions":[{"version":"v1","resources":[{"resource":"configmaps","responseKind":{"group":"","version":"","kind":"ConfigMap"},"scope":"Namespaced","singularResource":"configmap","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["cm"]},{"resource":"namespaces","responseKind":{"group":"","version":"","kind":"Namespace"},"scope":"Cluster","singularResource":"namespace","verbs":["create","delete","get","list","patch","update","watch"],"shortNames":["ns"],"subresources":[{"subresource":"finalize","responseKind":{"group":"","version":"","kind":"Namespace"},"verbs":["update"]},{"subresource":"status","responseKind":{"group":"","version":"","kind":"Namespace"},"verbs":["get","patch","update"]}]}],"freshness":"Current"}]}]}""";

    public const string Apps =
        """{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":[{"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},"scope":"Namespaced","singularResource":"deployment","verbs":["create","delete","deletecollection","get","list","patch","update","watch"],"shortNames":["deploy"],"categories":["all"],"subresources":[{"subresource":"scale","responseKind":{"group":"autoscaling","version":"v1","kind":"Scale"},"verbs":["get","patch","update"]},{"subresource":"status","responseKind":{"group":"","version":"","kind":"Deployment"},"verbs":["get","patch","update"]}]}],"freshness":"Current"}]}""";

    public const string Autoscaling =
        """{"metadata":{"name":"autoscaling"},"versions":[{"version":"v2","resources":[{"resource":"horizontalpodautoscalers","responseKind":{"group":"","version":"","kind":"HorizontalPodAutoscaler"},"scope":"Namespaced","singularResource":"horizontalpodautoscaler","verbs":["get","list","watch"]}],"freshness":"Current"},{"version":"v1","resources":[{"resource":"horizontalpodautoscalers","responseKind":{"group":"","version":"","kind":"HorizontalPodAutoscaler"},"scope":"Namespaced","singularResource":"horizontalpodautoscaler","verbs":["get","list","watch"]},{"resource":"orphans","scope":"Namespaced","singularResource":"","verbs":[],"subresources":[{"subresource":"status","responseKind":{"group":"","version":"","kind":"Orphan"},"verbs":["get"]}]}],"freshness":"Current"}]}""";

    public const string StaleMetrics =
        """{"metadata":{"name":"metrics.example.dev"},"versions":[{"version":"v1beta1","resources":[],"freshness":"Stale"},{"version":"v1alpha1","resources":[{"resource":"gauges","responseKind":{"group":"","version":"","kind":"Gauge"},"scope":"Namespaced","verbs":["list"]}],"freshness":"Current"}]}""";

    public const string Widgets =
        """{"metadata":{"name":"example.dev"},"versions":[{"version":"v1","resources":[{"resource":"widgets","responseKind":{"group":"","version":"","kind":"Widget"},"scope":"Namespaced","verbs":["get","list","watch"]}],"freshness":"Current"}]}""";

    public static readonly string Small = List(Apps, Autoscaling);
    public static readonly string WithWidgets = List(Apps, Autoscaling, Widgets);
    public static readonly string WithStale = List(Apps, StaleMetrics);

    public static string List(params string[] groups) =>
        $$"""{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","metadata":{},"items":[{{string.Join(',', groups)}}]}""";

    public static Task AggregatedAsync(HttpContext context, SeenRequest seen, string groups) =>
        context.JsonAsync(seen.Path == "/api" ? Core : groups, contentType: ContentType);
}
