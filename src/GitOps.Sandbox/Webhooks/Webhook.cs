using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Policies;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>One webhook of a configuration, complete with the defaults of its kind.</summary>
internal sealed record Webhook
{
    /// <summary>The same over changes of its configuration: configuration, place and name.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required RequestMatch Match { get; init; }

    public required MatchConditions Conditions { get; init; }

    public required WebhookTarget Target { get; init; }

    /// <summary>Whether a webhook that cannot be asked is passed over.</summary>
    public bool IgnoresFailure { get; init; }

    /// <summary>Whether it may be asked about a dry run.</summary>
    public bool AllowsDryRun { get; init; }

    /// <summary>Whether it wants to be asked again about what others changed after it.</summary>
    public bool IsReinvocable { get; init; }

    public required ImmutableArray<string> ReviewVersions { get; init; }

    /// <summary>The webhooks of one configuration, in order.</summary>
    public static IEnumerable<Webhook> ReadAll(JsonObject configuration)
    {
        var name = new KubernetesObject(configuration).Name;
        return configuration.Objects("webhooks").Select((json, index) => Read(json, $"{name}/{index}/{json.Text("name")}"));
    }

    /// <summary>The version of the resource in which it is to be asked.</summary>
    /// <returns>Null if it is not to be asked about a request.</returns>
    /// <exception cref="ApiError">403: that cannot be told.</exception>
    public ServedResource? Find(AdmissionRequest request)
    {
        if (Match.Find(request) is not { } resource)
        {
            return null;
        }

        return Conditions.AreMet(request, resource, null, out var error) ? resource
            : error is null ? null
            : throw ApiError.Forbidden(request.Storage, request.Name, error);
    }

    private static Webhook Read(JsonObject json, string id) => new()
    {
        Id = id,
        Name = json.Text("name") ?? string.Empty,
        Match = RequestMatch.Read(json, "rules"),
        Conditions = MatchConditions.Read(json, hasParams: false, json.Text("failurePolicy") == "Ignore"),
        Target = WebhookTarget.Read(json),
        IgnoresFailure = json.Text("failurePolicy") == "Ignore",
        AllowsDryRun = json.Text("sideEffects") is "None" or "NoneOnDryRun",
        IsReinvocable = json.Text("reinvocationPolicy") == "IfNeeded",
        ReviewVersions = [.. (json["admissionReviewVersions"] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty)],
    };
}

/// <summary>Where a webhook is, and whom to trust there.</summary>
/// <param name="Url">What is called, without query.</param>
/// <param name="Service">Namespace and name, if the webhook is a service of the cluster.</param>
/// <param name="CaBundle">PEM; empty: the machine's authorities.</param>
/// <param name="Timeout">How long an answer may take.</param>
internal sealed record WebhookTarget(Uri Url, (string Namespace, string Name)? Service, string CaBundle, TimeSpan Timeout)
{
    public static WebhookTarget Read(JsonObject webhook)
    {
        var config = webhook.Object("clientConfig");
        var timeout = TimeSpan.FromSeconds(KubernetesObject.GetInt64(webhook, "timeoutSeconds") ?? 10);
        var bundle = config.Text("caBundle") is { Length: > 0 } encoded ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)) : string.Empty;
        if (config.Object("service") is { } service)
        {
            var (ns, name) = (service.Text("namespace") ?? string.Empty, service.Text("name") ?? string.Empty);
            var port = KubernetesObject.GetInt64(service, "port") ?? 443;
            var path = service.Text("path") ?? string.Empty;
            return new(new UriBuilder("https", $"{name}.{ns}.svc", (int)port, path).Uri, (ns, name), bundle, timeout);
        }

        return new(new(config.Text("url") ?? string.Empty, UriKind.Absolute), null, bundle, timeout);
    }
}
