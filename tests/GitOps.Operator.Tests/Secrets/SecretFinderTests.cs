using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Secrets;

namespace GitOps.Operator.Tests.Secrets;

public sealed class SecretFinderTests
{
    private const string Letters = "Kd83hGq0ZxW5tPn2LsVb7RyCm4JfTa9EuQoIwX6HkB1vNzDgYcMeSrUpAlOjFi3T";

    /// <summary>What is secret, put together here so that no file has a text that looks like one.</summary>
    public static TheoryData<string, string> Shapes => new()
    {
        { "a GitHub token", "ghp_" + Letters[..36] },
        { "a GitHub token", $"github_pat_{Letters[..22]}_{Letters[..59]}" },
        { "a GitHub token", $"url: https://x.test/?t=gho_{Letters[..36]}&b" },
        { "a GitLab token", "glpat-" + Letters[..20] },
        { "a Slack token", $"xoxb-{"7301"}12345-{"9402"}54321-{Letters[..24]}" },
        { "a Slack webhook", $"https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/{Letters[..24]}" },
        { "a Stripe key", "sk_live_" + Letters[..24] },
        { "a webhook signing secret", "whsec_" + Letters[..32] },
        { "a Google API key", "AIza" + Letters[..35] },
        { "a Google OAuth secret", "GOCSPX-" + Letters[..28] },
        { "a signed JSON web token", $"eyJ{Letters[..20]}.eyJ{Letters[..30]}.{Letters[..43]}" },
        { "an npm token", "npm_" + Letters[..36] },
        { "an npm token", $"//registry.npmjs.org/:_authToken={Letters[..36]}" },
        { "an Azure access key", $"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={Letters}{Letters[..22]}==;EndpointSuffix=core.windows.net" },
        { "an Azure access key", $"Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=all;SharedAccessKey={Letters[..43]}=" },
        { "an Azure shared access signature", $"https://acme.blob.core.windows.net/c?sv=2026-01-01&se=2027-01-01&sig={Letters[..43]}%3D" },
        { "an AWS secret access key", $"[default]\naws_access_key_id = AKIA{"QWERTYUIOP234567"}\naws_secret_access_key = {Letters[..40]}\n" },
        { "a password in a URL", "postgres://app:hunter3s@db.acme.test:5432/app" },
        { "a password in a URL", "amqp://app:p%40ss%21word9@mq/vhost" },
        { "a private key", $"-----BEGIN {"RSA "}PRIVATE KEY-----\n{Letters}\n{Letters}\n-----END RSA PRIVATE KEY-----\n" },
        { "a private key", $"-----BEGIN {"OPENSSH "}PRIVATE KEY-----\n{Letters}\n-----END OPENSSH PRIVATE KEY-----" },
        { "a private key in base64", Convert.ToBase64String(Encoding.ASCII.GetBytes($"-----BEGIN {"EC "}PRIVATE KEY-----\n{Letters}\n")) },
        { "an API key", $"sk-ant-api03-{Letters}{Letters[..30]}" },
        { "an API key", "hf_" + new string([.. (Letters + Letters).Where(char.IsAsciiLetter)])[..34] },
        { "a PyPI token", "pypi-AgE" + Letters },
        { "a DigitalOcean token", "dop_v1_" + string.Concat(Enumerable.Repeat("8f3a2c9d", 8)) },
        { "a Vault token", "hvs." + Letters[..28] },
        { "a SendGrid key", $"SG.{Letters[..22]}.{Letters[..43]}" },
        { "a Docker token", "dckr_pat_" + Letters[..27] },
        { "an age key", "AGE-SECRET-KEY-1" + string.Concat(Enumerable.Repeat("Q7X2M", 12))[..58] },
    };

