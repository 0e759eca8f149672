using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Diff.Masking;

namespace GitOps.Operator.Tests.Diff;

public sealed class SecretMaskTests
{
    private const string Hidden = SecretMask.Secret;

    private const string PrivateKey = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEow\\n-----END RSA PRIVATE KEY-----";

    /// <summary>Case; an object; what of it is shown.</summary>
    public static TheoryData<string, string, string> Objects => new()
    {
        // A Secret's data, wherever it is embedded.
        { "data", """{"kind":"Secret","data":{"color":"cmVk"},"type":"Opaque"}""", """{"data":{"color":"(secret)"},"kind":"Secret","type":"Opaque"}""" },
        { "stringData", """{"kind":"Secret","stringData":{"color":"red"}}""", """{"kind":"Secret","stringData":{"color":"(secret)"}}""" },
        { "embedded", """{"spec":{"manifest":{"kind":"Secret","data":{"a":"b"}}}}""", """{"spec":{"manifest":{"data":{"a":"(secret)"},"kind":"Secret"}}}""" },
        { "template", """{"spec":{"template":{"stringData":{"a":"b"}}}}""", """{"spec":{"template":{"stringData":{"a":"(secret)"}}}}""" },
        { "label of a Secret", """{"kind":"Secret","metadata":{"labels":{"a":"b"}}}""", """{"kind":"Secret","metadata":{"labels":{"a":"b"}}}""" },
        {
            "last applied",
            """{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"a\":\"b\"}}","x":"y"}}}""",
            """{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"(secret)","x":"y"}}}"""
        },
        { "configured annotation", """{"metadata":{"annotations":{"corp.example/pin-code":"1234"}}}""", """{"metadata":{"annotations":{"corp.example/pin-code":"(secret)"}}}""" },
        { "annotation", """{"metadata":{"annotations":{"x.io/auth-token":"t"}}}""", """{"metadata":{"annotations":{"x.io/auth-token":"(secret)"}}}""" },

        // Names.
        { "config map", """{"data":{"db-password":"a","API_KEY":"b","tls.key":"c","color":"red"}}""", """{"data":{"API_KEY":"(secret)","color":"red","db-password":"(secret)","tls.key":"(secret)"}}""" },
        {
            "environment",
            """{"env":[{"name":"DB_PASSWORD","value":"a"},{"name":"SIGNING_KEY","value":"b"},{"name":"COLOR","value":"red"}]}""",
            """{"env":[{"name":"DB_PASSWORD","value":"(secret)"},{"name":"SIGNING_KEY","value":"(secret)"},{"name":"COLOR","value":"red"}]}"""
        },
        {
            "environment by reference",
            """{"env":[{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"name":"db","key":"password","optional":true}}}]}""",
            """{"env":[{"name":"DB_PASSWORD","valueFrom":{"secretKeyRef":{"key":"password","name":"db","optional":true}}}]}"""
        },
        { "image of a token service", """{"containers":[{"name":"token-service","image":"a:1"}]}""", """{"containers":[{"image":"a:1","name":"token-service"}]}""" },
        { "deep", """{"spec":{"config":{"a":1,"token":"t","deep":[{"clientSecret":"s","b":2}]}}}""", """{"spec":{"config":{"a":1,"deep":[{"b":2,"clientSecret":"(secret)"}],"token":"(secret)"}}}""" },
        { "below a name", """{"spec":{"credentials":{"user":"a","list":["b"],"on":true}}}""", """{"spec":{"credentials":{"list":["(secret)"],"on":true,"user":"(secret)"}}}""" },
        { "number", """{"spec":{"password":1234,"replicas":3}}""", """{"spec":{"password":"(secret)","replicas":3}}""" },
        {
            "references",
            """{"spec":{"secretName":"a","tokenUrl":"https://x","automountServiceAccountToken":false,"volumes":[{"name":"v","secret":{"secretName":"s","defaultMode":420}}],"imagePullSecrets":[{"name":"r"}]}}""",
            """{"spec":{"automountServiceAccountToken":false,"imagePullSecrets":[{"name":"r"}],"secretName":"a","tokenUrl":"https://x","volumes":[{"name":"v","secret":{"defaultMode":420,"secretName":"s"}}]}}"""
        },
        { "arguments", """{"args":["--password=a","--token","b","--verbose","c","--token-ttl","5"]}""", """{"args":["--password=(secret)","--token","(secret)","--verbose","c","--token-ttl","5"]}""" },

        // Shapes, wherever they stand.
        { "private key", $$"""{"data":{"a":"x\n{{PrivateKey}}\ny"} }""", """{"data":{"a":"x\n(secret)\ny"}}""" },
        { "cut private key", """{"data":{"a":"-----BEGIN PRIVATE KEY-----\nMIIEow"}}""", """{"data":{"a":"(secret)"}}""" },
        { "certificate", """{"data":{"a":"-----BEGIN CERTIFICATE-----\nMIIEow"}}""", """{"data":{"a":"-----BEGIN CERTIFICATE-----\nMIIEow"}}""" },
        { "encoded private key", """{"binaryData":{"a":"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUVvdw=="}}""", """{"binaryData":{"a":"(secret)"}}""" },
        { "encoded certificate", """{"caBundle":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUVvdw=="}""", """{"caBundle":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUVvdw=="}""" },
        { "url", """{"a":"postgres://me:hunter2@db:5432/x"}""", """{"a":"postgres://(secret)@db:5432/x"}""" },
        { "url with a token", """{"a":"https://abcdefghijklmnopqrstuvwxyz@git.example/x"}""", """{"a":"https://(secret)@git.example/x"}""" },
        { "url without one", """{"a":"ssh://git@github.com/x https://x:443/y@z"}""", """{"a":"ssh://git@github.com/x https://x:443/y@z"}""" },
        { "github", """{"a":"ghp_abcdefghijklmnopqrstuvwxyz0123456789"}""", """{"a":"(secret)"}""" },
        { "amazon", """{"a":"id AKIAIOSFODNN7EXAMPLE"}""", """{"a":"id (secret)"}""" },
        { "web token", """{"a":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def"}""", """{"a":"(secret)"}""" },
        { "slack", """{"a":"xoxb-1234567890-abcdef"}""", """{"a":"(secret)"}""" },
        { "stripe", """{"a":"sk_live_abcdefghijklmnop"}""", """{"a":"(secret)"}""" },
        { "bcrypt", """{"a":"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"}""", """{"a":"(secret)"}""" },
        { "bearer", """{"a":"Authorization: Bearer abcdef123"}""", """{"a":"Authorization: Bearer (secret)"}""" },
        { "properties", """{"data":{"app.properties":"db.user=me\ndb.password=hunter2\ncolor=red"}}""", """{"data":{"app.properties":"db.user=me\ndb.password=(secret)\ncolor=red"}}""" },
        { "json in text", """{"data":{"c":"{\"user\":\"me\",\"password\":\"a b c\",\"n\":1}"}}""", """{"data":{"c":"{\"user\":\"me\",\"password\":(secret),\"n\":1}"}}""" },
        { "yaml in text", """{"data":{"c":"token: |\n  abc\n  def\ncolor: red\ntokens: [a, b]\n"}}""", """{"data":{"c":"token: (secret)\ncolor: red\ntokens: (secret)\n"}}""" },
        { "references in text", """{"data":{"c":"secretName: a\npasswordFile: /x\ntoken: ${TOKEN}\nsecret: false"}}""", """{"data":{"c":"secretName: a\npasswordFile: /x\ntoken: ${TOKEN}\nsecret: false"}}""" },
        { "image digest", """{"image":"reg.example:5000/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}""", """{"image":"reg.example:5000/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}""" },
    };

