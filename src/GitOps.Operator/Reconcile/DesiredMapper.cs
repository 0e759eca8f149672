using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile;

/// <summary>What rendered objects became.</summary>
internal sealed record MappedObjects(
    ImmutableArray<DesiredObject> Objects, ImmutableArray<UnmappedObject> Unmapped, ImmutableArray<string> Warnings, ImmutableArray<string> Images);

/// <summary>
/// From rendered objects to desired ones: finds the resource of each kind (by discovery, or by a definition in the same set),
/// fills in the namespace, puts our marks on, and hashes.
/// </summary>
internal sealed class DesiredMapper
{
    private static readonly GroupKind Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");

    private readonly IDiscovery _discovery;
    private readonly KeyedHash _hash;

    public DesiredMapper(IDiscovery discovery, KeyedHash hash)
    {
        _discovery = discovery;
        _hash = hash;
    }

    /// <exception cref="ManifestException">An object cannot be applied as it is, or one is there twice.</exception>
    public async Task<MappedObjects> MapAsync(
        IReadOnlyCollection<RenderedObject> rendered, NamespacedName application, string defaultNamespace, CancellationToken cancellationToken)
    {
        var defined = Definitions(rendered);
        var objects = new List<(DesiredObject Desired, RenderedObject Source)>(rendered.Count);
        var unmapped = ImmutableArray.CreateBuilder<UnmappedObject>();
        var errors = ImmutableArray.CreateBuilder<ManifestError>();
        var warnings = ImmutableArray.CreateBuilder<string>();
        var images = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var item in rendered)
        {
            if (ManifestMarks.Refusal(item.Object) is { } refusal)
            {
                errors.Add(new(item.Location, refusal));
                continue;
            }

            warnings.AddRange(ManifestMarks.Warnings(item.Object));
            ManifestMarks.CollectImages(item.Object.Json["spec"], images);
            var type = item.Object.GroupVersionKind;
            var found = await _discovery.FindAsync(type, cancellationToken);
            var resource = found.Outcome == LookupOutcome.Found ? found.Resource : defined.GetValueOrDefault(type.GroupKind);
            if (resource is null)
            {
                var reason = found.Outcome == LookupOutcome.Unknown
                    ? $"discovery of {type.Group} is incomplete"
                    : $"the server has no kind {type}; install its CustomResourceDefinition or correct apiVersion and kind";
                unmapped.Add(new(type, item.Object.Name, item.Location.ToString(), reason));
                continue;
            }

            try
            {
                var desired = DesiredNormalizer.Normalize(item.Object, resource, defaultNamespace, application);
                objects.Add((new(desired.Key, type, desired.ToUtf8(), _hash.Of(desired.Json), item.Location.ToString()),
                    new(desired, item.Location)));
            }
            catch (InvalidDesiredObjectException invalid)
            {
                errors.Add(new(item.Location, invalid.Message));
            }
        }

        // Only now that namespaces are filled in can two spellings of one object be seen.
        errors.AddRange(DuplicateCheck.Find(objects.Select(static item => item.Source)));
        if (errors.Count > 0)
        {
            throw new ManifestException(errors.ToImmutable());
        }

        objects.Sort(static (left, right) => KindOrder.Compare(left.Desired.Key, right.Desired.Key));
        return new([.. objects.Select(static item => item.Desired)], unmapped.ToImmutable(), warnings.ToImmutable(), [.. images]);
    }

    /// <summary>The kinds that definitions in this very set will bring.</summary>
    private static Dictionary<GroupKind, ApiResource> Definitions(IEnumerable<RenderedObject> rendered)
    {
        var defined = new Dictionary<GroupKind, ApiResource>();
        foreach (var item in rendered.Where(static item => item.Object.GroupVersionKind.GroupKind == Definition))
        {
            var spec = item.Object.Json["spec"] as JsonObject;
            var names = spec?["names"] as JsonObject;
            if (KubernetesObject.GetString(spec, "group") is { } group && KubernetesObject.GetString(names, "kind") is { } kind
                && KubernetesObject.GetString(names, "plural") is { } plural)
            {
                // The status subresource differs from version to version: what a manifest says of status, the server drops.
                defined[new(group, kind)] = ApiResource.Of($"{group}/v1", kind, plural, KubernetesObject.GetString(spec, "scope") != "Cluster");
            }
        }

        return defined;
    }
}
