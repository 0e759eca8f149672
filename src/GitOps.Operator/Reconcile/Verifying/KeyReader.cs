using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>
/// Reads the keys that an Application names, in its own namespace, and has them watched: a key that goes is missed at once. For a
/// commit that nobody has judged they are read anew, whatever the watches say.
/// </summary>
internal sealed class KeyReader
{
    private static readonly ApiResource Secrets = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);
    private static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly IKubernetesClient _client;
    private readonly ObjectFollower _watches;

    /// <param name="client">Reads as the operator.</param>
    /// <param name="watches">Tell when a Secret or a ConfigMap changes.</param>
    public KeyReader(IKubernetesClient client, ObjectFollower watches)
    {
        _client = client;
        _watches = watches;
    }

    /// <param name="context">Of the Application.</param>
    /// <param name="isFresh">Reads them even if nothing is known to have changed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ApiConnectionException">The API server cannot be reached.</exception>
    public async Task<KnownKeys> ReadAsync(ReconcileContext context, bool isFresh, CancellationToken cancellationToken)
    {
        var state = context.Runtime.Verification;
        var sources = context.Spec.Sources;
        var references = string.Join('\0', sources.Select(static source => string.Join('\n', source.Policy.Keys)));
        var hasChanged = state.Changed.Take().Count > 0;
        if (!isFresh && !hasChanged && state.Keys is { } known && known.References == references && !(known.Problem?.RetryAt <= context.Now))
        {
            return known;
        }

        // Before they are read: what changes in between is told. A reading that is cut off leaves none.
        state.Keys = null;
        var @namespace = context.Key.Namespace;
        _watches.Follow(context.Key, [.. sources.SelectMany(static source => source.Policy.Keys).Distinct().Select(reference => (
            reference.IsSecret ? Secrets : ConfigMaps,
            new ObjectKey(string.Empty, reference.IsSecret ? Secrets.Kind : ConfigMaps.Kind, @namespace, reference.Name)))]);
        try
        {
            var keys = ImmutableArray.CreateBuilder<VerificationKeys?>();
            foreach (var source in sources)
            {
                keys.Add(source.Policy.Keys.IsEmpty ? null : await ReadAsync(source, sources.Length > 1, @namespace, cancellationToken));
            }

            state.Keys = new(references, keys.ToImmutable(), null);
        }
        catch (VerificationException problem)
        {
            state.Keys = new(references, [], new(null, problem.Reason, problem.Message));
        }
        catch (ApiException refusal)
        {
            state.Keys = new(references, [], new(null, "KeysUnreadable", $"the keys to verify with cannot be read: {refusal.Message}")
            {
                RetryAt = context.Now + RetryAfter,
                NeedsUser = false,
            });
        }

        return state.Keys;
    }

    /// <summary>Nobody asks for keys any more.</summary>
    public void Forget(ReconcileContext context)
    {
        context.Runtime.Verification.ForgetKeys();
        _watches.Follow(context.Key, []);
    }

    private async Task<VerificationKeys> ReadAsync(CheckedSource source, bool isNamed, string @namespace, CancellationToken cancellationToken)
    {
        try
        {
            var texts = new List<KeyText>();
            foreach (var reference in source.Policy.Keys)
            {
                texts.AddRange(await ReadAsync(reference, @namespace, cancellationToken));
            }

            return VerificationKeys.Parse(texts);
        }
        catch (VerificationException problem) when (isNamed)
        {
            throw new VerificationException(problem.Reason, $"{source.Field}: {problem.Message}", problem);
        }
    }

    private async Task<IEnumerable<KeyText>> ReadAsync(KeyReference reference, string @namespace, CancellationToken cancellationToken)
    {
        var found = await _client.GetAsync(reference.IsSecret ? Secrets : ConfigMaps, @namespace, reference.Name, cancellationToken)
            ?? throw Missing(reference, "does not exist");
        var plain = found.At("data") as JsonObject ?? [];
        var binary = reference.IsSecret ? plain : found.At("binaryData") as JsonObject ?? [];
        if (reference.Key is { } key)
        {
            return binary[key] is { } encoded ? [Of(reference, Decode(encoded, reference))]
                : plain[key] is { } text ? [Of(reference, text.GetValue<string>())]
                : throw Missing(reference, "does not have that key");
        }

        var all = binary.Select(pair => (pair.Key, Text: Decode(pair.Value, reference with { Key = pair.Key })))
            .Concat(reference.IsSecret ? [] : plain.Select(static pair => (pair.Key, Text: pair.Value?.GetValue<string>() ?? string.Empty)))
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => Of(reference with { Key = pair.Key }, pair.Text)).ToList();
        return all.Count > 0 ? all : throw Missing(reference, "is empty");
    }

    private static KeyText Of(KeyReference reference, string text) => new(reference.ToString(), text) { Reference = reference };

    private static string Decode(JsonNode? value, KeyReference reference)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(value?.GetValue<string>() ?? string.Empty));
        }
        catch (FormatException)
        {
            throw new VerificationException("KeysInvalid", $"{reference} is no text in base64");
        }
    }

    private static VerificationException Missing(KeyReference reference, string problem) =>
        new("KeysMissing", $"{reference}, which verify.keys names, {problem}: without it nothing can be verified, and nothing is synced");
}
