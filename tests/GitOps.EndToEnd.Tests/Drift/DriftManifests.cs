namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What the drift tests deploy. Every object has a label <c>barrier</c> and <c>team</c>.</summary>
internal static class DriftManifests
{
    public const string Separator = "---\n";

    public static string Deployment(string name = "web", string emptyDir = "{}") => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: {{name}}, labels: {team: a, barrier: set} }
        spec:
          replicas: 2
          selector: {matchLabels: {app: {{name}} } }
          template:
            metadata: {labels: {app: {{name}} } }
            spec:
              initContainers:
              - {name: first, image: "example.com/init:1"}
              - {name: second, image: "example.com/init:1"}
              containers:
              - name: main
                image: "example.com/web:1"
                env: [{name: A, value: "1"}, {name: B, value: "2"}]
              volumes: [{name: tmp, emptyDir: {{emptyDir}} }]

        """;

    public static string ConfigMap(string name = "settings", string color = "blue") => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{name}}, labels: {team: a, barrier: set} }
        data: {color: {{color}}, size: large}

        """;

    public static string Secret(string name, string password) => $$"""
        apiVersion: v1
        kind: Secret
        metadata: {name: {{name}}, labels: {team: a, barrier: set} }
        stringData: {password: "{{password}}"}

        """;

    public static string NetworkPolicy => """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: policy}
        spec:
          podSelector: {}
          ingress: [{from: [{podSelector: {matchLabels: {app: web} } }] }]

        """;

    public static string Autoscaler => """
        apiVersion: autoscaling/v1
        kind: HorizontalPodAutoscaler
        metadata: {name: scaler}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
          minReplicas: 1
          maxReplicas: 4
          targetCPUUtilizationPercentage: 70

        """;

    public static string All(params ReadOnlySpan<string> documents) => string.Join(Separator, documents!);
}
