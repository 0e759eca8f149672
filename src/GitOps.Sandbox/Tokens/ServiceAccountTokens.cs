using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Tokens;

/// <summary>Whose token it is, for whom it is meant; or why it is none.</summary>
/// <param name="Caller">Null: nobody's.</param>
/// <param name="Audiences">Those that were asked for and are the token's.</param>
/// <param name="Error">Empty if there is nothing to say beyond that it is nobody's.</param>
internal sealed record TokenVerdict(Caller? Caller, ImmutableArray<string> Audiences, string Error)
{
    public static readonly TokenVerdict Unknown = new(null, [], string.Empty);

    public static TokenVerdict Refuse(string error) => new(null, [], error);
}

/// <summary>
/// Tokens of service accounts. They hold as long as their time has not run out and what they were made for is still there: the
/// account itself, and the object that a token is bound to.
/// </summary>
internal sealed class ServiceAccountTokens : IDisposable
{
    public const string Issuer = "https://kubernetes.default.svc";

    private const string ClaimsName = "kubernetes.io";
    private const string Invalidated = "service account token has been invalidated";
    private const int MostKnown = 1_000;

    /// <summary>Clocks differ; so much is let pass.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    private readonly Cluster _cluster;
    private readonly TokenSigner _signer = new();
    private readonly ConcurrentDictionary<string, JsonObject> _known = new(StringComparer.Ordinal);

    public ServiceAccountTokens(Cluster cluster) => _cluster = cluster;

    /// <summary>What a token is meant for if it does not say: this server.</summary>
    public static ImmutableArray<string> ServerAudiences { get; } = [Issuer];

    public JsonObject KeySet() => _signer.KeySet();

    /// <param name="account">The service account.</param>
    /// <param name="bound">What the token is bound to: <c>pod</c>, <c>secret</c> or <c>node</c> to <c>{name, uid}</c>.</param>
    /// <param name="audiences">For whom it is meant.</param>
    /// <param name="lifetime">From now on.</param>
    /// <param name="warnAfter">From now on, or null.</param>
    public string Issue(StoredObject account, JsonObject bound, IEnumerable<string> audiences, TimeSpan lifetime, TimeSpan? warnAfter)
    {
        var now = _cluster.Options.TimeProvider.GetUtcNow();
        var own = new JsonObject { ["namespace"] = account.Namespace };
        foreach (var (kind, reference) in bound)
        {
            own[kind] = reference?.DeepClone();
        }

        own["serviceaccount"] = Reference(account);
        if (warnAfter is { } after)
        {
            own["warnafter"] = (now + after).ToUnixTimeSeconds();
        }

        return _signer.Sign(new()
        {
            ["aud"] = new JsonArray([.. audiences.Select(static audience => JsonValue.Create(audience))]),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            [ClaimsName] = own,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = Caller.ServiceAccount(account.Namespace, account.Name),
        });
    }

    /// <summary>As a token names what it is about.</summary>
    public static JsonObject Reference(StoredObject stored) => new() { ["name"] = stored.Name, ["uid"] = stored.Uid };

    /// <param name="token">What somebody shows.</param>
    /// <param name="wanted">For whom it has to be meant, one of them at least.</param>
    public TokenVerdict Judge(string token, ImmutableArray<string> wanted)
    {
        if (!_known.TryGetValue(token, out var claims))
        {
            if (!TokenSigner.TryRead(token, out var header, out claims) || KubernetesObject.GetString(claims, "iss") != Issuer)
            {
                return TokenVerdict.Unknown;
            }

            if (_signer.Verify(token, header) is { } flaw)
            {
                return TokenVerdict.Refuse(flaw);
            }

            Remember(token, claims);
        }

        var meant = Strings(claims["aud"]);
        ImmutableArray<string> audiences = [.. meant.Intersect(wanted, StringComparer.Ordinal)];
        if (audiences.IsEmpty)
        {
            return TokenVerdict.Refuse($"token audiences {GoText.QuoteAll(meant)} is invalid for the target audiences {GoText.QuoteAll(wanted)}");
        }

        return Problem(claims) is { } problem ? TokenVerdict.Refuse(problem) : new(CallerOf(claims), audiences, string.Empty);
    }