    [Theory]
    [MemberData(nameof(Objects))]
    public void What_is_or_looks_like_a_secret_is_not_shown(string name, string json, string shown)
    {
        _ = name;
        var mask = new SecretMask(["corp.example/pin-code"]);
        var subject = KubernetesJson.ParseObject(json);

        KubernetesJson.ToText(mask.Show(subject, subject).First).ShouldBe(shown);
        // By the path of each leaf it is the same.
        foreach (var (path, value) in Leaves(subject))
        {
            path.TryGet(KubernetesJson.ParseObject(shown), out var expected).ShouldBeTrue();
            // What a list's item announces about the next one, only the list tells.
            if (path.Elements[0].Content != "args")
            {
                mask.Show(subject, path, value).ShouldBe(KubernetesJson.ToText(expected));
            }
        }
    }

    [Fact]
    public void Without_being_told_an_annotation_of_an_innocent_name_is_shown()
    {
        var subject = KubernetesJson.ParseObject("""{"metadata":{"annotations":{"corp.example/code":"1234"}}}""");
        KubernetesJson.ToText(SecretMask.Default.Show(subject, subject).First).ShouldContain("1234");
    }

    [Fact]
    public void A_secret_that_changed_is_told_from_one_that_did_not()
    {
        var first = KubernetesJson.ParseObject("""{"kind":"Secret","data":{"a":"b","c":"d"},"x":{"url":"https://u:p@h","token":"t","keep":"https://u:p@k"}}""");
        var second = KubernetesJson.ParseObject("""{"kind":"Secret","data":{"a":"b","c":"e","f":"g"},"x":{"url":"https://u:q@h","token":"v","keep":"https://u:p@k"}}""");

        var (left, right) = SecretMask.Default.Show(first, second);

        KubernetesJson.ToText(left).ShouldBe(
            """{"data":{"a":"(secret)","c":"(secret)"},"kind":"Secret","x":{"keep":"https://(secret)@k","token":"(secret)","url":"https://(secret)@h"}}""");
        KubernetesJson.ToText(right).ShouldBe(
            """{"data":{"a":"(secret)","c":"(secret, changed)","f":"(secret)"},"kind":"Secret","x":{"keep":"https://(secret)@k","token":"(secret, changed)","url":"https://(secret, changed)@h"}}""");
    }

