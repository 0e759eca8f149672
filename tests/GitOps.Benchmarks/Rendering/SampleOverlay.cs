using System.Globalization;
using System.Text;

namespace GitOps.Benchmarks.Rendering;

/// <summary>
/// An overlay over a base of many objects, five to a file: Deployment, Service, ServiceAccount, ConfigMap, Ingress. It sets a
/// prefix, labels with selectors, an image, adds a generated ConfigMap that every Deployment reads, and patches every Deployment.
/// </summary>
internal static class SampleOverlay
{
    public const int ObjectsOfSet = 5;
    public const string Path = "overlay";

    private const string Overlay = """
        resources: [../base]
        namePrefix: prod-
        labels:
        - pairs: {environment: production, team: payments}
          includeSelectors: true
        images:
        - name: registry.example.com/app
          newTag: "2.1"
        configMapGenerator:
        - name: settings
          literals: [LOG_LEVEL=info, REGION=eu-1, TIMEOUT=30s]
        patches:
        - target: {kind: Deployment}
          patch: |-
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: any}
            spec:
              template:
                spec:
                  containers:
                  - name: app
                    resources:
                      limits: {memory: 512Mi}

        """;

    /// <summary>Path to content.</summary>
    public static Dictionary<string, string> Files(int objects)
    {
        var sets = objects / ObjectsOfSet;
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["base/kustomization.yaml"] = Base(sets),
            [$"{Path}/kustomization.yaml"] = Overlay,
        };
        for (var set = 0; set < sets; set++)
        {
            files[FileOf("base", set)] = Set(NameOf(set));
        }

        return files;
    }

    public static string NameOf(int set) => string.Create(CultureInfo.InvariantCulture, $"app-{set}");

    /// <summary>A kustomization of nothing but its sets.</summary>
    public static string Base(int sets) => Enumerable.Range(0, sets)
        .Aggregate(new StringBuilder("resources:\n"), static (text, set) => text.Append("- ").Append(FileOf(string.Empty, set)).Append('\n')).ToString();

    public static string FileOf(string directory, int set) =>
        string.Create(CultureInfo.InvariantCulture, $"{directory}{(directory.Length > 0 ? "/" : string.Empty)}set-{set:D4}.yaml");

    /// <summary>The objects of one set, which refer to one another.</summary>
    public static string Set(string name) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{name}}
          labels:
            app: {{name}}
        spec:
          replicas: 2
          selector:
            matchLabels:
              app: {{name}}
          template:
            metadata:
              labels:
                app: {{name}}
            spec:
              serviceAccountName: {{name}}
              containers:
              - name: app
                image: registry.example.com/app:1.0
                args: ["--port=8080", "--config=/etc/app/app.conf"]
                env:
                - name: POD_NAME
                  valueFrom:
                    fieldRef:
                      fieldPath: metadata.name
                envFrom:
                - configMapRef:
                    name: settings
                ports:
                - name: http
                  containerPort: 8080
                readinessProbe:
                  httpGet:
                    path: /ready
                    port: http
                  periodSeconds: 10
                resources:
                  requests:
                    cpu: 100m
                    memory: 128Mi
                  limits:
                    memory: 256Mi
                volumeMounts:
                - name: config
                  mountPath: /etc/app
              volumes:
              - name: config
                configMap:
                  name: {{name}}
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: {{name}}
        spec:
          selector:
            app: {{name}}
          ports:
          - name: http
            port: 80
            targetPort: http
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: {{name}}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: {{name}}
        data:
          app.conf: |
            listen = 0.0.0.0:8080
            log.format = json
            cache.size = 256
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: {{name}}
          annotations:
            example.com/timeout: "60"
        spec:
          rules:
          - host: {{name}}.example.com
            http:
              paths:
              - path: /
                pathType: Prefix
                backend:
                  service:
                    name: {{name}}
                    port:
                      name: http

        """;
}
