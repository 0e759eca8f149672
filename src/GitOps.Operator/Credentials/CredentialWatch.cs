using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Options;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Credentials;

/// <summary>
/// Watches the Secrets with credentials, in the operator's namespace and where Applications are looked for, and what is trusted for
/// all repositories. What may not be listed is said once, and is as if it were not there.
/// </summary>
internal sealed class CredentialWatch : BackgroundService
{
    private static readonly ApiResource Secrets = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);
    private static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);

    private readonly IKubernetesClient _client;
    private readonly OperatorOptions _options;
    private readonly CredentialBook _book;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<NamespacedName, string> _seenBy = new();
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _listed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unlisted;

    public CredentialWatch(IKubernetesClient client, OperatorOptions options, CredentialBook book, ILogger<CredentialWatch> log)
    {
        _client = client;
        _options = options;
        _book = book;
        _log = log;
    }

    /// <summary>Ends when every Secret that may be listed is known: before that, nobody can say that there is none.</summary>
    public Task Listed => _listed.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var own = _options.OperatorNamespace;
        string[] others = _options.Namespaces.IsEmpty ? [string.Empty] : [.. _options.Namespaces.Where(name => name != own)];
        string[] labels = [CredentialSecret.ArgoLabel, CredentialSecret.OurLabel];
        List<(string Scope, string Label)> selections = [.. from scope in (string[])[own, .. others] from label in labels select (scope, label)];
        _unlisted = selections.Count + 2;
        await await Task.WhenAny(
        [
            .. selections.Select(selection => WatchSecretsAsync(selection.Scope, selection.Label, stoppingToken)),
            WatchSharedAsync(CredentialKeys.KnownHostsConfigMap, TakeKnownHosts, stoppingToken),
            WatchSharedAsync(CredentialKeys.TlsConfigMap, TakeAuthorities, stoppingToken),
        ]);
    }

    private async Task WatchSecretsAsync(string scope, string label, CancellationToken cancellationToken)
    {
        var known = new HashSet<NamespacedName>();
        var listed = new HashSet<NamespacedName>();
        var options = new WatchOptions(LabelSelector: $"{label} in (repository,repo-creds)");
        await FollowAsync(Secrets, scope, options, item =>
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    listed.Clear();
                    break;
                case WatchEventType.InitItem or WatchEventType.Applied when IsOurs(item.Object!):
                    listed.Add(new(item.Object!.Namespace, item.Object.Name));
                    known.Add(new(item.Object.Namespace, item.Object.Name));
                    _seenBy[new(item.Object.Namespace, item.Object.Name)] = label;
                    Take(item.Object);
                    break;
                case WatchEventType.InitDone:
                    foreach (var gone in known.Where(key => !listed.Contains(key)).ToArray())
                    {
                        Drop(gone);
                    }

                    break;
                case WatchEventType.Deleted:
                    Drop(new(item.Object!.Namespace, item.Object.Name));
                    break;
                default:
                    break;
            }
        }, cancellationToken);

        // One that has lost one of two labels is seen by the other watch now, which may have told before.
        void Drop(NamespacedName key)
        {
            if (known.Remove(key) && _seenBy.TryRemove(new(key, label)))
            {
                _book.Remove(key);
                Tell(key.ToString(), null);
            }
        }

        // One that has both labels is our label's, and the operator's namespace has a watch of its own.
        bool IsOurs(KubernetesObject secret) =>
            (label == CredentialSecret.OurLabel || secret.Label(CredentialSecret.OurLabel) is null)
            && (scope.Length > 0 || secret.Namespace != _options.OperatorNamespace);
    }

    private async Task WatchSharedAsync(string name, Action<KubernetesObject?> take, CancellationToken cancellationToken)
    {
        var isListed = false;
        var what = $"ConfigMap {_options.OperatorNamespace}/{name}";
        await NamedObjectWatch.FollowAsync(
            _client, ConfigMaps, _options.OperatorNamespace, name,
            found =>
            {
                take(found);
                HasListed(ref isListed);
            },
            failure =>
            {
                if (failure is ApiException { IsForbidden: true } refusal)
                {
                    CredentialLog.Remarkable(_log, $"{what} cannot be watched, what was read of it last stays: {refusal.Message}");
                    HasListed(ref isListed);
                }
            },
            cancellationToken);
    }

    private async Task FollowAsync(
        ApiResource resource, string scope, WatchOptions options, Action<WatchEvent> take, CancellationToken cancellationToken)
    {
        var isListed = false;
        var what = $"{resource.Kind} {(scope.Length == 0 ? "in all namespaces" : $"in namespace {scope}")} ({options.LabelSelector ?? options.FieldSelector})";
        await foreach (var item in _client.WatchAsync(resource, scope, options, cancellationToken))
        {
            take(item);
            if (item is { Type: WatchEventType.Interrupted, Error: ApiException { IsForbidden: true } refusal })
            {
                Tell(what, $"{what}: {refusal.Message}; credentials there are not used");
            }

            if (item is { Type: WatchEventType.InitDone } or { Type: WatchEventType.Interrupted, Error: ApiException { IsForbidden: true } })
            {
                HasListed(ref isListed);
            }
        }
    }

    /// <summary>One of the watches has listed, or may not.</summary>
    private void HasListed(ref bool isListed)
    {
        if (!isListed)
        {
            isListed = true;
            if (Interlocked.Decrement(ref _unlisted) == 0)
            {
                _listed.TrySetResult();
            }
        }
    }

    private void Take(KubernetesObject secret)
    {
        var key = new NamespacedName(secret.Namespace, secret.Name);
        if (CredentialReader.Read(secret, out var unusable) is not { } read)
        {
            _book.Remove(key);
            Tell(key.ToString(), unusable);
            return;
        }

        _book.Set(read);
        Tell(key.ToString(), string.Join("; ", (string?[])[read.Credential.Problem, .. read.Remarks]).Trim(';', ' '));
    }

    private void TakeKnownHosts(KubernetesObject? map)
    {
        var lines = KubernetesObject.GetString(map?.Json["data"] as JsonObject, "ssh_known_hosts") ?? string.Empty;
        if (_book.Shared.KnownHosts != lines)
        {
            _book.Share(shared => shared with { KnownHosts = lines });
        }
    }

    private void TakeAuthorities(KubernetesObject? map)
    {
        var found = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (host, _) in map?.Json["data"] as JsonObject ?? [])
        {
            if (KubernetesObject.GetString(map!.Json["data"] as JsonObject, host) is { } pem && CredentialPem.AreCertificates(pem))
            {
                found[host.ToLowerInvariant()] = pem;
            }
            else
            {
                Tell($"{CredentialKeys.TlsConfigMap} {host}", $"ConfigMap {_options.OperatorNamespace}/{CredentialKeys.TlsConfigMap}: key {host} holds no certificates in PEM; nothing is trusted for it");
            }
        }

        var authorities = found.ToImmutable();
        var known = _book.Shared.Authorities;
        if (authorities.Count != known.Count || authorities.Any(pair => known.GetValueOrDefault(pair.Key) != pair.Value))
        {
            _book.Share(shared => shared with { Authorities = authorities });
        }
    }

    /// <summary>Says it when it is another than the last time.</summary>
    private void Tell(string subject, string? message)
    {
        if (string.IsNullOrEmpty(message))
        {
            _told.TryRemove(subject, out _);
        }
        else if (!_told.TryGetValue(subject, out var last) || last != message)
        {
            _told[subject] = message;
            CredentialLog.Remarkable(_log, message);
        }
    }
}
