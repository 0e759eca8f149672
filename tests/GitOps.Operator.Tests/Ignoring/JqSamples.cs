namespace GitOps.Operator.Tests.Ignoring;

/// <summary>Expressions as people write them into ignoreDifferences, and the object that they are tried on.</summary>
internal static class JqSamples
{
    public const string Deployment = """
        {
          "apiVersion": "apps/v1", "kind": "Deployment",
          "metadata": {
            "name": "web", "namespace": "shop", "generation": 3,
            "labels": {"app": "web", "team": "shop", "controlledByLeader": "true"},
            "annotations": {"deployment.kubernetes.io/revision": "4", "linkerd.io/proxy-version": "stable-2.14", "checksum/config": "aa", "note": "" }
          },
          "data": {"report.json": "{}", "SECRET_KEY": "x", "ACCESS_KEY": "y" },
          "imagePullSecrets": [{"name": "registry"}, {"name": "konflux-integration-runner-dockercfg-5x2kd"}],
          "webhooks": [{"name": "a.example.com", "clientConfig": {"caBundle": "Q0E=", "service": {"name": "x"} } }, {"name": "b.example.com", "clientConfig": {"url": "https://b"}, "failurePolicy": "Fail"}],
          "spec": {
            "replicas": 3, "paused": false, "minReadySeconds": null,
            "selector": {"matchLabels": {"app": "web"} },
            "ports": [{"name": "http", "port": 80, "nodePort": 30080}, {"name": "metrics", "port": 9090}],
            "http": [{"route": [{"weight": 10, "host": "a"}, {"weight": 90, "host": "b"}]}, {"match": []}],
            "subsets": [{"name": "stable", "labels": {"rollouts-pod-template-hash": "f00"} }, {"name": "canary"}],
            "alternateBackends": null,
            "rules": [{"verbs": ["get", "list"]}, {"verbs": []}, {"verbs": ["*"]}],
            "volumeClaimTemplates": [{"metadata": {"name": "data", "creationTimestamp": null}, "status": {"phase": "Pending"} }],
            "template": {
              "metadata": {"annotations": {"linkerd.io/trust-root-sha256": "00"} },
              "spec": {
                "initContainers": [{"name": "linkerd-init", "image": "linkerd/init:1"}],
                "containers": [
                  {"name": "main", "image": "example.com/web:latest", "args": ["--a", "--b", "--c"],
                   "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"resourceFieldRef": {"divisor": "0"} } }],
                   "resources": {"limits": {"cpu": "1", "memory": "1Gi"} } },
                  {"name": "linkerd-proxy", "image": "linkerd/proxy:stable-2.14", "env": [{"name": "LINKERD_X", "value": "y"}]},
                  {"name": "vault-agent", "image": "hashicorp/vault:1.15", "volumeMounts": []}
                ]
              }
            }
          }
        }
        """;

