using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace GitOps.Kubernetes.Http;

/// <summary>Passes each text of a server's Warning headers on once; a deprecated kind would repeat it with every request.</summary>
internal sealed class SeenWarnings
{
    private const int MaxKept = 1000;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    public void Report(ImmutableArray<string> warnings, KubernetesClientOptions options)
    {
        foreach (var warning in warnings)
        {
            if (_seen.Count < MaxKept && _seen.TryAdd(warning, value: true))
            {
                options.Notify(NoticeKind.ServerWarning, warning);
            }
        }
    }
}
