using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Fuzz;

/// <summary>Makes requests that are more or less wrong, the same ones for the same seed: sound ones with pieces changed, and noise.</summary>
public sealed class RequestSource(int seed)
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"];

    private static readonly string[] ContentTypes =
    [
        "application/json", "application/yaml", "application/json-patch+json", "application/merge-patch+json",
        "application/strategic-merge-patch+json", "application/apply-patch+yaml", "text/plain", "application/vnd.kubernetes.protobuf",
        "application/x-www-form-urlencoded", "application/json; charset=utf-16",
    ];

    private static readonly string[] Accepts =
    [
        "application/json", "*/*", "application/yaml", "text/html", "application/json;as=Table;g=meta.k8s.io;v=v1",
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", "application/json;as=", ";;;=", "application/vnd.kubernetes.protobuf",
    ];

    private static readonly string[] Paths =
    [
        "/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/configmaps/fuzz", "/api/v1/namespaces/default/secrets/fuzz",
        "/api/v1/namespaces/default/services/fuzz", "/api/v1/namespaces/default/pods/fuzz", "/api/v1/namespaces/fuzz/status", "/api/v1/namespaces",
        "/apis/apps/v1/namespaces/default/deployments/fuzz", "/apis/apps/v1/namespaces/default/deployments/fuzz/scale",
        "/apis/apps/v1/namespaces/default/deployments/fuzz/status", "/apis/apps/v1/deployments", "/apis/batch/v1/namespaces/default/jobs",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/fuzz",
        "/apis/fuzz.example.com/v1/namespaces/default/fuzzes", "/apis/fuzz.example.com/v1/namespaces/default/fuzzes/fuzz",
        "/api", "/apis", "/apis/apps", "/openapi/v3", "/version", "/healthz", "/", "/metrics", "/api/v1/nodes", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    ];

    private static readonly string[] Queries =
    [
        "watch", "limit", "continue", "resourceVersion", "resourceVersionMatch", "labelSelector", "fieldSelector", "dryRun", "fieldManager",
        "force", "fieldValidation", "propagationPolicy", "gracePeriodSeconds", "sendInitialEvents", "pretty", "timeoutSeconds", "orphanDependents",
    ];

    private static readonly string[] Values =
    [
        "", "1", "0", "-1", "true", "false", "x", "All", "Strict", "Exact", "NotOlderThan", "a=b", "a in (b", "!a,,b", "metadata.name=x", "%00",
        "%FF%FE", "9999999999999999999999", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ==", "Foreground", "a%20b", "é", "1e9", "((((", "metadata.name",
    ];

    /// <summary>Parts of paths. A zero byte is not among them: the HTTP server itself refuses it, without a body.</summary>
    private static readonly string[] Segments = ["", "1", "x", "A_b", "é", "a b", "%FF%FE", "..", ".", "status", "scale", "finalize", "log", "~!@$^&*()"];

    private static readonly string[] Documents =
    [
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fuzz","labels":{"a":"b"},"finalizers":["a.b/c"]},"data":{"k":"v"}}""",
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"fuzz"},"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"e30="}}""",
        """{"apiVersion":"v1","kind":"Service","metadata":{"name":"fuzz"},"spec":{"type":"NodePort","clusterIP":"10.96.1.1","ports":[{"port":80,"targetPort":"x","nodePort":30500}],"selector":{"a":"b"},"externalIPs":["1.2.3.4"]}}""",
        """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"fuzz"},"spec":{"containers":[{"name":"c","image":"a","ports":[{"containerPort":80}],"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],"resources":{"limits":{"cpu":"1","memory":"1Gi"}},"livenessProbe":{"httpGet":{"port":80}}}],"volumes":[{"name":"v","projected":{"sources":[{"configMap":{"name":"x"}}]}}],"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"k","labelSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}}]}}}}""",
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"fuzz"},"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"strategy":{"rollingUpdate":{"maxSurge":"25%"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"a"}]}}}}""",
        """{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"fuzz"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"a"}]}}}}""",
        """{"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"name":"fuzz"},"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}}""",
        """{"apiVersion":"fuzz.example.com/v1","kind":"Fuzz","metadata":{"name":"fuzz"},"spec":{"list":[{"k":"a","v":1}],"map":{"x":{"y":"z"}},"any":{"q":[1]},"ios":5}}""",
        """{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"others.fuzz.example.com"},"spec":{"group":"fuzz.example.com","scope":"Namespaced","names":{"plural":"others","kind":"Other"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"}}}}}]}}""",
        """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"fuzz"}}""",
        """{"metadata":{"labels":{"x":"y"},"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]},"spec":{"replicas":3,"$patch":"replace","containers":[{"name":"c","$patch":"delete"}],"$setElementOrder/containers":[{"name":"c"}]}}""",
        """[{"op":"add","path":"/data/x","value":"y"},{"op":"move","from":"/data/k","path":"/data/z"},{"op":"test","path":"/spec/replicas","value":2}]""",
        """{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Foreground","preconditions":{"uid":"x"}}""",
        """{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"fuzz"},"spec":{"replicas":4}}""",
    ];

    private static readonly string?[] Pieces =
    [
        "null", "[]", "{}", "\"\"", "-1", "0", "1.5", "1e400", "true", "\"x\"", "[null]", "[[]]", "{\"a\":null}", "99999999999999999999", "\"\\u0000\"",
        "\"ÿþ\"", "{\"$patch\":\"delete\"}", "[1,\"a\",{}]", "\"2020-01-01T00:00:00Z\"", "\"1Gi\"", "\"../..\"",
    ];

    private readonly Random _random = new(seed);

    /// <summary>What the next request asks for, without its credentials.</summary>
    public HttpRequestMessage Next(Uri server)
    {
        var method = Pick(Methods.AsSpan(0, _random.Next(4) == 0 ? Methods.Length : 5));
        var message = new HttpRequestMessage(new(method), new Uri(server.GetLeftPart(UriPartial.Authority) + Path() + Query()));
        message.Headers.TryAddWithoutValidation("Accept", Pick(Accepts));
        if (method is not ("GET" or "HEAD" or "TRACE"))
        {
            message.Content = new ByteArrayContent(Body());
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(Pick(ContentTypes));
        }

        return message;
    }

    private string Path()
    {
        var path = Pick(Paths);
        return _random.Next(12) switch
        {
            0 => path + "/" + Pick(Segments),
            1 => path.Replace("default", Uri.EscapeDataString(Pick(Segments)), StringComparison.Ordinal),
            2 => path + "/fuzz/status/more/and/more",
            3 => path.Replace("/v1", "/v9", StringComparison.Ordinal),
            4 => path + "//" + new string('a', 300),
            5 => path.Replace("fuzz", "A_%2F..", StringComparison.Ordinal),
            _ => path,
        };
    }

    private string Query()
    {
        var parts = Enumerable.Range(0, _random.Next(4)).Select(_ => Pick(Queries) + "=" + Pick(Values)).ToList();
        if (_random.Next(3) > 0)
        {
            parts.Add("fieldManager=fuzz");
        }

        // A watch ends by itself.
        return "?" + string.Join('&', parts) + "&timeoutSeconds=1";
    }

    private byte[] Body() => _random.Next(12) switch
    {
        0 => Noise(),
        1 => Encoding.UTF8.GetBytes(Deep(_random.Next(2) == 0 ? 400 : 20_000)),
        2 => Encoding.UTF8.GetBytes(Pick(Documents))[..^_random.Next(1, 20)],
        3 => Encoding.UTF8.GetBytes("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n? [k]\n: v\n"),
        4 => Flipped(Encoding.UTF8.GetBytes(Pick(Documents))),
        5 => [],
        _ => Encoding.UTF8.GetBytes(Mutated()),
    };

    private byte[] Noise()
    {
        var bytes = new byte[_random.Next(1, 200)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private string Deep(int depth)
    {
        var opening = _random.Next(2) == 0 ? "[" : "{\"a\":";
        return string.Create(CultureInfo.InvariantCulture, $"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"fuzz\"}},\"data\":{string.Concat(Enumerable.Repeat(opening, depth))}");
    }

    private byte[] Flipped(byte[] bytes)
    {
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        }

        return bytes;
    }

    /// <summary>A sound document in which some values are others, missing or too many.</summary>
    private string Mutated()
    {
        var node = KubernetesJson.Parse(Pick(Documents))!;
        for (var i = _random.Next(3); i > 0; i--)
        {
            Mutate(node);
        }

        return node.ToJsonString(KubernetesJson.WriteOptions);
    }

    private void Mutate(JsonNode node)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } fields:
                var name = fields.ElementAt(_random.Next(fields.Count)).Key;
                if (fields[name] is JsonObject or JsonArray && _random.Next(4) > 0)
                {
                    Mutate(fields[name]!);
                }
                else if (_random.Next(5) == 0)
                {
                    fields.Remove(name);
                }
                else
                {
                    fields[_random.Next(6) == 0 ? name + "x" : name] = Piece();
                }

                break;
            case JsonArray { Count: > 0 } items:
                var index = _random.Next(items.Count);
                if (items[index] is JsonObject or JsonArray && _random.Next(3) > 0)
                {
                    Mutate(items[index]!);
                }
                else
                {
                    items[index] = Piece();
                }

                break;
            default:
                break;
        }
    }

    private JsonNode? Piece() => JsonNode.Parse(Pick(Pieces.AsSpan())!);

    private T Pick<T>(ReadOnlySpan<T> from) => from[_random.Next(from.Length)];

    private string Pick(string[] from) => Pick<string>(from);
}