    /// <summary>From documentation, issues and public repositories of users of Argo CD.</summary>
    public static readonly string[] Real =
    [
        ".spec.replicas",
        ".spec.clusterIP",
        ".data",
        ".status",
        ".data[\"SECRET_KEY\"], .data[\"ACCESS_KEY\"], .stringData[\"SECRET_KEY\"], .stringData[\"ACCESS_KEY\"]",
        ".data[\"report.json\"]",
        ".spec.template.metadata.annotations[\"linkerd.io/proxy-version\"]",
        ".metadata.annotations.\"checksum/config\"",
        ".metadata.annotations.\"does/not-exist\"",
        ".webhooks[]?.clientConfig.caBundle",
        ".webhooks[].clientConfig.caBundle",
        ".webhooks[0].clientConfig.caBundle",
        ".webhooks[].failurePolicy",
        ".webhooks[] | select(.name == \"a.example.com\") | .clientConfig.caBundle",
        ".spec.template.spec.initContainers",
        ".spec.template.spec.initContainers[] | select(.name == \"linkerd-init\")",
        ".spec.template.spec.containers[] | select(.name == \"linkerd-proxy\")",
        ".spec.template.spec.containers[] | select(.image | endswith(\":latest\"))",
        ".spec.template.spec.containers[] | select(.name | startswith(\"vault\"))",
        ".spec.template.spec.containers[] | select(.name==\"main\").image",
        ".spec.template.spec.containers[].image",
        ".spec.template.spec.containers[]?.env[]?.valueFrom.resourceFieldRef.divisor",
        ".spec.template.spec.containers[0].env[]?.valueFrom.resourceFieldRef.divisor",
        ".spec.template.spec.containers[].env[].valueFrom.resourceFieldRef.divisor",
        ".spec.template.spec.containers[] | select(.name == \"main\") | .env[] | select(.name == \"A\") | .value",
        ".spec.template.spec.containers[].resources",
        ".spec.template.spec.containers[-1].image",
        ".spec.template.spec.containers[1:]",
        ".spec.template.spec.containers[1:3][].image",
        ".spec.template.spec.containers[:-1] | .[0].image",
        ".spec.alternateBackends[]?.weight",
        ".spec.http[].route[].weight",
        ".spec.http[]?.route[]?.weight",
        ".spec.subsets[].labels[\"rollouts-pod-template-hash\"]",
        ".spec.volumeClaimTemplates[]?.status",
        ".spec.volumeClaimTemplates[]?.metadata.creationTimestamp",
        ".spec.ports[] | select(.nodePort != null) | .nodePort",
        ".spec.ports[] | select(has(\"nodePort\")).nodePort",
        ".spec.rules[]?|select(.verbs|any(.==\"*\"))|.verbs",
        ".spec.rules[] | select(.verbs | length == 0)",
        ".spec.rules[] | select(all(.verbs[]; . == \"get\" or . == \"list\"))",
        ".imagePullSecrets[] | select(.name | startswith(\"konflux-integration-runner-dockercfg\"))",
        ".imagePullSecrets[] | select(.name | test(\"-dockercfg-[a-z0-9]{5}$\"))",
        ".imagePullSecrets[] | select(.name | test(\"^REGISTRY$\"; \"i\"))",
        "select(.metadata.labels.controlledByLeader == \"true\").spec.suspend",
        "select(.metadata.labels.controlledByLeader == \"true\").spec.replicas",
        "select(.kind == \"Deployment\" and .spec.replicas > 2) | .spec.replicas",
        "select(.metadata.name == \"other\") | .spec",
        ".metadata | select(.name == \"web\") | .labels",
        "if .kind == \"Deployment\" then .spec.replicas else empty end",
        "if .kind == \"Rollout\" then .spec.replicas elif .spec.paused then .spec.paused else .data end",
        ".metadata.annotations[(.metadata.annotations | keys[] | select(startswith(\"linkerd.io/\")))]",
        ".metadata.annotations | .[keys[] | select(test(\"^deployment\"))]",
        ".spec.missing // .spec.replicas",
        "(.spec.paused // .spec.minReadySeconds // .spec.replicas)",
        ".. | .image?",
        ".. | select(type == \"object\" and has(\"caBundle\")) | .caBundle",
        "..|.creationTimestamp?",
        ".spec.template.spec.containers[].args[0,2]",
        ".spec[\"replicas\",\"paused\"]",
        ".spec.selector[]",
        ".spec.ports[] | select(.port >= 1000) | .port",
        ".spec.ports[] | select((.name | not) or .name != \"http\")",
        ".spec.ports[] | select(.name | ascii_downcase | contains(\"http\"))",
        ".spec.ports[] | select(.port | tostring == \"80\")",
        ".spec.minReadySeconds[]?",
        ".spec.replicas.wrong",
        ".spec.replicas[]?",
        ".spec.replicas[]",
        ".",
    ];
}