    /// <summary>A name, and a value that is no secret under it.</summary>
    public static TheoryData<string, string> Harmless => new()
    {
        { "config", "level: info\nworkers: 8\n" },
        { "README", "a right old global glance at https://github.com/acme/deploy" },
        { "IMAGE", "registry.acme.test/web@sha256:" + string.Concat(Enumerable.Repeat("8f3a2c9d", 8)) },
        { "checksum", string.Concat(Enumerable.Repeat("8f3a2c9d", 8)) },
        { "COMMIT", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12" },
        { "TENANT_ID", "3f2504e0-4f89-41d3-9a0c-0305e82c3301" },
        { "CLIENT_SECRET_ID", "3f2504e0-4f89-41d3-9a0c-0305e82c3301" },
        { "TOKEN", "3f2504e0-4f89-41d3-9a0c-0305e82c3301" },
        { "PASSWORD_HASH", "$2b$12$" + Letters[..53] },
        { "ADMIN_PASSWORD", "$argon2id$v=19$m=65536,t=3,p=4$" + Letters[..43] },
        { "DB_PASSWORD", "changeme" },
        { "DB_PASSWORD", "<your-password-here-1234>" },
        { "DB_PASSWORD", "${DB_PASSWORD_FROM_VAULT_01}" },
        { "DB_PASSWORD", "$(DB_PASSWORD_2_OF_3)" },
        { "DB_PASSWORD", "{{ .Values.db1.password2 }}" },
        { "DB_PASSWORD", "vault:secret/data/db1#password2" },
        { "DB_PASSWORD", "ENC[AES256_GCM,data:" + Letters[..20] + "]" },
        { "DB_PASSWORD", "xxxxxxxxxxxxxxxx" },
        { "DB_PASSWORD_FILE", "/run/secrets/db1/password2" },
        { "TOKEN_URL", "https://login.acme.test/oauth2/v2.0/token" },
        { "SECRET_NAME", "db-credentials-v2-blue-7f9c" },
        { "tokenExpiration", "86400seconds12" },
        { "token", "a1b2" },
        { "ca.crt", $"-----BEGIN CERTIFICATE-----\n{Letters}\n-----END CERTIFICATE-----\n" },
        { "key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + Letters[..43] + " ann@acme" },
        { "cosign.pub", $"-----BEGIN PUBLIC KEY-----\n{Letters}\n-----END PUBLIC KEY-----\n" },
        { "jwks", $$"""{"keys":[{"kty":"RSA","kid":"1","n":"{{Letters}}{{Letters}}","e":"AQAB"}]}""" },
        { "a key that is only named", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n" },
        { "database-url", "postgres://app:${PASSWORD}@db/app" },
        { "database-url", "postgres://app:$(PASSWORD)@db/app" },
        { "database-url", "postgres://user:password@db/app" },
        { "database-url", "postgres://app:<password>@db/app" },
        { "database-url", "postgres://app@db:5432/app" },
        { "proxy", "http://proxy.acme.test:3128, http://other@proxy:3128" },
        { "times", "see http://a.test:80/x and mail ann@acme.test" },
        { "aws", $"AKIA{"QWERTYUIOP234567"}" },
        { "aws", $"AKIA{"IOSFODNN7EXAMPLE"} wJalrXUtnFEMI/K7MDENG/bPxRfiCY{"EXAMPLEKEY"}" },
        { "github", "ghp_" + new string('x', 36) },
        { "settings.properties", "# password=Tr0ub4dor-and-3\ndb.user=app\ndb.password=${DB_PASSWORD}\npassword.min.length=12\n" },
        { "app.yaml", "auth:\n  secretName: web-tls-2026\n  tokenPath: /var/run/secrets/tokens/web1\n  passwordPolicy: min12-digits2-upper1\n" },
    };

    [Theory]
    [MemberData(nameof(Shapes), DisableDiscoveryEnumeration = true)]
    public void A_secret_of_a_known_shape_is_found_wherever_it_stands(string what, string secret)
    {
        foreach (var text in (string[])[secret, $"first: line\nkey: \"{secret}\"\nlast: line\n"])
        {
            Find(ConfigMap("data", "settings.yaml", text)).ShouldBe([$"ConfigMap team-a/app (a.yaml:1): data.settings.yaml: {what}"], text);
        }

        Find(ConfigMap("binaryData", "blob", Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)))).ShouldBe([$"ConfigMap team-a/app (a.yaml:1): binaryData.blob: {what}"]);
        Find(Workload("Deployment", "X", secret)).ShouldBe([$"apps/Deployment team-a/app (a.yaml:1): container web, variable X: {what}"]);
        Find(Workload("Rollout", "X", "1", "--x=" + secret)).ShouldBe([$"apps/Rollout team-a/app (a.yaml:1): container web, args[0]: {what}"]);
    }

    [Theory]
    [MemberData(nameof(Shapes), DisableDiscoveryEnumeration = true)]
    public void No_part_of_a_secret_is_told(string what, string secret)
    {
        var told = string.Join('\n', Find(ConfigMap("data", "x", secret)).Concat(Find(Workload("Deployment", secret, secret))).Concat(Find(ConfigMap("data", secret[..Math.Min(secret.Length, 200)], secret))));
        told.ShouldContain(what);
        for (var at = 0; at + 12 <= secret.Length; at++)
        {
            told.Contains(secret.AsSpan(at, 12), StringComparison.Ordinal).ShouldBeFalse(told);
        }
    }

    [Theory]
    [MemberData(nameof(Harmless), DisableDiscoveryEnumeration = true)]
    public void What_only_looks_like_a_secret_is_none(string name, string value)
    {
        Find(ConfigMap("data", name, value)).ShouldBeEmpty();
        Find(Workload("Deployment", name, value, $"--{name}={value}", "--" + name, value)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("DB_PASSWORD", "tr0ub4dor&3-x")]
    [InlineData("api-token", "8f3a2c9d8b1e4f7a6c5d0e9f")]
    [InlineData("clientSecret", "Kd83hGq0ZxW5tPn2LsVb")]
    public void A_random_value_under_a_name_that_sounds_secret_is_one(string name, string value)
    {
        Find(ConfigMap("data", name, value)).ShouldBe([$"ConfigMap team-a/app (a.yaml:1): data.{name}: a random value under this name"]);
        Find(ConfigMap("data", "app.ini", $"[x]\nuser = ann\n{name} = {value}\n")).ShouldBe([$"ConfigMap team-a/app (a.yaml:1): data.app.ini: a random value of {name}"]);
        Find(ConfigMap("data", "app.json", $"{{\n  \"{name}\": \"{value}\",\n  \"x\": 1\n}}")).ShouldBe([$"ConfigMap team-a/app (a.yaml:1): data.app.json: a random value of {name}"]);
        Find(Workload("StatefulSet", name, value)).ShouldBe([$"apps/StatefulSet team-a/app (a.yaml:1): container web, variable {name}: a random value under this name"]);
        Find(Workload("Deployment", "X", "1", $"--{name}={value}")).ShouldBe([$"apps/Deployment team-a/app (a.yaml:1): container web, args[0]: a random value of --{name}"]);
        Find(Workload("Deployment", "X", "1", "--" + name, value)).ShouldBe([$"apps/Deployment team-a/app (a.yaml:1): container web, args[1]: a random value of --{name}"]);
    }

    [Fact]
    public void A_Secret_with_a_value_is_found_by_key()
    {
        Find("""
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "team-a", "name": "db"},
             "data": {"password": "c2VjcmV0", "empty": "", "none": null}, "stringData": {"user": "ann", "nothing": ""}}
            """).ShouldBe(["Secret team-a/db (a.yaml:1): data.password: a value of a Secret", "Secret team-a/db (a.yaml:1): stringData.user: a value of a Secret"]);
    }

    [Theory]
    [InlineData("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}}""")]
    [InlineData("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "type": "kubernetes.io/service-account-token", "data": {}}""")]
    [InlineData("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ca"}, "stringData": {"ca.crt": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"}}""")]
    [InlineData("""{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "enc"}, "stringData": {"password": "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"}}""")]
    [InlineData("""{"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "s"}, "spec": {"encryptedData": {"password": "AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq8f3a2c9d"}}}""")]
    [InlineData("""{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "e"}, "spec": {"data": [{"secretKey": "password", "remoteRef": {"key": "db1/password2"}}]}}""")]
    [InlineData("""{"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "p"}, "spec": {"provider": "vault", "parameters": {"objects": "- secretPath: secret/data/db1\n"}}}""")]
    [InlineData("""{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "env": [{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]}, null, 7], "initContainers": null}}""")]
    [InlineData("""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"n": 7, "o": null}, "binaryData": {"b": "not base64!"}}""")]
    public void What_has_no_value_or_a_sealed_one_is_fine(string json) => Find(json).ShouldBeEmpty();

    [Fact]
    public void A_large_text_is_searched_in_time()
    {
        var text = new StringBuilder();
        for (var line = 0; text.Length < 900_000; line++)
        {
            text.Append("- https://user").Append(line).Append(":@host/a?sig=b&eyJ=").Append('a', 60).Append('\n');
        }

        var watch = System.Diagnostics.Stopwatch.StartNew();
        Find(ConfigMap("data", "big", text.ToString())).ShouldBeEmpty();
        Find(ConfigMap("data", "big", new string('a', 900_000) + ":" + new string('=', 90_000))).ShouldBeEmpty();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    private static string[] Find(JsonObject json) => Find(json.ToJsonString());

    private static string[] Find(string json) => [.. SecretFinder.Find(KubernetesObject.Parse(json), "a.yaml:1").Select(static finding => finding.ToString())];

    private static JsonObject ConfigMap(string field, string key, string value) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["namespace"] = "team-a", ["name"] = "app" },
        [field] = new JsonObject { [key] = value },
    };

    private static JsonObject Workload(string kind, string name, string value, params string[] args) => new()
    {
        ["apiVersion"] = "apps/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["namespace"] = "team-a", ["name"] = "app" },
        ["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["containers"] = new JsonArray(new JsonObject
                    {
                        ["name"] = "web",
                        ["image"] = "nginx",
                        ["env"] = new JsonArray(new JsonObject { ["name"] = name, ["value"] = value }),
                        ["args"] = new JsonArray([.. args.Select(static arg => (JsonNode)arg)]),
                    }),
                },
            },
        },
    };
}