    public void Dispose() => _signer.Dispose();

    private static IEnumerable<string> Strings(JsonNode? list) =>
        list is JsonArray items ? [.. items.Select(static item => item?.GetValue<string>() ?? string.Empty)] : [];

    private static Caller CallerOf(JsonObject claims)
    {
        var own = (JsonObject)claims[ClaimsName]!;
        var ns = KubernetesObject.GetString(own, "namespace")!;
        var extra = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        extra[Caller.CredentialId] = [$"JTI={KubernetesObject.GetString(claims, "jti")}"];
        foreach (var kind in (ReadOnlySpan<string>)["pod", "node"])
        {
            foreach (var member in (ReadOnlySpan<string>)["name", "uid"])
            {
                if (KubernetesObject.GetString(own[kind] as JsonObject, member) is { Length: > 0 } value)
                {
                    extra[$"authentication.kubernetes.io/{kind}-{member}"] = [value];
                }
            }
        }

        var uid = KubernetesObject.GetString(own["serviceaccount"] as JsonObject, "uid") ?? string.Empty;
        return new(KubernetesObject.GetString(claims, "sub")!, [.. Caller.ServiceAccountGroups(ns), Caller.Authenticated], uid) { Extra = extra.ToImmutable() };
    }

    /// <summary>A signature stays what it is; everything else is asked anew each time.</summary>
    private void Remember(string token, JsonObject claims)
    {
        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        _known[token] = claims;
    }

    private string? Problem(JsonObject claims)
    {
        var now = _cluster.Options.TimeProvider.GetUtcNow();
        if (At(claims, "nbf") > now + Leeway)
        {
            return "service account token is not valid yet";
        }

        if (At(claims, "exp") < now - Leeway)
        {
            return "service account token has expired";
        }

        var own = (JsonObject)claims[ClaimsName]!;
        var ns = KubernetesObject.GetString(own, "namespace")!;
        var name = KubernetesObject.GetString(own["serviceaccount"] as JsonObject, "name")!;
        var account = Find("serviceaccounts", ns, name);
        var uid = KubernetesObject.GetString(own["serviceaccount"] as JsonObject, "uid");
        return account is null ? $"serviceaccounts \"{name}\" not found"
            : account.Uid != uid ? $"service account UID ({account.Uid}) does not match claim ({uid})"
            : IsGone("serviceaccounts", account, now) ? $"service account {ns}/{name} has been deleted"
            : BoundProblem(own, ns, now);
    }

    private string? BoundProblem(JsonObject own, string @namespace, DateTimeOffset now)
    {
        foreach (var (kind, title) in (ReadOnlySpan<(string, string)>)[("secret", "secret"), ("pod", "pod"), ("node", "node")])
        {
            // A pod's node is told, but the token hangs on the pod alone.
            if (own[kind] is not JsonObject reference || (kind == "node" && own.ContainsKey("pod")))
            {
                continue;
            }

            var uid = KubernetesObject.GetString(reference, "uid");
            var bound = Find($"{kind}s", kind == "node" ? string.Empty : @namespace, KubernetesObject.GetString(reference, "name")!);
            if (bound is null || IsGone($"{kind}s", bound, now))
            {
                return Invalidated;
            }

            if (bound.Uid != uid)
            {
                return $"{title} UID ({bound.Uid}) does not match service account {title} ref claim ({uid})";
            }
        }

        return null;
    }

    private StoredObject? Find(string plural, string @namespace, string name) => _cluster.Store.Table(new(string.Empty, plural)).Find(@namespace, name);

    private static bool IsGone(string plural, StoredObject stored, DateTimeOffset now)
    {
        if (!stored.IsTerminating)
        {
            return false;
        }

        var resource = ResourceCatalog.BuiltIn.FindStored(new(string.Empty, plural))!;
        var since = new KubernetesObject(resource.Read(stored)).DeletionTimestamp;
        return DateTimeOffset.TryParse(since, System.Globalization.CultureInfo.InvariantCulture, out var deleted) && deleted < now - Leeway;
    }

    private static DateTimeOffset At(JsonObject claims, string name) =>
        DateTimeOffset.FromUnixTimeSeconds(KubernetesObject.GetInt64(claims, name) ?? 0);
}