    [Fact]
    public void Of_a_keyed_item_the_path_says_that_its_value_is_secret()
    {
        var subject = KubernetesJson.ParseObject("""{"env":[{"name":"DB_PASSWORD","value":"old"}]}""");
        var path = new FieldPath([PathElement.Field("env"), PathElement.Key("name", "DB_PASSWORD"), PathElement.Field("value")]);

        SecretMask.Default.Show(subject, path, "old").ShouldBe($"\"{Hidden}\"");
    }

    [Fact]
    public void A_path_that_holds_a_value_shows_no_secret()
    {
        var path = new FieldPath([PathElement.Field("list"), PathElement.Value("--password=hunter2")]);

        SecretMask.ShowPath(path).ShouldBe("list[\"--password=(secret)\"]");
        SecretMask.ShowPath(new FieldPath([PathElement.Field("list"), PathElement.Value("a")])).ShouldBe("list[\"a\"]");
    }

    [Fact]
    public void A_text_too_large_to_be_searched_is_not_shown()
    {
        var subject = KubernetesJson.ParseObject($$"""{"data":{"a":"{{new string('a', 300_000)}}"} }""");

        KubernetesJson.ToText(SecretMask.Default.Show(subject, subject).First).ShouldBe("""{"data":{"a":"(secret)"}}""");
    }

    private static IEnumerable<(FieldPath Path, System.Text.Json.Nodes.JsonNode? Value)> Leaves(System.Text.Json.Nodes.JsonNode? node, FieldPath? at = null)
    {
        var path = at ?? FieldPath.Root;
        return node switch
        {
            System.Text.Json.Nodes.JsonObject fields => fields.SelectMany(field => Leaves(field.Value, path.Append(PathElement.Field(field.Key)))),
            System.Text.Json.Nodes.JsonArray items => items.SelectMany((item, index) => Leaves(item, path.Append(PathElement.Index(index)))),
            _ => [(path, node)],
        };
    }
}
